/**
 * A reader-writer lock: any number of readers, or one writer.
 *
 * The protocol is in the folder's README, "RwLock".
 *
 * @module
 */

import { checkKind, type SharedHandle } from "../memory/handle.ts";
import { LockPoisonedError } from "./lock_errors.ts";
import { POISON } from "./lock_layout.ts";
import type {
  LockAsyncOptions,
  LockOptions,
  TryLockOptions,
} from "./lock_options.ts";
import { wordsOf } from "../memory/memory.ts";
import { placed } from "../memory/placed.ts";
import { RW_LOCK_WORDS } from "./reader_slots.ts";
import { READ, RwLockEntry, WRITE } from "./rw_lock_entry.ts";
import { RwLockReadGuard, RwLockWriteGuard } from "./rw_lock_guards.ts";
import { checkTimeout } from "../thread/timeout.ts";

/** Names a {@linkcode RwLock} in a message. */
export type RwLockHandle = SharedHandle<"RwLock">;

/**
 * A lock that many threads hold for reading, or one for writing, with blocking
 * and async doors.
 *
 * Reading scales: each thread says that it reads in a place of its own, so
 * readers do not slow each other down. The price is that a writer looks at the
 * places of all threads that have ever read, and that a lock takes 8.4 KiB.
 *
 * Holders are threads, as with {@linkcode Mutex}. Poisoning is that of Rust's
 * `RwLock`: by writers only, when a writer's thread is lost while it writes, or
 * throws in {@linkcode RwLock.withWrite}. A reader that is lost or throws leaves
 * nothing half changed; it is forgotten.
 *
 * **Who goes first.** A writer that waits lets no new reader in, so readers
 * cannot keep it out. Readers that have to wait do so together with the writers,
 * for the same hand-off: one that was woken 16 times in vain, or has waited for
 * 100 ms, is let in next, so writers cannot keep it out either (a task if its
 * thread comes within 1 ms).
 *
 * **Again.** A thread that reads may block to read again, and gets it at once,
 * also if a writer waits: everything else would wait for itself. To block for
 * writing then is a {@linkcode DeadlockError}: there is no upgrade. The other
 * direction is there: {@linkcode RwLock.downgrade}. The async doors cannot know
 * which task holds the lock: a task that reads and awaits to write, or awaits to
 * read again while a writer waits, would wait for ever; give it a timeout.
 *
 * @example Usage
 * ```ts
 * import { RwLock } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const lock = new RwLock();
 * const shared = new Int32Array(new SharedArrayBuffer(8));
 *
 * lock.withWrite(() => shared.fill(1));
 * {
 *   using _one = lock.read();
 *   using _other = await lock.readAsync({ timeout: 1000 });
 *   assertEquals(lock.tryWrite(), undefined);
 * }
 * lock.read(); //                                    the quickest form
 * try {
 *   assertEquals([...shared], [1, 1]);
 * } finally {
 *   lock.unlockRead();
 * }
 * ```
 */
export class RwLock {
  /** Names this lock in a message. */
  readonly handle: RwLockHandle;
  readonly #words: Int32Array;
  readonly #entry: RwLockEntry;
  readonly #readGuard = new RwLockReadGuard(this, false);
  #writeGuard = new RwLockWriteGuard(this, false);

  /** Makes a lock that nobody holds. */
  constructor();
  /** Attaches to a lock that another thread made. */
  constructor(handle: RwLockHandle);
  constructor(handle?: RwLockHandle) {
    this.handle = placed("RwLock", handle, 4 * RW_LOCK_WORDS);
    this.#words = wordsOf(this.handle, RW_LOCK_WORDS);
    this.#entry = new RwLockEntry(this.#words);
  }

  /**
   * Attaches to a lock that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: RwLockHandle): RwLock {
    return new RwLock(checkKind("RwLock", handle));
  }

  /** How many threads that live hold it for reading, at this moment. */
  get readers(): number {
    return this.#entry.readers.count;
  }

  /**
   * Whether a thread holds it for writing or is the next to, at this moment; also
   * true for the instant in which a reader that has waited is let in. One that
   * was lost does until another takes the lock over.
   */
  get isWriteLocked(): boolean {
    return this.#entry.isTaken;
  }

  /** Whether a writer was lost or threw, and nobody has repaired that yet. */
  get isPoisoned(): boolean {
    return Atomics.load(this.#words, POISON) !== 0;
  }

  /**
   * Says that what the lock protects is in order. Call it while you hold it for
   * writing.
   */
  clearPoison(): void {
    Atomics.store(this.#words, POISON, 0);
  }

  /**
   * Takes the lock for reading; blocks the thread until it can. A thread that
   * reads already is let in at once.
   *
   * @returns What unlocks it: for `using`. It need not be used.
   * @throws {DeadlockError} If this thread holds it for writing, or a task of
   * this thread waits to write.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  read(options?: LockOptions): RwLockReadGuard {
    if (options !== undefined) checkTimeout(options.timeout, READ);
    this.#entry.read(options?.timeout);
    if (this.#words[POISON] !== 0) this.#refuseRead(options);
    return this.#readGuard;
  }

  /**
   * Takes the lock for reading if no writer has it or waits for it, nobody is
   * being let in at this instant, or this thread reads already.
   *
   * @returns What unlocks it, or `undefined` if it was not taken.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   */
  tryRead(options?: TryLockOptions): RwLockReadGuard | undefined {
    if (!this.#entry.tryRead()) return undefined;
    if (this.#words[POISON] !== 0) this.#refuseRead(options);
    return this.#readGuard;
  }

  /**
   * Takes the lock for reading, without blocking the thread.
   *
   * @returns What unlocks it, once: for `using`.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async readAsync(options: LockAsyncOptions = {}): Promise<RwLockReadGuard> {
    checkTimeout(options.timeout, READ);
    options.signal?.throwIfAborted();
    if (!this.#entry.readInTurn()) await this.#entry.readAsync(options);
    if (this.#words[POISON] !== 0) this.#refuseRead(options);
    return new RwLockReadGuard(this, true);
  }

  /**
   * Ends a read.
   *
   * @throws {TypeError} If this thread does not hold the lock for reading.
   */
  unlockRead(): void {
    this.#entry.endRead();
  }

  /**
   * Takes the lock for writing; blocks the thread until it can.
   *
   * @returns What unlocks it: for `using`. It need not be used.
   * @throws {DeadlockError} If this thread holds it, for reading or writing, or
   * a task of this thread waits to write.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  write(options?: LockOptions): RwLockWriteGuard {
    if (options !== undefined) checkTimeout(options.timeout, WRITE);
    this.#entry.write(options?.timeout);
    if (this.#words[POISON] !== 0) this.#refuseWrite(options);
    return this.#writeGuard;
  }

  /**
   * Takes the lock for writing if nobody holds it.
   *
   * @returns What unlocks it, or `undefined` if somebody holds it.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   */
  tryWrite(options?: TryLockOptions): RwLockWriteGuard | undefined {
    if (!this.#entry.tryWrite()) return undefined;
    if (this.#words[POISON] !== 0) this.#refuseWrite(options);
    return this.#writeGuard;
  }

  /**
   * Takes the lock for writing, without blocking the thread.
   *
   * @returns What unlocks it, once: for `using`.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async writeAsync(options: LockAsyncOptions = {}): Promise<RwLockWriteGuard> {
    checkTimeout(options.timeout, WRITE);
    options.signal?.throwIfAborted();
    await this.#entry.writeAsync(options);
    if (this.#words[POISON] !== 0) this.#refuseWrite(options);
    return new RwLockWriteGuard(this, true);
  }

  /**
   * Ends the write.
   *
   * @throws {TypeError} If this thread does not hold the lock for writing.
   */
  unlockWrite(): void {
    this.#entry.endWrite();
  }

  /**
   * Turns this thread's write into a read: lets other readers in, and no writer
   * before. To be ended by `unlockRead()`; who has a guard uses the guard's own
   * {@linkcode RwLockWriteGuard.downgrade}.
   *
   * @throws {TypeError} If this thread does not hold the lock for writing.
   */
  downgrade(): void {
    this.#entry.downgrade();
    // The guard that stood for the write may be spent now.
    this.#writeGuard = new RwLockWriteGuard(this, false);
  }

  /**
   * Calls a function while this thread holds the lock for reading; blocks until
   * it does.
   *
   * The function must not be async: the read ends when it returns.
   *
   * @returns What the function returns.
   * @throws {DeadlockError} If this thread holds it for writing.
   * @throws {LockPoisonedError} If it is poisoned.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  withRead<T>(action: () => T, options?: LockOptions): T {
    this.read(options);
    try {
      return action();
    } finally {
      this.unlockRead();
    }
  }

  /**
   * Calls a function while this thread holds the lock for reading, and awaits
   * what it returns.
   *
   * @returns What the function returns.
   * @throws {LockPoisonedError} If it is poisoned.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async withReadAsync<T>(
    action: () => T | Promise<T>,
    options?: LockAsyncOptions,
  ): Promise<T> {
    await this.readAsync(options);
    try {
      return await action();
    } finally {
      this.unlockRead();
    }
  }

  /**
   * Calls a function while this thread holds the lock for writing; blocks until
   * it does. If the function throws while it writes, the lock is poisoned.
   *
   * The function must not be async: the write ends when it returns. It may
   * downgrade, and must not end the read then: that is done when it returns.
   *
   * @returns What the function returns.
   * @throws {DeadlockError} If this thread holds it.
   * @throws {LockPoisonedError} If it is poisoned.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  withWrite<T>(action: () => T, options?: LockOptions): T {
    this.write(options);
    try {
      return action();
    } catch (error) {
      if (this.#entry.isWriting) Atomics.store(this.#words, POISON, 1);
      throw error;
    } finally {
      this.#unlockHeld();
    }
  }

  /**
   * Calls a function while this thread holds the lock for writing, and awaits
   * what it returns. If that throws or rejects while it writes, the lock is
   * poisoned. The function may downgrade; it must not end the read.
   *
   * @returns What the function returns.
   * @throws {LockPoisonedError} If it is poisoned.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async withWriteAsync<T>(
    action: () => T | Promise<T>,
    options?: LockAsyncOptions,
  ): Promise<T> {
    await this.writeAsync(options);
    try {
      return await action();
    } catch (error) {
      if (this.#entry.isWriting) Atomics.store(this.#words, POISON, 1);
      throw error;
    } finally {
      this.#unlockHeld();
    }
  }

  /** Ends the write, or the read that it became. */
  #unlockHeld(): void {
    if (!this.#entry.isWriting && this.#entry.isReading) this.unlockRead();
    else this.unlockWrite();
  }

  /** Ends the read if the lock is poisoned and that was not expected. */
  #refuseRead(options: TryLockOptions | undefined): void {
    if (options?.evenIfPoisoned) return;
    this.unlockRead();
    throw poisoned(READ);
  }

  /** Ends the write if the lock is poisoned and that was not expected. */
  #refuseWrite(options: TryLockOptions | undefined): void {
    if (options?.evenIfPoisoned) return;
    this.unlockWrite();
    throw poisoned(WRITE);
  }
}

function poisoned(action: string): LockPoisonedError {
  return new LockPoisonedError(
    `Cannot ${action} as the lock is poisoned: a thread that wrote was lost or threw`,
  );
}

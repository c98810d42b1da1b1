/**
 * A mutex: one thread at a time.
 *
 * The protocol is in the folder's README, "Mutex".
 *
 * @module
 */

import { GiveUp } from "../thread/give_up.ts";
import { checkKind, type SharedHandle } from "../memory/handle.ts";
import { LockPoisonedError } from "./lock_errors.ts";
import { LOCK, LOCK_WORDS, NOBODY, POISON } from "./lock_layout.ts";
import type {
  LockAsyncOptions,
  LockOptions,
  TryLockOptions,
} from "./lock_options.ts";
import { LockWord } from "./lock_word.ts";
import { wordsOf } from "../memory/memory.ts";
import { placed } from "../memory/placed.ts";
import { MutexGuard } from "./mutex_guard.ts";
import { checkTimeout, Deadline } from "../thread/timeout.ts";

const ACTION = "lock mutex";

/** Names a {@linkcode Mutex} in a message. */
export type MutexHandle = SharedHandle<"Mutex">;

/**
 * A lock that one thread holds at a time, with a blocking and an async door.
 *
 * The owner is a thread, not a task: a thread that holds the mutex and blocks
 * for it gets a {@linkcode DeadlockError}; a task that awaits it stands in line
 * until another task of its thread unlocks. Poisoning is that of Rust's `Mutex`:
 * when the holder's thread is lost, or throws in {@linkcode Mutex.withLock},
 * those who come next take the lock over and get a
 * {@linkcode LockPoisonedError}, until somebody calls
 * {@linkcode Mutex.clearPoison}.
 *
 * Not FIFO: a running thread may take the lock before one that is being woken.
 * A waiter that lost 16 times, or has waited for 100 ms, asks to be handed
 * the lock, and no newcomer can take it before; a task has to come for it within
 * 1 ms, and {@linkcode Mutex.tryLock} does not wait for it. Tasks of one thread
 * that wait by the same object are served in their order.
 *
 * @example Usage
 * ```ts
 * import { Mutex } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const mutex = new Mutex();
 * const shared = new Int32Array(new SharedArrayBuffer(8));
 *
 * mutex.withLock(() => shared.fill(1));
 * {
 *   using _guard = await mutex.lockAsync({ timeout: 1000 });
 *   shared.fill(2);
 * }
 * mutex.lock(); //                                   the quickest form
 * try {
 *   shared.fill(3);
 * } finally {
 *   mutex.unlock();
 * }
 * assertEquals([...shared], [3, 3]);
 * ```
 */
export class Mutex {
  /** Names this mutex in a message. */
  readonly handle: MutexHandle;
  readonly #words: Int32Array;
  readonly #lock: LockWord;
  readonly #guard = new MutexGuard(this, false);
  /** The id of this thread, once it was needed. */
  #me = NOBODY;

  /** Makes a mutex that nobody holds. */
  constructor();
  /** Attaches to a mutex that another thread made. */
  constructor(handle: MutexHandle);
  constructor(handle?: MutexHandle) {
    this.handle = placed("Mutex", handle, 4 * LOCK_WORDS);
    const words = wordsOf(this.handle, LOCK_WORDS);
    this.#words = words;
    // The thread that had it was in its critical section.
    this.#lock = new LockWord(words, () => Atomics.store(words, POISON, 1));
  }

  /**
   * Attaches to a mutex that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: MutexHandle): Mutex {
    return new Mutex(checkKind("Mutex", handle));
  }

  /**
   * Whether a thread holds it, at this moment. One that was lost does until
   * another takes the mutex over.
   */
  get isLocked(): boolean {
    return this.#lock.isTaken;
  }

  /** Whether an owner was lost or threw, and nobody has repaired that yet. */
  get isPoisoned(): boolean {
    return Atomics.load(this.#words, POISON) !== 0;
  }

  /** Says that what the mutex protects is in order. Call it while you hold it. */
  clearPoison(): void {
    Atomics.store(this.#words, POISON, 0);
  }

  /**
   * Takes the mutex; blocks the thread until it can.
   *
   * @returns What unlocks it: for `using`. It need not be used.
   * @throws {DeadlockError} If this thread holds it.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  lock(options?: LockOptions): MutexGuard {
    const me = this.#me === NOBODY ? this.#introduce() : this.#me;
    if (options !== undefined) checkTimeout(options.timeout, ACTION);
    if (Atomics.compareExchange(this.#words, LOCK, 0, me) !== 0) {
      this.#lock.take(me, new Deadline(options?.timeout), ACTION);
    }
    if (this.#words[POISON] !== 0) this.#refuse(options);
    return this.#guard;
  }

  /**
   * Takes the mutex if nobody holds it.
   *
   * @returns What unlocks it, or `undefined` if somebody holds it.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   */
  tryLock(options?: TryLockOptions): MutexGuard | undefined {
    const me = this.#me === NOBODY ? this.#introduce() : this.#me;
    if (
      Atomics.compareExchange(this.#words, LOCK, 0, me) !== 0 &&
      !this.#lock.tryTake(me)
    ) return undefined;
    if (this.#words[POISON] !== 0) this.#refuse(options);
    return this.#guard;
  }

  /**
   * Takes the mutex, without blocking the thread.
   *
   * @returns What unlocks it, once: for `using`.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async lockAsync(options: LockAsyncOptions = {}): Promise<MutexGuard> {
    const { timeout, signal } = options;
    checkTimeout(timeout, ACTION);
    signal?.throwIfAborted();
    const me = this.#introduce();
    if (
      !this.#lock.noneInLine ||
      Atomics.compareExchange(this.#words, LOCK, 0, me) !== 0
    ) {
      const end = new GiveUp(ACTION, options);
      try {
        await this.#lock.takeAsync(me, end);
      } finally {
        end.forget();
      }
    }
    if (this.#words[POISON] !== 0) this.#refuse(options);
    return new MutexGuard(this, true);
  }

  /**
   * Lets the next one have the mutex.
   *
   * @throws {TypeError} If this thread does not hold it.
   */
  unlock(): void {
    const me = this.#me;
    if (Atomics.compareExchange(this.#words, LOCK, me, 0) !== me) {
      this.#lock.give(this.#introduce(), "unlock mutex");
    }
  }

  /**
   * Calls a function while this thread holds the mutex; blocks until it does. If
   * the function throws, the mutex is poisoned.
   *
   * The function must not be async: the mutex is unlocked when it returns.
   *
   * @returns What the function returns.
   * @throws {DeadlockError} If this thread holds it.
   * @throws {LockPoisonedError} If it is poisoned.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  withLock<T>(action: () => T, options?: LockOptions): T {
    this.lock(options);
    try {
      return action();
    } catch (error) {
      Atomics.store(this.#words, POISON, 1);
      throw error;
    } finally {
      this.unlock();
    }
  }

  /**
   * Calls a function while this thread holds the mutex, and awaits what it
   * returns. If that throws or rejects, the mutex is poisoned.
   *
   * @returns What the function returns.
   * @throws {LockPoisonedError} If it is poisoned.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async withLockAsync<T>(
    action: () => T | Promise<T>,
    options?: LockAsyncOptions,
  ): Promise<T> {
    await this.lockAsync(options);
    try {
      return await action();
    } catch (error) {
      Atomics.store(this.#words, POISON, 1);
      throw error;
    } finally {
      this.unlock();
    }
  }

  #introduce(): number {
    if (this.#me === NOBODY) this.#me = this.#lock.introduce();
    return this.#me;
  }

  /** Gives the lock back if it is poisoned and that was not expected. */
  #refuse(options: TryLockOptions | undefined): void {
    if (options?.evenIfPoisoned) return;
    this.unlock();
    throw new LockPoisonedError(
      "Cannot lock mutex as it is poisoned: a thread that held it was lost or threw",
    );
  }
}

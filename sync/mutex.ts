/**
 * A mutex: one thread at a time.
 *
 * The protocol is in the folder's README, "Mutex".
 *
 * @module
 */

import { allocate } from "./arena.ts";
import { checkHandle, type SharedHandle } from "./handle.ts";
import { hold, release } from "./keep_alive.ts";
import { LINE, wordsOf } from "./memory.ts";
import { Spinner } from "./spin.ts";
import {
  currentThread,
  runsElsewhere,
  SLICE,
  type ThreadRegistry,
} from "./thread.ts";
import { checkTimeout, Deadline, timeoutError } from "./timeout.ts";

const LOCK = 0; // CONTENDED | id of the owner, HANDED, or 0
const POISON = 1; // 1 if an owner failed
const NEXT = LINE / 4; // the id of the thread for which HANDED is meant
const ARMED = 2 * LINE / 4; // wake-ups << 1 | 1 if tasks may sleep on this word
const WORDS = 3 * LINE / 4;

const CONTENDED = 1 << 31;
const OWNER = 0x7fffffff;
/** Not the id of a thread: no generation is 0. */
const HANDED = 1;
/** Not the id of a thread either, and never in the lock word. */
const NOBODY = 2;
/** How often a waiter is woken in vain before it asks for a hand-off. */
const PATIENCE = 16;
/** The longest timer of JavaScript, in ms. */
const LONGEST_TIMER = 0x7fffffff;

/** Names a {@linkcode Mutex} in a message. */
export type MutexHandle = SharedHandle<"Mutex">;

/** Options of {@linkcode Mutex.tryLock}. */
export interface MutexTryLockOptions {
  /**
   * Whether to take a poisoned mutex, to repair what it protects, instead of
   * throwing a {@linkcode LockPoisonedError}. Default: false.
   */
  readonly evenIfPoisoned?: boolean;
}

/** Options of {@linkcode Mutex.lock}. */
export interface MutexLockOptions extends MutexTryLockOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/** Options of {@linkcode Mutex.lockAsync}. */
export interface MutexLockAsyncOptions extends MutexLockOptions {
  /** Gives up the wait. */
  readonly signal?: AbortSignal;
}

/**
 * What a lock protects may be half changed: the thread that held it was lost, or
 * threw in its critical section. Who gets this error does not hold the lock.
 *
 * What to do: take the lock with `evenIfPoisoned`, repair the data, and call
 * `clearPoison()` before unlocking.
 *
 * @example Usage
 * ```ts
 * import { LockPoisonedError, Mutex } from "@kindred/kindred/sync";
 * import { assert, assertThrows } from "@std/assert";
 *
 * const mutex = new Mutex();
 * assertThrows(() => mutex.withLock(() => JSON.parse("{")), SyntaxError);
 * assert(mutex.isPoisoned);
 * assertThrows(() => mutex.lock(), LockPoisonedError);
 * {
 *   using _guard = mutex.lock({ evenIfPoisoned: true });
 *   mutex.clearPoison(); //                          after the repair
 * }
 * mutex.lock();
 * mutex.unlock();
 * ```
 */
export class LockPoisonedError extends Error {
  /** The name of the class. */
  override readonly name = "LockPoisonedError";
}

/**
 * The wait could never end: only the thread that would wait could end it.
 *
 * @example Usage
 * ```ts
 * import { DeadlockError, Mutex } from "@kindred/kindred/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const mutex = new Mutex();
 * using _guard = mutex.lock();
 * assertThrows(() => mutex.lock(), DeadlockError);
 * ```
 */
export class DeadlockError extends Error {
  /** The name of the class. */
  override readonly name = "DeadlockError";
}

/**
 * Unlocks a {@linkcode Mutex} when it is disposed of.
 *
 * A guard of the async door does that once. The blocking doors of one `Mutex`
 * object always return the same guard, so that a lock allocates nothing: it
 * stands for whatever lock the thread holds.
 *
 * @example Usage
 * ```ts
 * import { Mutex } from "@kindred/kindred/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const mutex = new Mutex();
 * {
 *   using _guard = await mutex.lockAsync();
 *   assert(mutex.isLocked);
 * }
 * assertFalse(mutex.isLocked);
 * ```
 */
export class MutexGuard implements Disposable {
  /** The mutex that it unlocks. */
  readonly mutex: Mutex;
  readonly #once: boolean;
  #done = false;

  /** For {@linkcode Mutex}. */
  constructor(mutex: Mutex, once: boolean) {
    this.mutex = mutex;
    this.#once = once;
  }

  /**
   * Unlocks the mutex.
   *
   * @throws {TypeError} If this thread does not hold it.
   */
  [Symbol.dispose](): void {
    if (this.#done) return;
    this.#done = this.#once;
    this.mutex.unlock();
  }
}

/** How far a waiter has come. */
interface Wait {
  /** How often it was woken in vain. */
  losses: number;
  /** Whether it asked for a hand-off. */
  claimed: boolean;
  /** Whether it has just slept for a whole slice. */
  late: boolean;
}

const TAKEN = 0;

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
 * the lock, and no newcomer can take it before. Tasks of one thread that wait by
 * the same object are served in their order.
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
  readonly #spinner = new Spinner();
  readonly #guard = new MutexGuard(this, false);
  /** The id of this thread, once it was needed. */
  #me = NOBODY;
  #threads: ThreadRegistry | undefined;
  /** How many tasks stand in line, and the end of the last one's wait. */
  #inLine = 0;
  #last: Promise<void> | undefined;

  /** Makes a mutex that nobody holds. */
  constructor();
  /** Attaches to a mutex that another thread made. */
  constructor(handle: MutexHandle);
  constructor(handle?: MutexHandle) {
    this.handle = handle === undefined
      ? { kind: "Mutex", ...allocate(4 * WORDS) }
      : checkHandle("Mutex", handle, () => 4 * WORDS);
    this.#words = wordsOf(this.handle, WORDS);
  }

  /**
   * Attaches to a mutex that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: MutexHandle): Mutex {
    return new Mutex(handle ?? null);
  }

  /** Whether a thread holds it, at this moment. */
  get isLocked(): boolean {
    return (Atomics.load(this.#words, LOCK) & OWNER) > HANDED;
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
  lock(options?: MutexLockOptions): MutexGuard {
    const me = this.#me === NOBODY ? this.#introduce() : this.#me;
    if (options !== undefined) checkTimeout(options.timeout, "lock mutex");
    if (Atomics.compareExchange(this.#words, LOCK, 0, me) !== 0) {
      this.#lockSlowly(me, options?.timeout);
    }
    if (Atomics.load(this.#words, POISON) !== 0) this.#refuse(options);
    return this.#guard;
  }

  /**
   * Takes the mutex if nobody holds it.
   *
   * @returns What unlocks it, or `undefined` if somebody holds it.
   * @throws {LockPoisonedError} If it is poisoned. It is not held then.
   */
  tryLock(options?: MutexTryLockOptions): MutexGuard | undefined {
    const me = this.#me === NOBODY ? this.#introduce() : this.#me;
    if (
      Atomics.compareExchange(this.#words, LOCK, 0, me) !== 0 &&
      this.#look(me, { losses: 0, claimed: false, late: false }, false) !==
        TAKEN
    ) return undefined;
    if (Atomics.load(this.#words, POISON) !== 0) this.#refuse(options);
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
  async lockAsync(options: MutexLockAsyncOptions = {}): Promise<MutexGuard> {
    const { timeout, signal } = options;
    checkTimeout(timeout, "lock mutex");
    signal?.throwIfAborted();
    const me = this.#introduce();
    if (
      this.#inLine > 0 ||
      Atomics.compareExchange(this.#words, LOCK, 0, me) !== 0
    ) await this.#standInLine(me, timeout, signal);
    if (Atomics.load(this.#words, POISON) !== 0) this.#refuse(options);
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
      this.#unlockSlowly(this.#introduce());
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
  withLock<T>(action: () => T, options?: MutexLockOptions): T {
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
    options?: MutexLockAsyncOptions,
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
    if (this.#threads === undefined) {
      const { threads, id } = currentThread();
      this.#threads = threads;
      this.#me = id;
    }
    return this.#me;
  }

  /** Gives the lock back if it is poisoned and that was not expected. */
  #refuse(options: MutexTryLockOptions | undefined): void {
    if (options?.evenIfPoisoned) return;
    this.unlock();
    throw new LockPoisonedError(
      "Cannot lock mutex as it is poisoned: a thread that held it was lost or threw",
    );
  }

  #lockSlowly(me: number, timeout: number | undefined): void {
    const seen = Atomics.load(this.#words, LOCK);
    if ((seen & OWNER) === me) {
      throw new DeadlockError(
        "Cannot lock mutex as this thread holds it: only this thread could unlock it",
      );
    }
    if (this.#spin(me)) return;
    const deadline = new Deadline(timeout);
    const start = performance.now();
    const wait: Wait = { losses: 0, claimed: false, late: false };
    for (;;) {
      const state = this.#look(me, wait);
      if (state === TAKEN) break;
      if (deadline.passed) {
        this.#leave(me, wait);
        throw timeoutError("lock mutex", deadline.timeout);
      }
      const end = Atomics.wait(
        this.#words,
        LOCK,
        state,
        deadline.slice(SLICE),
      );
      this.#count(wait, end);
    }
    this.#spinner.failed(performance.now() - start);
  }

  /** Only before the first sleep: a lock that it takes is not marked. */
  #spin(me: number): boolean {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      const seen = Atomics.load(this.#words, LOCK);
      if (
        seen === 0 && Atomics.compareExchange(this.#words, LOCK, 0, me) === 0
      ) {
        this.#spinner.succeeded(round);
        return true;
      }
      // Nor for one that waits for this processor itself.
      if (round === 0 && !runsElsewhere(seen & OWNER)) return false;
      Atomics.pause?.();
    }
    return false;
  }

  async #standInLine(
    me: number,
    timeout: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = turn.promise;
    this.#inLine++;
    const end = new GiveUp(timeout, signal);
    const wait: Wait = { losses: 0, claimed: false, late: false };
    hold();
    try {
      if (before !== undefined) await end.orFirst(before);
      for (;;) {
        const armed = this.#arm();
        const state = this.#look(me, wait);
        if (state === TAKEN) return;
        const sleep = Atomics.waitAsync(this.#words, ARMED, armed, SLICE);
        if (sleep.async) this.#count(wait, await end.orFirst(sleep.value));
      }
    } catch (error) {
      this.#leave(me, wait);
      throw error;
    } finally {
      release();
      end.forget();
      if (--this.#inLine === 0) this.#last = undefined;
      // Who gives up in the middle of the line does not open it.
      if (before === undefined) turn.resolve();
      else before.then(turn.resolve);
    }
  }

  /**
   * Takes the lock, or marks it as contended: its owner will wake us, if we stay.
   *
   * @returns `TAKEN`, or the lock word on which to sleep.
   */
  #look(me: number, wait: Wait, stays = true): number {
    const words = this.#words;
    if (!wait.claimed && (wait.late || wait.losses >= PATIENCE)) {
      this.#claim(me, wait);
    }
    for (;;) {
      const seen = Atomics.load(words, LOCK);
      const owner = seen & OWNER;
      if (owner === 0 || (owner === HANDED && this.#mayTake(me, wait))) {
        // Others may sleep still, and this owner is to wake them.
        if (
          Atomics.compareExchange(words, LOCK, seen, me | CONTENDED) === seen
        ) {
          this.#unclaim(me, wait);
          return TAKEN;
        }
      } else if (this.#isLost(seen)) {
        if (this.#recover(seen, me)) {
          this.#unclaim(me, wait);
          return TAKEN;
        }
      } else if (
        !stays || (seen & CONTENDED) !== 0 ||
        Atomics.compareExchange(words, LOCK, seen, seen | CONTENDED) === seen
      ) return seen | CONTENDED;
    }
  }

  /** Has tasks woken from now on. Returns the word on which to sleep. */
  #arm(): number {
    for (;;) {
      const seen = Atomics.load(this.#words, ARMED);
      if (
        (seen & 1) !== 0 ||
        Atomics.compareExchange(this.#words, ARMED, seen, seen | 1) === seen
      ) return seen | 1;
    }
  }

  #count(wait: Wait, end: string): void {
    wait.late = end === "timed-out";
    wait.losses++;
  }

  /** Asks for the next hand-off, unless a thread that lives has done so. */
  #claim(me: number, wait: Wait): void {
    const seen = Atomics.load(this.#words, NEXT);
    if (seen !== 0 && this.#threads!.isLive(seen)) return;
    wait.claimed =
      Atomics.compareExchange(this.#words, NEXT, seen, me) === seen;
  }

  #unclaim(me: number, wait: Wait): boolean {
    if (!wait.claimed) return false;
    wait.claimed = false;
    return Atomics.compareExchange(this.#words, NEXT, me, 0) === me;
  }

  /** Whether a lock that was handed on is for this waiter. */
  #mayTake(me: number, wait: Wait): boolean {
    // Whoever it is for did not come for a slice.
    if (wait.late) return true;
    const next = Atomics.load(this.#words, NEXT);
    return next === me || next === 0 || !this.#threads!.isLive(next);
  }

  /** A waiter goes: a lock that was handed to it is for the others. */
  #leave(me: number, wait: Wait): void {
    if (this.#unclaim(me, wait)) this.#takeBack();
  }

  /** Frees a lock that was handed on to nobody. */
  #takeBack(): void {
    const seen = Atomics.load(this.#words, LOCK);
    if ((seen & OWNER) !== HANDED) return;
    // The word must change: others may be about to sleep on it.
    if (Atomics.compareExchange(this.#words, LOCK, seen, 0) === seen) {
      this.#wake(1);
    }
  }

  #isLost(seen: number): boolean {
    const owner = seen & OWNER;
    return owner > HANDED && !this.#threads!.isLive(owner);
  }

  /** Takes the lock of a thread that is gone. */
  #recover(seen: number, me: number): boolean {
    const mine = me | CONTENDED;
    if (Atomics.compareExchange(this.#words, LOCK, seen, mine) !== seen) {
      return false;
    }
    Atomics.store(this.#words, POISON, 1);
    return true;
  }

  #unlockSlowly(me: number): void {
    const seen = Atomics.load(this.#words, LOCK);
    if ((seen & OWNER) !== me) {
      throw new TypeError(
        `Cannot unlock mutex as this thread does not hold it: it is ${
          (seen & OWNER) > HANDED ? "held by another thread" : "not locked"
        }`,
      );
    }
    const next = Atomics.load(this.#words, NEXT);
    const handOn = (seen & CONTENDED) !== 0 && next !== 0 &&
      this.#threads!.isLive(next);
    const free = handOn ? HANDED | CONTENDED : 0;
    // Fails if the others took this thread for lost.
    if (Atomics.compareExchange(this.#words, LOCK, seen, free) !== seen) {
      return this.#unlockSlowly(me);
    }
    if ((seen & CONTENDED) !== 0) this.#wake(handOn ? Infinity : 1);
    // Whoever it was for may have gone before it was handed on.
    if (handOn && Atomics.load(this.#words, NEXT) === 0) this.#takeBack();
  }

  /** Wakes threads that are blocked, and all tasks that are first in line. */
  #wake(threads: number): void {
    Atomics.notify(this.#words, LOCK, threads);
    const armed = Atomics.load(this.#words, ARMED);
    if ((armed & 1) === 0) return;
    // If that fails, another thread has done it, and notifies.
    if (
      Atomics.compareExchange(this.#words, ARMED, armed, armed + 1) !== armed
    ) return;
    Atomics.notify(this.#words, ARMED);
  }
}

/** What ends the wait of a task early. */
class GiveUp {
  readonly #signal: AbortSignal | undefined;
  readonly #abort: () => void;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #end: Promise<never> | undefined;

  constructor(timeout: number | undefined, signal: AbortSignal | undefined) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.#signal = signal;
    this.#abort = () => reject(signal!.reason);
    const ends = timeout !== undefined && timeout !== Infinity;
    if (!ends && signal === undefined) return;
    this.#end = promise;
    promise.catch(() => {}); // it may end when nobody waits for it
    signal?.addEventListener("abort", this.#abort);
    if (!ends) return;
    this.#timer = setTimeout(
      () => reject(timeoutError("lock mutex", timeout)),
      Math.min(timeout, LONGEST_TIMER),
    );
  }

  orFirst<T>(promise: Promise<T>): Promise<T> {
    if (this.#end === undefined) return promise;
    return Promise.race([promise, this.#end]);
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

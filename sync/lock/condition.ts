/**
 * A condition: threads wait for a change to what a mutex protects.
 *
 * The protocol is in the folder's README, "Condition".
 *
 * @module
 */

import { checkKind, type SharedHandle } from "../memory/handle.ts";
import { hold, release } from "../thread/keep_alive.ts";
import { LockPoisonedError } from "./lock_errors.ts";
import { LINE, wordsOf } from "../memory/memory.ts";
import { placed } from "../memory/placed.ts";
import type { Mutex } from "./mutex.ts";
import { MutexGuard } from "./mutex_guard.ts";
import { SLICE } from "../thread/thread.ts";
import { checkTimeout, Deadline, timeoutError } from "../thread/timeout.ts";

const CALLS = 0; // how often somebody notified; blocked threads sleep on it
const CALLS_ASYNC = LINE / 4; // the same; tasks sleep on it
const WORDS = 2 * LINE / 4;

/** Names a {@linkcode Condition} in a message. */
export type ConditionHandle = SharedHandle<"Condition">;

/** Options of {@linkcode Condition.wait}. */
export interface ConditionWaitOptions {
  /** How long to wait for a notification at most, in ms. Default: for ever. */
  readonly timeout?: number;
  /** Whether to go on if the mutex is poisoned. Default: false. */
  readonly evenIfPoisoned?: boolean;
}

/** Options of {@linkcode Condition.waitAsync}. */
export interface ConditionWaitAsyncOptions extends ConditionWaitOptions {
  /** Gives up the wait. */
  readonly signal?: AbortSignal;
}

/**
 * Lets threads sleep until another thread has changed what a mutex protects.
 *
 * All waits give the mutex back while they sleep, and hold it again when they
 * end, _also when they throw_. A wait may end without a notification: look again,
 * or use {@linkcode Condition.waitFor}, which does. The time that it takes to get
 * the mutex back is not part of the timeout. Nobody knows who would notify: the
 * loss of that thread ends no wait, a timeout does.
 *
 * @example Usage
 * ```ts
 * import { Condition, Mutex } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const mutex = new Mutex();
 * const filled = new Condition();
 * const items = new Int32Array(new SharedArrayBuffer(4));
 *
 * async function take(): Promise<number> {
 *   using guard = await mutex.lockAsync();
 *   await filled.waitForAsync(guard, () => items[0]! > 0);
 *   return items[0]!--;
 * }
 * const taken = take();
 * await mutex.withLockAsync(() => items[0]!++);
 * filled.notify();
 * assertEquals(await taken, 1);
 * ```
 */
export class Condition {
  /** Names this condition in a message. */
  readonly handle: ConditionHandle;
  readonly #words: Int32Array;

  /** Makes a condition. Use it with one mutex only. */
  constructor();
  /** Attaches to a condition that another thread made. */
  constructor(handle: ConditionHandle);
  constructor(handle?: ConditionHandle) {
    this.handle = placed("Condition", handle, 4 * WORDS);
    this.#words = wordsOf(this.handle, WORDS);
  }

  /**
   * Attaches to a condition that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: ConditionHandle): Condition {
    return new Condition(checkKind("Condition", handle));
  }

  /**
   * Gives the mutex back and blocks the thread until a notification, or for no
   * reason; then takes the mutex again.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {LockPoisonedError} If the mutex is poisoned.
   * @throws {TypeError} If this thread does not hold the mutex.
   */
  wait(held: Mutex | MutexGuard, options: ConditionWaitOptions = {}): void {
    checkTimeout(options.timeout, "wait for condition");
    const deadline = new Deadline(options.timeout);
    if (!this.#sleep(held, deadline, options)) {
      throw timeoutError("wait for condition", deadline.timeout);
    }
  }

  /**
   * Waits until a predicate holds; blocks the thread. The predicate is called
   * while this thread holds the mutex.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {LockPoisonedError} If the mutex is poisoned.
   * @throws {TypeError} If this thread does not hold the mutex.
   */
  waitFor(
    held: Mutex | MutexGuard,
    predicate: () => boolean,
    options: ConditionWaitOptions = {},
  ): void {
    checkTimeout(options.timeout, "wait for condition");
    const deadline = new Deadline(options.timeout);
    while (!predicate()) {
      if (deadline.passed) {
        throw timeoutError("wait for condition", deadline.timeout);
      }
      this.#sleep(held, deadline, options);
    }
  }

  /**
   * Gives the mutex back and waits for a notification without blocking the
   * thread; then takes the mutex again. May end for no reason.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {LockPoisonedError} If the mutex is poisoned.
   * @throws {TypeError} If this thread does not hold the mutex.
   */
  async waitAsync(
    held: Mutex | MutexGuard,
    options: ConditionWaitAsyncOptions = {},
  ): Promise<void> {
    checkTimeout(options.timeout, "wait for condition");
    const deadline = new Deadline(options.timeout);
    if (!await this.#sleepAsync(held, deadline, options)) {
      throw timeoutError("wait for condition", deadline.timeout);
    }
  }

  /**
   * Waits until a predicate holds, without blocking the thread. The predicate is
   * called while this thread holds the mutex.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {LockPoisonedError} If the mutex is poisoned.
   * @throws {TypeError} If this thread does not hold the mutex.
   */
  async waitForAsync(
    held: Mutex | MutexGuard,
    predicate: () => boolean,
    options: ConditionWaitAsyncOptions = {},
  ): Promise<void> {
    checkTimeout(options.timeout, "wait for condition");
    const deadline = new Deadline(options.timeout);
    while (!predicate()) {
      if (deadline.passed) {
        throw timeoutError("wait for condition", deadline.timeout);
      }
      await this.#sleepAsync(held, deadline, options);
    }
  }

  /**
   * Wakes at least one blocked thread, if there is any, and all tasks that wait;
   * other blocked threads may end their wait too, within 100 ms. Call it after the
   * change; whether with or without the mutex does not matter.
   */
  notify(): void {
    this.#call(1);
  }

  /** Wakes all who wait. */
  notifyAll(): void {
    this.#call(Infinity);
  }

  #call(threads: number): void {
    Atomics.add(this.#words, CALLS, 1);
    Atomics.notify(this.#words, CALLS, threads);
    // A pending waitAsync cannot be withdrawn: one alone might wake in vain.
    Atomics.add(this.#words, CALLS_ASYNC, 1);
    Atomics.notify(this.#words, CALLS_ASYNC);
  }

  /** Returns false if the time is up. */
  #sleep(
    held: Mutex | MutexGuard,
    deadline: Deadline,
    options: ConditionWaitOptions,
  ): boolean {
    const mutex = mutexOf(held);
    // Before the unlock: what changes from now on is called after this.
    const calls = Atomics.load(this.#words, CALLS);
    mutex.unlock();
    let called: boolean;
    do {
      Atomics.wait(this.#words, CALLS, calls, deadline.slice(SLICE));
      // Who called may have been lost before it woke anybody.
      called = Atomics.load(this.#words, CALLS) !== calls;
    } while (!called && !deadline.passed);
    mutex.lock({ evenIfPoisoned: true });
    checkPoison(mutex, options);
    return called;
  }

  /** Returns false if the time is up. */
  async #sleepAsync(
    held: Mutex | MutexGuard,
    deadline: Deadline,
    options: ConditionWaitAsyncOptions,
  ): Promise<boolean> {
    const { signal } = options;
    signal?.throwIfAborted();
    const mutex = mutexOf(held);
    const counted = Atomics.load(this.#words, CALLS);
    const calls = Atomics.load(this.#words, CALLS_ASYNC);
    mutex.unlock();
    const aborted = Promise.withResolvers<void>();
    const abort = () => aborted.resolve();
    signal?.addEventListener("abort", abort);
    hold();
    let called: boolean;
    do {
      const sleep = Atomics.waitAsync(
        this.#words,
        CALLS_ASYNC,
        calls,
        deadline.slice(SLICE),
      );
      if (sleep.async) await Promise.race([sleep.value, aborted.promise]);
      // Who called may have been lost after it counted in the first word.
      called = Atomics.load(this.#words, CALLS_ASYNC) !== calls ||
        Atomics.load(this.#words, CALLS) !== counted;
    } while (!called && !deadline.passed && !signal?.aborted);
    release();
    signal?.removeEventListener("abort", abort);
    await mutex.lockAsync({ evenIfPoisoned: true });
    signal?.throwIfAborted();
    checkPoison(mutex, options);
    return called;
  }
}

function mutexOf(held: Mutex | MutexGuard): Mutex {
  return held instanceof MutexGuard ? held.mutex : held;
}

function checkPoison(mutex: Mutex, options: ConditionWaitOptions): void {
  if (options.evenIfPoisoned || !mutex.isPoisoned) return;
  throw new LockPoisonedError(
    "Cannot go on after waiting for condition as the mutex is poisoned: a thread that held it was lost or threw",
  );
}

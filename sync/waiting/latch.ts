/**
 * A latch: threads wait until so many things are done.
 *
 * The protocol is in the folder's README, "Latch".
 *
 * @module
 */

import { checkKind, type SharedHandle } from "../memory/handle.ts";
import { LINE, wordsOf } from "../memory/memory.ts";
import { placed } from "../memory/placed.ts";
import { SLICE } from "../thread/thread.ts";
import { checkTimeout } from "../thread/timeout.ts";
import {
  type Awaited,
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "../thread/wait.ts";

const COUNT = 0;

/** The most that a latch can count: 2^31 - 1. */
export const MAX_COUNT: number = 0x7fffffff;

/** Names a {@linkcode Latch} in a message. */
export type LatchHandle = SharedHandle<"Latch">;

/**
 * A count that goes down to zero once, and a gate that is open from then on.
 *
 * Also a wait group: who still holds a count may {@linkcode Latch.add} more for
 * others. At zero the latch is open for good, so that nobody can miss it.
 *
 * A latch does not know who will count down: the loss of such a thread is not
 * noticed. Where that matters, wait with a timeout, or use a `Barrier`.
 *
 * @example Usage
 * ```ts
 * import { Latch } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ready = new Latch(2);
 * const opened = ready.waitAsync({ timeout: 5000 });
 * ready.countDown(); //             each on a thread of its own
 * Latch.from(ready.handle).countDown();
 * await opened;
 * ready.wait(); //                  open for good: does not block
 * assertEquals(ready.count, 0);
 * ```
 */
export class Latch {
  /** Names this latch in a message. */
  readonly handle: LatchHandle;
  readonly #words: Int32Array;

  /**
   * Makes a latch.
   *
   * @param count How much has to be counted down, 0 to 2^31 - 1.
   * @throws {RangeError} If `count` is not an integer in that range.
   */
  constructor(count: number);
  /** Attaches to a latch that another thread made. */
  constructor(handle: LatchHandle);
  constructor(source: number | LatchHandle) {
    if (typeof source === "object") {
      this.handle = placed("Latch", source, LINE);
      this.#words = wordsOf(this.handle, 1);
      return;
    }
    if (source !== 0) checkCount("create latch", "count", source);
    this.handle = placed("Latch", undefined, LINE);
    this.#words = wordsOf(this.handle, 1);
    Atomics.store(this.#words, COUNT, source);
  }

  /**
   * Attaches to a latch that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: LatchHandle): Latch {
    return new Latch(checkKind("Latch", handle));
  }

  /** How much is still to be counted down. */
  get count(): number {
    return Atomics.load(this.#words, COUNT);
  }

  /**
   * Counts down; opens the latch when that makes zero.
   *
   * @param n How much, a positive integer.
   * @returns Whether this call opened the latch: true for exactly one call.
   * @throws {RangeError} If `n` is not a positive integer, or more than is left;
   * nothing is changed then.
   */
  countDown(n: number = 1): boolean {
    checkCount("count down latch", "n", n);
    for (;;) {
      const count = Atomics.load(this.#words, COUNT);
      if (n > count) {
        throw new RangeError(
          `Cannot count down latch as it would go below zero: ${count} left, received ${n}`,
        );
      }
      if (
        Atomics.compareExchange(this.#words, COUNT, count, count - n) !== count
      ) continue;
      if (n !== count) return false;
      Atomics.notify(this.#words, COUNT);
      return true;
    }
  }

  /**
   * Counts up, as a wait group does for more work; only before it opens.
   *
   * @param n How much, a positive integer.
   * @throws {RangeError} If the latch is open, or `n` is not a positive integer
   * or too much; nothing is changed then.
   */
  add(n: number = 1): void {
    checkCount("add to latch", "n", n);
    for (;;) {
      const count = Atomics.load(this.#words, COUNT);
      if (count === 0) {
        throw new RangeError(
          `Cannot add to latch as it is open for good: received ${n}`,
        );
      }
      if (count + n > MAX_COUNT) {
        throw new RangeError(
          `Cannot add to latch as it can count ${MAX_COUNT} at most: ${count} left, received ${n}`,
        );
      }
      if (
        Atomics.compareExchange(this.#words, COUNT, count, count + n) === count
      ) return;
    }
  }

  /**
   * Waits until the count is zero; blocks the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait(options: WaitOptions = {}): void {
    checkTimeout(options.timeout, "wait for latch");
    waitFor(this.#opening(), options);
  }

  /**
   * Waits until the count is zero, without blocking the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async waitAsync(options: WaitAsyncOptions = {}): Promise<void> {
    checkTimeout(options.timeout, "wait for latch");
    await waitForAsync(this.#opening(), options);
  }

  #opening(): Awaited {
    return {
      words: this.#words,
      index: COUNT,
      action: "wait for latch",
      slice: SLICE,
      look: (count) => count === 0 ? "over" : "sleep",
    };
  }
}

function checkCount(action: string, name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new RangeError(
      `Cannot ${action} as '${name}' must be an integer from 1 to ${MAX_COUNT}: received ${count}`,
    );
  }
}

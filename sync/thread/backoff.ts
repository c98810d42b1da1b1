/**
 * Backing off: waiting a little longer after each attempt that failed.
 *
 * @module
 */

import { spinLimit } from "./spin.ts";

/** After so many looks the other thread is taken to be stopped. */
const MOST_LOOKS = 11;
/** How long to leave the processor to it, in ms. */
const NAP = 1;
/** Up to 2^6 pauses are made in a row. */
const SPIN_STEPS = 6;
/** After so many steps who waits had better sleep. */
const SNOOZE_STEPS = 10;

/**
 * Waits a little longer after each attempt that failed, for loops over `Atomics`.
 *
 * As crossbeam's `Backoff`. `spin()` after a compare-and-exchange that another
 * thread was quicker with, `snooze()` while another thread has to do something
 * first. JavaScript cannot give the processor to another thread, so `snooze()`
 * only pauses, and spinning cannot replace a sleep: once `isCompleted`, sleep on a
 * word, in a `Parker` or a `Notify`.
 *
 * @example Usage
 * ```ts
 * import { Backoff } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const words = new Int32Array(new SharedArrayBuffer(4));
 * const backoff = new Backoff();
 * for (;;) {
 *   const value = Atomics.load(words, 0);
 *   const next = (value * 5 + 1) | 0;
 *   if (Atomics.compareExchange(words, 0, value, next) === value) break;
 *   backoff.spin();
 * }
 * assertEquals(words[0], 1);
 * ```
 */
export class Backoff {
  #step = 0;

  /** Whether so many attempts failed that spinning on is a waste. */
  get isCompleted(): boolean {
    return this.#step > SNOOZE_STEPS;
  }

  /** After an attempt in which another thread was quicker. */
  spin(): void {
    pauses(Math.min(this.#step, SPIN_STEPS));
    if (this.#step <= SPIN_STEPS) this.#step++;
  }

  /** While another thread has to do something first. */
  snooze(): void {
    pauses(this.#step);
    if (this.#step <= SNOOZE_STEPS) this.#step++;
  }

  /** Starts again, for the next thing to wait for. */
  reset(): void {
    this.#step = 0;
  }
}

/** 2^step pauses: at least one, and no more than a wait may spin. */
export function pauses(step: number): void {
  const most = Math.max(1, Math.min(1 << step, spinLimit.rounds));
  for (let round = 0; round < most; round++) Atomics.pause?.();
}

/**
 * Lets another thread go on that has a few instructions to do, after which it
 * changes a word and tells nobody. Once it seems that the system has stopped that
 * thread, leaves the processor to it for a moment.
 *
 * @param seen The word as it is until then.
 * @param looks How often the caller has looked at it in vain.
 */
export function giveWay(
  words: Int32Array,
  index: number,
  seen: number,
  looks: number,
): void {
  if (looks < MOST_LOOKS) return pauses(looks);
  try {
    Atomics.wait(words, index, seen, NAP);
  } catch (error) {
    // A browser's main thread must not sleep.
    if (!(error instanceof TypeError)) throw error;
    pauses(MOST_LOOKS);
  }
}

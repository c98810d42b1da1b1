/**
 * Waiting on a word: the two doors that primitives share.
 *
 * @module
 */

import { hold, release } from "./keep_alive.ts";
import { Deadline, timeoutError } from "./timeout.ts";

/** Options of a wait that blocks the thread. */
export interface WaitOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/** Options of a wait that does not block the thread. */
export interface WaitAsyncOptions extends WaitOptions {
  /** Gives up the wait; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * What a look says: the wait is over, or there is nothing to do while the word
 * has this value, or it changed under the look.
 *
 * A look that finds what it waits for and loses it to another thread says
 * `"changed"`. If it slept on the old value, it would sleep on: the word may have
 * come back to that value meanwhile, with what it waits for.
 */
export type Look = "over" | "sleep" | "changed";

/** What is waited for. */
export interface Awaited {
  /** The view that holds the word. */
  readonly words: Int32Array;
  /** The index of the word to sleep on. */
  readonly index: number;
  /** What is done, for messages: `wait for event`. */
  readonly action: string;
  /** The longest sleep before another look, in ms. Default: for ever. */
  readonly slice?: number;
  /**
   * Looks at a value of the word, and may change the word. A sleep follows only
   * while the word still has that value.
   */
  look(value: number): Look;
}

/**
 * Blocks the thread until a look says so.
 *
 * @param deadline Of several waits in a row.
 */
export function waitFor(
  awaited: Awaited,
  options: WaitOptions,
  deadline: Deadline = new Deadline(options.timeout),
): void {
  const { words, index, slice = Infinity } = awaited;
  for (;;) {
    const value = Atomics.load(words, index);
    const look = awaited.look(value);
    if (look === "over") return;
    if (look === "changed") continue;
    if (deadline.passed) throw timeoutError(awaited.action, deadline.timeout);
    Atomics.wait(words, index, value, deadline.slice(slice));
  }
}

/**
 * Waits until a look says so, without blocking the thread.
 *
 * @param deadline Of several waits in a row.
 */
export async function waitForAsync(
  awaited: Awaited,
  { timeout, signal }: WaitAsyncOptions,
  deadline: Deadline = new Deadline(timeout),
): Promise<void> {
  const { words, index, slice = Infinity } = awaited;
  signal?.throwIfAborted();
  // A pending sleep cannot be withdrawn, but ended. Others look and sleep again.
  const wake = () => Atomics.notify(words, index);
  signal?.addEventListener("abort", wake);
  hold();
  try {
    for (;;) {
      const value = Atomics.load(words, index);
      const look = awaited.look(value);
      if (look === "over") return;
      if (look === "changed") continue;
      if (deadline.passed) {
        throw timeoutError(awaited.action, deadline.timeout);
      }
      const sleep = Atomics.waitAsync(
        words,
        index,
        value,
        deadline.slice(slice),
      );
      if (sleep.async) await sleep.value;
      signal?.throwIfAborted();
    }
  } finally {
    release();
    signal?.removeEventListener("abort", wake);
  }
}

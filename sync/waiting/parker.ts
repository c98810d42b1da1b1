/**
 * A parker: a token for which a thread sleeps.
 *
 * The protocol is in the folder's README, "Parker".
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

const TOKEN = 0;

const ACTION = "wait for token";

/** Names a {@linkcode Parker} in a message. */
export type ParkerHandle = SharedHandle<"Parker">;

/**
 * One token, for one thread: `park()` takes it and sleeps until it is there,
 * `unpark()` puts it there.
 *
 * As `std::thread::park`: the token is there at most once, so that an
 * `unpark()` before the `park()` is not missed and two are the same as one. It
 * never wakes without a reason. Should several threads park, each token lets
 * one of them go.
 *
 * @example Usage
 * ```ts
 * import { Parker } from "@kindred/kindred/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const parker = new Parker();
 * Parker.from(parker.handle).unpark(); //    on another thread
 * parker.park();
 * assertThrows(() => parker.park({ timeout: 1 }), DOMException);
 * ```
 */
export class Parker {
  /** Names this parker in a message. */
  readonly handle: ParkerHandle;
  readonly #words: Int32Array;

  /** Makes a parker without a token, or attaches to one of another thread. */
  constructor(handle?: ParkerHandle) {
    this.handle = placed("Parker", handle, LINE);
    this.#words = wordsOf(this.handle, 1);
  }

  /**
   * Attaches to a parker that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: ParkerHandle): Parker {
    return new Parker(checkKind("Parker", handle));
  }

  /**
   * Puts the token there; wakes the thread that waits for it.
   *
   * @returns False if it was there already, which changes nothing.
   */
  unpark(): boolean {
    if (Atomics.exchange(this.#words, TOKEN, 1) !== 0) return false;
    Atomics.notify(this.#words, TOKEN);
    return true;
  }

  /**
   * Waits for the token and takes it; blocks the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  park(options: WaitOptions = {}): void {
    checkTimeout(options.timeout, ACTION);
    waitFor(this.#token(), options);
  }

  /**
   * Waits for the token and takes it, without blocking the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; the token stays then.
   */
  async parkAsync(options: WaitAsyncOptions = {}): Promise<void> {
    checkTimeout(options.timeout, ACTION);
    await waitForAsync(this.#token(), options);
  }

  #token(): Awaited {
    return {
      words: this.#words,
      index: TOKEN,
      action: ACTION,
      slice: SLICE,
      look: (token) => {
        if (token === 0) return "sleep";
        return Atomics.compareExchange(this.#words, TOKEN, 1, 0) === 1
          ? "over"
          : "changed";
      },
    };
  }
}

/**
 * An event that is a gate: opened and closed, for everybody.
 *
 * The protocol is in the folder's README, "Events".
 *
 * @module
 */

import { eventAt, type EventOptions } from "./event_word.ts";
import { checkKind, type SharedHandle } from "../memory/handle.ts";
import { wordsOf } from "../memory/memory.ts";
import { SLICE } from "../thread/thread.ts";
import { checkTimeout } from "../thread/timeout.ts";
import {
  type Awaited,
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "../thread/wait.ts";

const STATE = 0; // how often it was set << 1 | SET
const SET = 1;

const ACTION = "wait for event";

/** Names a {@linkcode ManualResetEvent} in a message. */
export type ManualResetEventHandle = SharedHandle<"ManualResetEvent">;

/**
 * A gate: open for everybody from `set()` until `reset()`.
 *
 * A `set()` lets all threads pass that wait at that moment, even if a `reset()`
 * follows before they run. Nobody owns the gate: the loss of a thread that was
 * to open it is not noticed.
 *
 * @example Usage
 * ```ts
 * import { ManualResetEvent } from "@kindred/kindred/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const go = new ManualResetEvent();
 * const passed = go.waitAsync({ timeout: 5000 });
 * go.set();
 * go.reset(); // who waited before passes all the same
 * await passed;
 * assertFalse(go.isSet);
 * assert(new ManualResetEvent({ set: true }).isSet);
 * ```
 */
export class ManualResetEvent {
  /** Names this event in a message. */
  readonly handle: ManualResetEventHandle;
  readonly #words: Int32Array;

  /** Makes an event, which is not set unless the options say so. */
  constructor(options?: EventOptions);
  /** Attaches to an event that another thread made. */
  constructor(handle: ManualResetEventHandle);
  constructor(source: EventOptions | ManualResetEventHandle = {}) {
    this.handle = eventAt("ManualResetEvent", source, SET);
    this.#words = wordsOf(this.handle, 1);
  }

  /**
   * Attaches to an event that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: ManualResetEventHandle): ManualResetEvent {
    return new ManualResetEvent(checkKind("ManualResetEvent", handle));
  }

  /** Whether the gate is open. */
  get isSet(): boolean {
    return (Atomics.load(this.#words, STATE) & SET) !== 0;
  }

  /**
   * Opens the gate: all that wait pass, and all that come until it is reset.
   *
   * @returns Whether it was closed before.
   */
  set(): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & SET) !== 0) return false;
      const next = (state + 2) | SET;
      if (
        Atomics.compareExchange(this.#words, STATE, state, next) !== state
      ) continue;
      Atomics.notify(this.#words, STATE);
      return true;
    }
  }

  /**
   * Closes the gate.
   *
   * @returns Whether it was open before.
   */
  reset(): boolean {
    return (Atomics.and(this.#words, STATE, ~SET) & SET) !== 0;
  }

  /**
   * Waits until the event is set; blocks the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait(options: WaitOptions = {}): void {
    checkTimeout(options.timeout, ACTION);
    waitFor(this.#opening(), options);
  }

  /**
   * Waits until the event is set, without blocking the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async waitAsync(options: WaitAsyncOptions = {}): Promise<void> {
    checkTimeout(options.timeout, ACTION);
    await waitForAsync(this.#opening(), options);
  }

  #opening(): Awaited {
    const before = Atomics.load(this.#words, STATE) >> 1;
    return {
      words: this.#words,
      index: STATE,
      action: ACTION,
      slice: SLICE,
      look: (state) =>
        (state & SET) !== 0 || state >> 1 !== before ? "over" : "sleep",
    };
  }
}

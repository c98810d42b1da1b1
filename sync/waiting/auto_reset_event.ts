/**
 * An event that is a signal: for one waiter.
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

const STATE = 0; // signals << 16 | waiters
const WAITER = 1;
const SIGNAL = 0x10000;
const MAX_WAITERS = 0x7ffe;

const ACTION = "wait for event";

/** Names an {@linkcode AutoResetEvent} in a message. */
export type AutoResetEventHandle = SharedHandle<"AutoResetEvent">;

/**
 * A signal that lets exactly one waiter pass.
 *
 * `set()` releases one thread that waits, in no promised order; if there is
 * none, one signal is stored for who comes next, and further ones are the same
 * as one. A waiter that times out or is aborted takes no signal with it.
 *
 * A thread that is lost while it waits takes no signal either, but it is still
 * counted as a waiter: one signal more may be stored then.
 *
 * @example Usage
 * ```ts
 * import { AutoResetEvent } from "@kindred/kindred/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const work = new AutoResetEvent();
 * work.set();
 * work.set(); //                nobody waits: stored once
 * work.wait(); //               takes the signal
 * assertFalse(work.tryWait());
 *
 * const called = work.waitAsync({ timeout: 5000 });
 * assert(work.set());
 * await called;
 * ```
 */
export class AutoResetEvent {
  /** Names this event in a message. */
  readonly handle: AutoResetEventHandle;
  readonly #words: Int32Array;

  /** Makes an event, which is not set unless the options say so. */
  constructor(options?: EventOptions);
  /** Attaches to an event that another thread made. */
  constructor(handle: AutoResetEventHandle);
  constructor(source: EventOptions | AutoResetEventHandle = {}) {
    this.handle = eventAt("AutoResetEvent", source, SIGNAL);
    this.#words = wordsOf(this.handle, 1);
  }

  /**
   * Attaches to an event that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: AutoResetEventHandle): AutoResetEvent {
    return new AutoResetEvent(checkKind("AutoResetEvent", handle));
  }

  /** Whether a signal is stored that no waiter is about to take. */
  get isSet(): boolean {
    const state = Atomics.load(this.#words, STATE);
    return signalsOf(state) > waitersOf(state);
  }

  /**
   * Releases one waiter, or stores the signal for the next one.
   *
   * @returns False if a signal was stored already, which changes nothing.
   */
  set(): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      const waiters = waitersOf(state);
      // One for each waiter, and one in store.
      if (signalsOf(state) > waiters) return false;
      if (
        Atomics.compareExchange(this.#words, STATE, state, state + SIGNAL) !==
          state
      ) continue;
      // Any of them may take it: one that gives up cannot keep it from others.
      if (waiters > 0) Atomics.notify(this.#words, STATE);
      return true;
    }
  }

  /**
   * Takes back a stored signal. Waiters that were released stay so.
   *
   * @returns Whether one was stored.
   */
  reset(): boolean {
    return this.tryWait();
  }

  /** Takes a stored signal, if there is one. */
  tryWait(): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if (signalsOf(state) <= waitersOf(state)) return false;
      if (
        Atomics.compareExchange(this.#words, STATE, state, state - SIGNAL) ===
          state
      ) return true;
    }
  }

  /**
   * Waits for a signal and takes it; blocks the thread.
   *
   * @throws {RangeError} If 32766 threads wait already.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait(options: WaitOptions = {}): void {
    checkTimeout(options.timeout, ACTION);
    if (!this.#enter()) return;
    try {
      waitFor(this.#signal(), options);
    } catch (error) {
      this.#withdraw();
      throw error;
    }
  }

  /**
   * Waits for a signal and takes it, without blocking the thread.
   *
   * @throws {RangeError} If 32766 threads wait already.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async waitAsync(options: WaitAsyncOptions = {}): Promise<void> {
    checkTimeout(options.timeout, ACTION);
    options.signal?.throwIfAborted();
    if (!this.#enter()) return;
    try {
      await waitForAsync(this.#signal(), options);
    } catch (error) {
      this.#withdraw();
      throw error;
    }
  }

  /** Takes the stored signal and returns false, or becomes a waiter. */
  #enter(): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      const waiters = waitersOf(state);
      // The others are released already: their signals are not for us.
      const stored = signalsOf(state) > waiters;
      if (!stored && waiters === MAX_WAITERS) {
        throw new RangeError(
          `Cannot wait for event as ${MAX_WAITERS} threads wait already`,
        );
      }
      const next = stored ? state - SIGNAL : state + WAITER;
      if (
        Atomics.compareExchange(this.#words, STATE, state, next) === state
      ) return !stored;
    }
  }

  #signal(): Awaited {
    return {
      words: this.#words,
      index: STATE,
      action: ACTION,
      slice: SLICE,
      look: (state) => {
        if (signalsOf(state) === 0) return "sleep";
        const next = state - SIGNAL - WAITER;
        return Atomics.compareExchange(this.#words, STATE, state, next) ===
            state
          ? "over"
          : "changed";
      },
    };
  }

  /** No longer a waiter. A signal that was meant for it stays for the others. */
  #withdraw(): void {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      const waiters = waitersOf(state) - 1;
      const signals = Math.min(signalsOf(state), waiters + 1);
      const next = signals * SIGNAL + waiters;
      if (
        Atomics.compareExchange(this.#words, STATE, state, next) === state
      ) return;
    }
  }
}

function signalsOf(state: number): number {
  return state >>> 16;
}

function waitersOf(state: number): number {
  return state & 0xffff;
}

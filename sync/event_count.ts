/**
 * An event count: where threads sleep until something may have changed.
 *
 * The protocol is in the folder's README, "Event count".
 *
 * @module
 */

import { hold, release } from "./keep_alive.ts";
import { LINE, type SharedSlice, wordsOf } from "./memory.ts";
import { Spinner } from "./spin.ts";
import { SLICE } from "./thread.ts";
import { Deadline, timeoutError } from "./timeout.ts";

const WAITERS = 0;
const EVENT = 1;

/** The memory that an event count takes, in bytes. */
export const EVENT_COUNT_SIZE: number = LINE;

/** What is tried until it returns something. */
export type Attempt<T> = () => T | undefined;

/** Options of {@linkcode EventCount.wait}. */
export interface EventWaitOptions {
  /** What is waited for, as messages say it. */
  readonly action: string;
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number | undefined;
  /** For {@linkcode EventCount.waitAsync}: gives up the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** Threads wait here for a change; whoever makes one says so. */
export class EventCount {
  readonly #words: Int32Array;
  readonly #spinner = new Spinner();

  /** Attaches to an event count; zeroed memory is one without waiters. */
  constructor(slice: SharedSlice) {
    this.#words = wordsOf(slice, EVENT_COUNT_SIZE / 4);
  }

  /** Says that something has changed, after the change. One load if nobody waits. */
  signal(): void {
    if (Atomics.load(this.#words, WAITERS) !== 0) this.#wakeAll();
  }

  /**
   * Tries again after each event until the attempt succeeds; blocks the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait<T>(attempt: Attempt<T>, options: EventWaitOptions): T {
    const early = attempt() ?? this.#spin(attempt);
    if (early !== undefined) return early;
    const deadline = new Deadline(options.timeout);
    const start = performance.now();
    Atomics.add(this.#words, WAITERS, 1);
    try {
      for (;;) {
        const event = Atomics.load(this.#words, EVENT);
        const result = attempt();
        if (result !== undefined) {
          this.#spinner.failed(performance.now() - start);
          return result;
        }
        if (deadline.passed) {
          throw timeoutError(options.action, deadline.timeout);
        }
        Atomics.wait(this.#words, EVENT, event, deadline.slice(SLICE));
      }
    } finally {
      Atomics.sub(this.#words, WAITERS, 1);
    }
  }

  /**
   * The same without blocking the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal. The attempt has not succeeded then.
   */
  async waitAsync<T>(
    attempt: Attempt<T>,
    options: EventWaitOptions,
  ): Promise<T> {
    const { signal } = options;
    signal?.throwIfAborted();
    const early = attempt();
    if (early !== undefined) return early;
    const deadline = new Deadline(options.timeout);
    // The others look again and go on to sleep.
    const giveUp = () => this.#wakeAll();
    signal?.addEventListener("abort", giveUp);
    hold();
    Atomics.add(this.#words, WAITERS, 1);
    try {
      for (;;) {
        const event = Atomics.load(this.#words, EVENT);
        signal?.throwIfAborted();
        const result = attempt();
        if (result !== undefined) return result;
        if (deadline.passed) {
          throw timeoutError(options.action, deadline.timeout);
        }
        const sleep = Atomics.waitAsync(
          this.#words,
          EVENT,
          event,
          deadline.slice(SLICE),
        );
        if (sleep.async) await sleep.value;
      }
    } finally {
      Atomics.sub(this.#words, WAITERS, 1);
      release();
      signal?.removeEventListener("abort", giveUp);
    }
  }

  #wakeAll(): void {
    Atomics.add(this.#words, EVENT, 1);
    Atomics.notify(this.#words, EVENT);
  }

  #spin<T>(attempt: Attempt<T>): T | undefined {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      Atomics.pause?.();
      const result = attempt();
      if (result !== undefined) {
        this.#spinner.succeeded(round);
        return result;
      }
    }
    return undefined;
  }
}

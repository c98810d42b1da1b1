/**
 * An event count: where threads sleep until something may have changed.
 *
 * The protocol is in the folder's README, "Event count".
 *
 * @module
 */

import { hold, release } from "./keep_alive.ts";
import { ownKnocks } from "./knocks.ts";
import { LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { Spinner } from "./spin.ts";
import { StreamRest } from "./stream_rest.ts";
import { currentThread, runsElsewhere, SLICE } from "./thread.ts";
import { Deadline, timeoutError } from "./timeout.ts";

const STATE = 0; // how many events there were << 2 | ARMED | WATCHED
const ROWS = 1; //  which words of the second line have bits
const WAKER = 2; // the thread that woke those who sleep here last, or 0
const WATCHERS = LINE / 4; // a bit for each thread that is to be knocked at

/** There may be bits of watchers. */
const WATCHED = 1;
/** Somebody may sleep since the last event. */
const ARMED = 2;
const EVENT = 4;

/** The memory that an event count takes, in bytes: two lines. */
export const EVENT_COUNT_SIZE: number = 2 * LINE;

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
  /**
   * For {@linkcode EventCount.wait}, where waits may be those of a stream: how many
   * attempts of this end have succeeded in all. See {@linkcode StreamRest.begin}.
   */
  readonly progress?: number;
  /** Likewise, where it waits for room: how much there can be. */
  readonly room?: number;
}

/** Threads wait here for a change; whoever makes one says so. */
export class EventCount {
  readonly #words: Int32Array;
  readonly #spinner = new Spinner();
  readonly #rest = new StreamRest();

  /** Attaches to an event count; zeroed memory is one without waiters. */
  constructor(slice: SharedSlice) {
    this.#words = wordsOf(slice, EVENT_COUNT_SIZE / 4);
  }

  /** Says that something has changed, after the change. One load if nobody waits. */
  signal(): void {
    const state = Atomics.load(this.#words, STATE);
    if ((state & (ARMED | WATCHED)) !== 0) this.#tell(state);
  }

  /**
   * Knocks at a thread when the next signal comes, once. For who waits for several
   * things: load the knocks, watch all of them, look, and wait for a knock.
   *
   * @param index Of the thread that watches: the caller's.
   */
  watch(index: number): void {
    const row = index >>> 5;
    this.#set(WATCHERS + row, 1 << (index & 31));
    this.#set(ROWS, 1 << row);
    // Last: who sees it finds the bit.
    this.#set(STATE, WATCHED);
  }

  /**
   * Tries again after each event until the attempt succeeds; blocks the thread.
   * For who has tried before. With a timeout of 0 it tries once.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait<T>(attempt: Attempt<T>, options: EventWaitOptions): T {
    if (options.timeout === 0) {
      const result = attempt();
      if (result !== undefined) return result;
      throw timeoutError(options.action, 0);
    }
    const spins = this.#mayPay();
    if (spins) {
      this.#rest.begin(options.progress ?? 0, options.room);
      const early = this.#spin(attempt);
      if (early !== undefined) return early;
    }
    const deadline = new Deadline(options.timeout);
    // The clock is read where it tells the spinner something.
    const start = spins ? performance.now() : 0;
    let result: T | undefined;
    for (;;) {
      const event = this.#arm();
      result = attempt();
      if (result !== undefined) break;
      if (deadline.passed) {
        // Nothing has come: the sleep would have been longer.
        if (spins) this.#spinner.failed(Infinity);
        throw timeoutError(options.action, deadline.timeout);
      }
      Atomics.wait(this.#words, STATE, event, deadline.slice(SLICE));
      checkStanding(options.action);
      // As a rule it is there, and nobody need be told of one that sleeps.
      result = attempt();
      if (result !== undefined) break;
    }
    if (spins) this.#spinner.failed(performance.now() - start);
    return result;
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
    try {
      for (;;) {
        const event = this.#arm();
        signal?.throwIfAborted();
        const result = attempt();
        if (result !== undefined) return result;
        if (deadline.passed) {
          throw timeoutError(options.action, deadline.timeout);
        }
        const sleep = Atomics.waitAsync(
          this.#words,
          STATE,
          event,
          deadline.slice(SLICE),
        );
        if (!sleep.async) continue;
        await sleep.value;
        checkStanding(options.action);
      }
    } finally {
      release();
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** Says that somebody may sleep. Returns what to sleep on, after one more try. */
  #arm(): number {
    return Atomics.or(this.#words, STATE, ARMED) | ARMED;
  }

  /** Makes an event of nothing. */
  #wakeAll(): void {
    Atomics.add(this.#words, STATE, EVENT);
    Atomics.notify(this.#words, STATE);
  }

  /** As a rule the bits are there already, of a wait before this one. */
  #set(at: number, bits: number): void {
    if ((Atomics.load(this.#words, at) & bits) === 0) {
      Atomics.or(this.#words, at, bits);
    }
  }

  #tell(seen: number): void {
    const words = this.#words;
    let state: number;
    do {
      // Who took both after our change tells all that there are.
      if ((seen & (ARMED | WATCHED)) === 0) return;
      state = seen;
      const next = (state + EVENT) & ~(ARMED | WATCHED);
      seen = Atomics.compareExchange(words, STATE, state, next);
    } while (seen !== state);
    if ((state & ARMED) !== 0) {
      Atomics.store(words, WAKER, currentThread().id);
      Atomics.notify(words, STATE);
    }
    if ((state & WATCHED) !== 0) this.#knock();
  }

  /** Takes the bits of all who watch, in the order opposite to that of `watch`. */
  #knock(): void {
    const knocks = ownKnocks();
    let rows = Atomics.exchange(this.#words, ROWS, 0);
    for (; rows !== 0; rows &= rows - 1) {
      const row = lowest(rows);
      let bits = Atomics.exchange(this.#words, WATCHERS + row, 0);
      for (; bits !== 0; bits &= bits - 1) knocks.tell(row << 5 | lowest(bits));
    }
  }

  /**
   * Whether to spin: not if the thread that woke us last runs on this processor,
   * since it waits for us to sleep.
   */
  #mayPay(): boolean {
    if (!this.#spinner.asks()) return false;
    const waker = Atomics.load(this.#words, WAKER);
    return this.#spinner.answered(waker === 0 || runsElsewhere(waker));
  }

  #spin<T>(attempt: Attempt<T>): T | undefined {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds;) {
      round += this.#rest.rest();
      const result = attempt();
      if (result !== undefined) {
        this.#spinner.succeeded(round);
        return result;
      }
    }
    return undefined;
  }
}

/**
 * A thread that was given up while it slept takes nothing any more: what comes is for
 * the one that has its place.
 */
function checkStanding(action: string): void {
  const { threads, id } = currentThread();
  if (threads.isLive(id)) return;
  throw new Error(`Cannot ${action} as this thread was given up meanwhile`);
}

/** The number of the lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

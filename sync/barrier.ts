/**
 * A barrier: threads wait until all of them have arrived.
 *
 * The protocol is in the folder's README, "Barrier".
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
  type ThreadId,
} from "./thread.ts";
import { checkTimeout, Deadline, timeoutError } from "./timeout.ts";

const STATE = 0; // phase << 16 | BROKEN | arrived
const PARTIES = LINE / 4;
const ARRIVALS = 2 * LINE / 4;

const BROKEN = 0x8000;
const COUNT = 0x7fff;

/** The most parties that a barrier can have. */
export const MAX_PARTIES: number = COUNT;

/** Names a {@linkcode Barrier} in a message. */
export interface BarrierHandle extends SharedHandle<"Barrier"> {
  /** How many threads meet. */
  readonly parties: number;
}

/** What {@linkcode Barrier.wait} tells a thread. */
export interface BarrierResult {
  /** Whether this thread came last: true for exactly one thread each time. */
  readonly isLeader: boolean;
}

/** Options of {@linkcode Barrier}. */
export interface BarrierOptions {
  /**
   * The threads that will meet first, where they are known: the loss of one of
   * them is then noticed from the start, and not only after the first meeting.
   */
  readonly members?: readonly ThreadId[];
}

/** Options of {@linkcode Barrier.wait}. */
export interface BarrierWaitOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/** Options of {@linkcode Barrier.waitAsync}. */
export interface BarrierWaitAsyncOptions extends BarrierWaitOptions {
  /** Gives up the wait, which breaks the barrier. */
  readonly signal?: AbortSignal;
}

/**
 * A barrier can no longer be used, as one of its parties gave up or was lost.
 *
 * What to do: make a new barrier for the threads that are left.
 *
 * @example Usage
 * ```ts
 * import { Barrier, BarrierBrokenError } from "@kindred/kindred/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const barrier = new Barrier(2);
 * assertThrows(() => barrier.wait({ timeout: 1 }), DOMException); // nobody came
 * assertThrows(() => barrier.wait(), BarrierBrokenError);
 * ```
 */
export class BarrierBrokenError extends Error {
  /** The name of the class. */
  override readonly name = "BarrierBrokenError";
}

const LEADER: BarrierResult = Object.freeze({ isLeader: true });
const FOLLOWER: BarrierResult = Object.freeze({ isLeader: false });

/**
 * A point where a fixed number of threads meet, again and again.
 *
 * All or none: when a party is lost, times out or is aborted, the barrier is
 * broken, and every thread that waits or comes later gets a
 * {@linkcode BarrierBrokenError}, as with Java's `CyclicBarrier`. A loss is
 * noticed within 100 ms for threads that took part in the meeting before (or
 * are named as `members`).
 *
 * @example Usage
 * ```ts
 * import { Barrier } from "@kindred/kindred/sync";
 * import { assert } from "@std/assert";
 *
 * const barrier = new Barrier(1); //                 alone: always the leader
 * assert(barrier.wait().isLeader);
 * assert((await barrier.waitAsync()).isLeader);
 * ```
 */
export class Barrier {
  /** Names this barrier in a message. */
  readonly handle: BarrierHandle;
  readonly #words: Int32Array;
  readonly #spinner = new Spinner();

  /**
   * Makes a barrier.
   *
   * @param parties How many threads meet, 1 to 32767.
   * @throws {RangeError} If `parties` is not an integer in that range, or fewer
   * than the named members.
   */
  constructor(parties: number, options?: BarrierOptions);
  /** Attaches to a barrier that another thread made. */
  constructor(handle: BarrierHandle);
  constructor(source: number | BarrierHandle, options: BarrierOptions = {}) {
    if (typeof source === "object") {
      this.handle = checkHandle("Barrier", source, () => {
        checkParties("attach to", source.parties);
        return byteLengthOf(source.parties);
      }) as BarrierHandle;
      this.#words = wordsOf(this.handle, wordCountOf(source.parties));
      const parties = Atomics.load(this.#words, PARTIES);
      if (parties !== source.parties) {
        throw new RangeError(
          `Cannot attach to Barrier as it has ${parties} parties: the handle says ${source.parties}`,
        );
      }
      return;
    }
    checkParties("create", source);
    const { members = [] } = options;
    if (members.length > source) {
      throw new RangeError(
        `Cannot create barrier as 'members' must name at most ${source} threads: received ${members.length}`,
      );
    }
    const slice = allocate(byteLengthOf(source));
    this.handle = { kind: "Barrier", ...slice, parties: source };
    this.#words = wordsOf(this.handle, wordCountOf(source));
    Atomics.store(this.#words, PARTIES, source);
    // As if the members had met in the phase before the first one.
    for (const [k, id] of members.entries()) {
      Atomics.store(this.#words, ARRIVALS + source + k, id);
    }
  }

  /** Attaches to a barrier that another thread made. */
  static from(handle: BarrierHandle): Barrier {
    return new Barrier(handle);
  }

  /** How many threads meet. */
  get parties(): number {
    return this.handle.parties;
  }

  /** Whether a party gave up or was lost. */
  get broken(): boolean {
    return (Atomics.load(this.#words, STATE) & BROKEN) !== 0;
  }

  /**
   * Waits until all parties have arrived; blocks the thread.
   *
   * @throws {BarrierBrokenError} If a party gives up or is lost.
   * @throws {DOMException} `TimeoutError` when the time is up; the barrier is
   * broken then.
   */
  wait(options: BarrierWaitOptions = {}): BarrierResult {
    checkTimeout(options.timeout, "wait at barrier");
    const phase = this.#arrive();
    if (phase < 0) return LEADER;
    const spins = this.#someoneRunsElsewhere(phase);
    if (spins && this.#spin(phase)) return FOLLOWER;
    const deadline = new Deadline(options.timeout);
    // The clock is read where it tells the spinner something.
    const start = spins ? performance.now() : 0;
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if (this.#released(state, phase)) {
        if (spins) this.#spinner.failed(performance.now() - start);
        return FOLLOWER;
      }
      const slice = deadline.slice(SLICE);
      const end = Atomics.wait(this.#words, STATE, state, slice);
      if (end === "timed-out") this.#breakIfHopeless(phase, deadline);
    }
  }

  /**
   * Waits until all parties have arrived, without blocking the thread.
   *
   * @throws {BarrierBrokenError} If a party gives up or is lost.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; the barrier is broken then.
   */
  async waitAsync(
    options: BarrierWaitAsyncOptions = {},
  ): Promise<BarrierResult> {
    const { timeout, signal } = options;
    checkTimeout(timeout, "wait at barrier");
    if (signal?.aborted) {
      // This party will not come: nobody may wait for it.
      this.#break(phaseOf(Atomics.load(this.#words, STATE)));
      signal.throwIfAborted();
    }
    const phase = this.#arrive();
    if (phase < 0) return LEADER;
    const deadline = new Deadline(timeout);
    // An abort breaks the barrier, and that wakes all waiters: this one too.
    const giveUp = () => this.#break(phase);
    signal?.addEventListener("abort", giveUp);
    hold();
    try {
      for (;;) {
        const state = Atomics.load(this.#words, STATE);
        if (phaseOf(state) === phase) signal?.throwIfAborted();
        if (this.#released(state, phase)) return FOLLOWER;
        const sleep = Atomics.waitAsync(
          this.#words,
          STATE,
          state,
          deadline.slice(SLICE),
        );
        const end = sleep.async ? await sleep.value : sleep.value;
        if (end === "timed-out") this.#breakIfHopeless(phase, deadline);
      }
    } finally {
      release();
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** Counts this thread in. Returns its phase, or -1 if it completed that. */
  #arrive(): number {
    const { parties } = this;
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & BROKEN) !== 0) throw brokenError();
      const arrived = state & COUNT;
      const last = arrived + 1 === parties;
      // The last arrival opens the next phase in the same step.
      const next = last ? (phaseOf(state) + 1) << 16 : state + 1;
      if (
        Atomics.compareExchange(this.#words, STATE, state, next) !== state
      ) continue;
      const row = ARRIVALS + (phaseOf(state) & 1) * parties;
      Atomics.store(this.#words, row + arrived, currentThread().id);
      if (!last) return phaseOf(state);
      if (parties > 1) Atomics.notify(this.#words, STATE);
      return -1;
    }
  }

  /** Whether the phase was completed. Throws if it never will be. */
  #released(state: number, phase: number): boolean {
    if (phaseOf(state) !== phase) return true;
    if ((state & BROKEN) !== 0) throw brokenError();
    return false;
  }

  #spin(phase: number): boolean {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      if (phaseOf(Atomics.load(this.#words, STATE)) !== phase) {
        this.#spinner.succeeded(round);
        return true;
      }
      Atomics.pause?.();
    }
    return false;
  }

  /** Those who met last time are those who will come. */
  #someoneRunsElsewhere(phase: number): boolean {
    const me = currentThread().id;
    const row = ARRIVALS + ((phase + 1) & 1) * this.parties;
    for (let k = 0; k < this.parties; k++) {
      const id = Atomics.load(this.#words, row + k);
      if (id !== 0 && id !== me && runsElsewhere(id)) return true;
    }
    return false;
  }

  #breakIfHopeless(phase: number, deadline: Deadline): void {
    if (this.#isMissingOneLost(phase)) this.#break(phase);
    if (deadline.passed && this.#break(phase)) {
      throw timeoutError("wait at barrier", deadline.timeout);
    }
  }

  /** Whether a thread that met last time is gone and has not arrived yet. */
  #isMissingOneLost(phase: number): boolean {
    const { threads } = currentThread();
    const now = ARRIVALS + (phase & 1) * this.parties;
    const before = ARRIVALS + ((phase + 1) & 1) * this.parties;
    const arrived = Atomics.load(this.#words, STATE) & COUNT;
    for (let k = 0; k < this.parties; k++) {
      const id = Atomics.load(this.#words, before + k);
      if (id === 0 || threads.isLive(id)) continue;
      let came = false;
      for (let j = 0; j < arrived && !came; j++) {
        came = Atomics.load(this.#words, now + j) === id;
      }
      if (!came) return true;
    }
    return false;
  }

  /** Breaks the barrier unless the phase is over. Returns whether it did. */
  #break(phase: number): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if (phaseOf(state) !== phase || (state & BROKEN) !== 0) return false;
      const broken = state | BROKEN;
      if (
        Atomics.compareExchange(this.#words, STATE, state, broken) !== state
      ) continue;
      Atomics.notify(this.#words, STATE);
      return true;
    }
  }
}

function phaseOf(state: number): number {
  return state >>> 16;
}

function wordCountOf(parties: number): number {
  return ARRIVALS + 2 * parties;
}

function byteLengthOf(parties: number): number {
  return 4 * wordCountOf(parties);
}

function checkParties(action: string, parties: number): void {
  if (!Number.isInteger(parties) || parties < 1 || parties > MAX_PARTIES) {
    throw new RangeError(
      `Cannot ${action} barrier as 'parties' must be an integer from 1 to ${MAX_PARTIES}: received ${parties}`,
    );
  }
}

function brokenError(): BarrierBrokenError {
  return new BarrierBrokenError(
    "Cannot meet at the barrier as it is broken: a party gave up or was lost",
  );
}

/**
 * A barrier: threads wait until all of them have arrived.
 *
 * The protocol is in the folder's README, "Barrier".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import {
  BarrierArrivals,
  byteLengthOf,
  MAX_PARTIES,
  phaseOf,
  STATE,
} from "./barrier_arrivals.ts";
import { checkHandle, checkKind, type SharedHandle } from "../memory/handle.ts";
import { hold, release } from "../thread/keep_alive.ts";
import { Spinner } from "../thread/spin.ts";
import { SLICE, type ThreadId } from "../thread/thread.ts";
import { checkTimeout, Deadline, timeoutError } from "../thread/timeout.ts";

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
  readonly #arrivals: BarrierArrivals;
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
      this.#arrivals = new BarrierArrivals(this.handle, source.parties);
      this.#words = this.#arrivals.words;
      const parties = this.#arrivals.storedParties;
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
    this.#arrivals = new BarrierArrivals(this.handle, source);
    this.#words = this.#arrivals.words;
    this.#arrivals.begin(members);
  }

  /**
   * Attaches to a barrier that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from(handle: BarrierHandle): Barrier {
    return new Barrier(checkKind("Barrier", handle));
  }

  /** How many threads meet. */
  get parties(): number {
    return this.handle.parties;
  }

  /** Whether a party gave up or was lost. */
  get broken(): boolean {
    return this.#arrivals.broken;
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
    const phase = this.#arrivals.arrive();
    if (phase < 0) return LEADER;
    const spins = this.#spinner.asks() &&
      this.#spinner.answered(this.#arrivals.someoneRunsElsewhere(phase));
    if (spins && this.#spin(phase)) return FOLLOWER;
    const deadline = new Deadline(options.timeout);
    // The clock is read where it tells the spinner something.
    const start = spins ? performance.now() : 0;
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if (this.#arrivals.isReleased(state, phase)) {
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
      this.#arrivals.break(this.#arrivals.phase);
      signal.throwIfAborted();
    }
    const phase = this.#arrivals.arrive();
    if (phase < 0) return LEADER;
    const deadline = new Deadline(timeout);
    // An abort breaks the barrier, and that wakes all waiters: this one too.
    const giveUp = () => this.#arrivals.break(phase);
    signal?.addEventListener("abort", giveUp);
    hold();
    try {
      for (;;) {
        const state = Atomics.load(this.#words, STATE);
        if (phaseOf(state) === phase) signal?.throwIfAborted();
        if (this.#arrivals.isReleased(state, phase)) return FOLLOWER;
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

  #breakIfHopeless(phase: number, deadline: Deadline): void {
    if (this.#arrivals.isMissingOneLost(phase)) this.#arrivals.break(phase);
    if (deadline.passed && this.#arrivals.break(phase)) {
      throw timeoutError("wait at barrier", deadline.timeout);
    }
  }
}

function checkParties(action: string, parties: number): void {
  if (!Number.isInteger(parties) || parties < 1 || parties > MAX_PARTIES) {
    throw new RangeError(
      `Cannot ${action} barrier as 'parties' must be an integer from 1 to ${MAX_PARTIES}: received ${parties}`,
    );
  }
}

/**
 * How threads share the indices of a plan.
 *
 * @module
 */

import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";

/** The next unit that nobody has taken. */
const NEXT = 0;
/** Not 0: nobody is to take any more. On a line of its own. */
const ENDED = 32;
/** The number of the job; only who makes claims uses it. */
const JOB = 33;
/** What each helper does, one word each: the number of the job, and a state. */
const HELPERS = 64;

/** The states of a helper: it was asked, it came, it is not needed any more. */
const INVITED = 0;
const BEGUN = 1;
const DISMISSED = 2;

/** How many units there are at most: so claims may go beyond the end. */
const MOST_UNITS = 2 ** 30;
/** So many are taken at once, at most: the sum of all claims is still a word. */
const MOST_AT_ONCE = 2 ** 20;
/** Numbers of jobs begin anew after so many. */
const JOBS = 2 ** 28;
/** How many pieces each thread could still take of what is left, at least. */
const PIECES = 2;

/** Names claims in a message. */
export interface ClaimsHandle {
  /** Where they live. */
  readonly memory: SharedSlice;
  /** How many threads are invited. */
  readonly helpers: number;
  /** Which one it is of the jobs that had this memory. */
  readonly job: number;
  /** The first index. */
  readonly start: number;
  /** The one behind the last. */
  readonly end: number;
}

/** Memory that no job has. */
const free: { memory: SharedSlice; helpers: number }[] = [];

/** Indices that threads take from each other, some at a time. */
export class Claims {
  /** What other threads attach to. */
  readonly handle: ClaimsHandle;
  readonly #words: Int32Array;
  /** How many indices a unit has. */
  readonly #unit: number;
  readonly #threads: number;

  /** Attaches to claims. */
  constructor(handle: ClaimsHandle) {
    const { memory, helpers, start, end } = handle;
    this.handle = handle;
    this.#words = wordsOf(memory, HELPERS + helpers);
    this.#unit = Math.max(1, Math.ceil((end - start) / MOST_UNITS));
    this.#threads = 1 + helpers;
  }

  /**
   * Makes claims on some indices.
   *
   * @param helpers How many threads are invited.
   */
  static make(start: number, end: number, helpers: number): Claims {
    const length = HELPERS + helpers;
    // Their number is mostly the same.
    const former = free.pop();
    const memory = former?.helpers === helpers
      ? former.memory
      : allocate(4 * length);
    const words = wordsOf(memory, length);
    const job = (Atomics.load(words, JOB) + 1) % JOBS;
    Atomics.store(words, JOB, job);
    Atomics.store(words, NEXT, 0);
    Atomics.store(words, ENDED, 0);
    for (let k = HELPERS; k < length; k++) {
      Atomics.store(words, k, (job << 2) | INVITED);
    }
    return new Claims({ memory, helpers, job, start, end });
  }

  /** Gives the memory back. No thread that has begun may still be at work. */
  release(): void {
    const { memory, helpers } = this.handle;
    free.push({ memory, helpers });
  }

  /**
   * Takes the next indices.
   *
   * @param count How many are wanted; it may be fewer, so that all threads end at
   * about the same time.
   * @param least As many as it is to be even so.
   * @returns The first one and the one behind the last; undefined if there are none.
   */
  take(count: number, least: number): [from: number, to: number] | undefined {
    const { start, end } = this.handle;
    if (this.isEnded) return undefined;
    const next = start + Atomics.load(this.#words, NEXT) * this.#unit;
    if (next >= end) return undefined;
    const fair = Math.ceil((end - next) / (PIECES * this.#threads));
    const wanted = Math.max(least, Math.min(count, fair));
    const units = Math.min(Math.ceil(wanted / this.#unit), MOST_AT_ONCE);
    const from = start + Atomics.add(this.#words, NEXT, units) * this.#unit;
    if (from >= end) return undefined;
    return [from, Math.min(from + units * this.#unit, end)];
  }

  /** Whether somebody could still take some, as far as this thread can tell. */
  get areLeft(): boolean {
    const { start, end } = this.handle;
    return !this.isEnded &&
      start + Atomics.load(this.#words, NEXT) * this.#unit < end;
  }

  /** Whether nobody is to take any more. */
  get isEnded(): boolean {
    return Atomics.load(this.#words, ENDED) !== 0;
  }

  /** Nobody is to take any more. */
  end(): void {
    Atomics.store(this.#words, ENDED, 1);
  }

  /**
   * A helper comes.
   *
   * @returns False if it is not needed any more.
   */
  begin(helper: number): boolean {
    return this.#leaveInvited(helper, BEGUN);
  }

  /** A helper that came, and has left since, is to come once more. */
  invite(helper: number): void {
    const invited = (this.handle.job << 2) | INVITED;
    Atomics.store(this.#words, HELPERS + helper, invited);
  }

  /**
   * A helper is not needed any more.
   *
   * @returns False if it came before.
   */
  dismiss(helper: number): boolean {
    return this.#leaveInvited(helper, DISMISSED);
  }

  /** Whether a helper was told that it is not needed. */
  isDismissed(helper: number): boolean {
    return this.#hasReached(helper, DISMISSED);
  }

  /** Whether a helper came. */
  hasBegun(helper: number): boolean {
    return this.#hasReached(helper, BEGUN);
  }

  #hasReached(helper: number, state: number): boolean {
    const word = Atomics.load(this.#words, HELPERS + helper);
    return word === ((this.handle.job << 2) | state);
  }

  #leaveInvited(helper: number, state: number): boolean {
    const invited = (this.handle.job << 2) | INVITED;
    const former = Atomics.compareExchange(
      this.#words,
      HELPERS + helper,
      invited,
      invited | state,
    );
    return former === invited;
  }
}

/**
 * Which bounded batches other threads read, so that nobody frees them meanwhile, not
 * even the successor of a worker that was lost with them.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import type { ThreadId, ThreadRegistry } from "../../sync/thread/thread.ts";

/** How many loans a queue can have at once; beyond that batches are copied. */
export const MOST_LOANS = 32;

// The words of a loan.
/** See `FREE`, `ENDED`; minus the lender's id before it is read, the reader's id while it is. */
const HOLDER = 0;
const LENDER = 1;
const LANE = 2;
/** The position of the batch. */
const START = 3;
/** How many words a loan takes. */
export const LOAN_WORDS = 4;

// What holds a loan that no thread does; ids of threads are greater.
const FREE = 0;
const ENDED = 1;

/** A loan, as its lender has it. */
export interface Loan {
  readonly index: number;
  readonly lender: ThreadId;
}

/** The loans of a queue. */
export class Loans {
  readonly #words: Int32Array;
  readonly #first: number;
  readonly #threads: Pick<ThreadRegistry, "isLive">;
  readonly #most: number;

  /**
   * Finds them in the words of a queue.
   *
   * @param first Their first word.
   * @param threads The records of those who lend and read.
   * @param most How many there are.
   */
  constructor(
    words: Int32Array,
    first: number,
    threads: Pick<ThreadRegistry, "isLive">,
    most: number = MOST_LOANS,
  ) {
    this.#most = most;
    this.#words = words;
    this.#first = first;
    this.#threads = threads;
  }

  /** For the worker of a lane: lends a batch. Gives nothing if there are too many loans. */
  lend(lender: ThreadId, lane: number, start: number): Loan | undefined {
    for (let index = 0; index < this.#most; index++) {
      const at = this.#at(index);
      if (
        Atomics.compareExchange(this.#words, at + HOLDER, FREE, -lender) !==
          FREE
      ) continue;
      Atomics.store(this.#words, at + LENDER, lender);
      Atomics.store(this.#words, at + LANE, lane);
      Atomics.store(this.#words, at + START, start | 0);
      return { index, lender };
    }
    return undefined;
  }

  /** For the reader: begins. Returns whether the batch is still kept for it. */
  begin({ index, lender }: Loan, reader: ThreadId): boolean {
    return this.#change(this.#at(index), -lender, reader);
  }

  /** For the reader: reads no more. */
  end({ index }: Loan, reader: ThreadId): void {
    this.#change(this.#at(index), reader, ENDED);
  }

  /** For the lender, when the task that was to read has ended. */
  takeBack({ index, lender }: Loan): void {
    const at = this.#at(index);
    // One that was taken for lost may come when it is another one's.
    if (Atomics.load(this.#words, at + LENDER) !== lender) return;
    this.#change(at, Atomics.load(this.#words, at + HOLDER), FREE);
  }

  /**
   * For the successor of a worker that was lost: takes its loans back, but for those
   * that are being read.
   *
   * @returns The positions of the batches that are.
   */
  recover(lane: number): Set<number> {
    const read = new Set<number>();
    for (let index = 0; index < this.#most; index++) {
      const at = this.#at(index);
      const holder = Atomics.load(this.#words, at + HOLDER);
      if (holder === FREE) continue;
      if (holder < 0) {
        // Not begun: it never will be.
        if (!this.#threads.isLive(-holder)) this.#change(at, holder, FREE);
        // Else it may have begun meanwhile, or is of another lane.
        if (Atomics.load(this.#words, at + HOLDER) <= 0) continue;
      }
      if (Atomics.load(this.#words, at + LANE) !== lane) continue;
      if (this.#threads.isLive(Atomics.load(this.#words, at + LENDER))) {
        continue;
      }
      const reader = Atomics.load(this.#words, at + HOLDER);
      if (reader > ENDED && this.#threads.isLive(reader)) {
        read.add(Atomics.load(this.#words, at + START));
      } else this.#change(at, reader, FREE);
    }
    return read;
  }

  #at(index: number): number {
    return this.#first + index * LOAN_WORDS;
  }

  #change(at: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, at + HOLDER, from, to) === from;
  }
}

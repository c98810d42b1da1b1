/**
 * How many items of a mapping go to a worker together.
 *
 * @module
 */

/** So long what goes together may take, in ms: many times what a message takes. */
const LONGEST = 0.1;
/** So much may go together, in bytes: more is not cheaper by the byte. */
const LARGEST = 4096;

/** What came of items that went together. */
export interface BatchRun {
  /** How many of them were run. */
  readonly count: number;
  /** How long that took, in ms. */
  readonly elapsed: number;
  /** How many bytes were sent. */
  readonly sent: number;
  /** How many bytes came back. */
  readonly received: number;
}

/** How many items go together: one, and more as they prove to be small and short. */
export class BatchSize {
  readonly #most: number;
  #now = 1;

  /** One at first. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many go together next. */
  get now(): number {
    return this.#now;
  }

  /** Items were run: learns from that. At most twice as many go together next. */
  ran({ count, elapsed, sent, received }: BatchRun): void {
    const fitting = count * Math.min(
      LONGEST / elapsed,
      LARGEST / Math.max(sent, received),
    );
    this.#now = Math.max(
      1,
      Math.floor(Math.min(fitting, 2 * this.#now, this.#most)),
    );
  }
}

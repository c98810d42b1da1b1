/**
 * The receivers of a broadcast or a watch: who is there, at this moment.
 *
 * The protocol is in the folder's README, "Subscribers".
 *
 * @module
 */

import { type SharedSlice, wordsOf } from "../memory/memory.ts";
import { currentThread, type ThreadRegistry } from "../thread/thread.ts";
import { countEntries, ENTRIES, takeEntry } from "./end_entries.ts";
import { endsSize, MAX_ENDS } from "./ends.ts";

const OPENS = 0; // opens << 1 | 1, or 0 if there never was one

/** The memory that the receivers take, in bytes: whole lines. */
export const SUBSCRIBERS_SIZE: number = endsSize(MAX_ENDS);

/**
 * A side of a channel that can be deserted and come back: other than that of
 * `Ends`, it is never gone for ever. Zeroed memory is one without receivers.
 */
export class Subscribers {
  readonly #words: Int32Array;
  readonly #me: number;
  readonly #threads: ThreadRegistry;

  /** Attaches to a side, as this thread. */
  constructor(slice: SharedSlice) {
    this.#words = wordsOf(slice, ENTRIES + MAX_ENDS);
    const { id, threads } = currentThread();
    this.#me = id;
    this.#threads = threads;
  }

  /** How many receivers there are whose threads live. */
  get count(): number {
    const words = this.#words;
    for (;;) {
      const opens = Atomics.load(words, OPENS);
      const count = countEntries(words, this.#threads);
      // One may have come behind the scan before another one went ahead of it.
      if (count > 0 || Atomics.load(words, OPENS) === opens) return count;
    }
  }

  /** Whether there were receivers, and none is left. */
  get isDeserted(): boolean {
    return Atomics.load(this.#words, OPENS) !== 0 && this.count === 0;
  }

  /**
   * Adds a receiver of this thread.
   *
   * @returns Its entry.
   * @throws {RangeError} If there are as many as there can be.
   */
  open(): number {
    const words = this.#words;
    const me = { id: this.#me, threads: this.#threads };
    const entry = takeEntry(words, MAX_ENDS, me);
    if (entry === undefined) {
      throw new RangeError(
        `Cannot open receiver as there can be ${MAX_ENDS} at once: received one more`,
      );
    }
    if (Atomics.compareExchange(words, OPENS, 0, 3) !== 0) {
      Atomics.add(words, OPENS, 2);
    }
    return entry;
  }

  /** Takes a receiver of this thread away; once for each entry. */
  close(entry: number): void {
    Atomics.compareExchange(this.#words, ENTRIES + entry, this.#me, 0);
  }
}

/**
 * How many references there are to data that is disposed after the last of them.
 *
 * The protocol is in the folder's README, "Counted references".
 *
 * @module
 */

import { allocate } from "../../sync/memory/arena.ts";
import { LINE, type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";

const COUNT = 0;
const STATE = 1;
const OVER = 1;

/** A count of references, as one thread sees it. */
export class ReferenceCount {
  /** Where it is. */
  readonly memory: SharedSlice;
  readonly #words: Int32Array;

  /** Attaches to a count. */
  constructor(memory: SharedSlice) {
    this.memory = memory;
    this.#words = wordsOf(memory, LINE / 4);
  }

  /** Makes the count of data to which there is one reference. */
  static allocate(): ReferenceCount {
    const count = new ReferenceCount(allocate(LINE));
    Atomics.store(count.#words, COUNT, 1);
    return count;
  }

  /** Whether the data was disposed though there are references. */
  get isOver(): boolean {
    return Atomics.load(this.#words, STATE) === OVER;
  }

  /** The owner disposes the data, whoever refers to it. */
  end(): void {
    Atomics.store(this.#words, STATE, OVER);
  }

  /** For who has a reference: counts one more. */
  add(): void {
    Atomics.add(this.#words, COUNT, 1);
  }

  /** For who has none: counts one more, if there is any. */
  tryAdd(): boolean {
    for (let count = Atomics.load(this.#words, COUNT); count > 0;) {
      const seen = Atomics.compareExchange(
        this.#words,
        COUNT,
        count,
        count + 1,
      );
      if (seen === count) return true;
      count = seen;
    }
    return false;
  }

  /** Counts one less. Returns whether that was the last one. */
  sub(): boolean {
    if (Atomics.sub(this.#words, COUNT, 1) > 1) return false;
    Atomics.notify(this.#words, COUNT);
    return true;
  }

  /** Resolves when there is none. Does not keep the event loop alive. */
  async whenUnused(): Promise<void> {
    for (;;) {
      const count = Atomics.load(this.#words, COUNT);
      if (count === 0) return;
      const sleep = Atomics.waitAsync(this.#words, COUNT, count);
      if (sleep.async) await sleep.value;
    }
  }
}

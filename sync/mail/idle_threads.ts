/**
 * Which threads sleep, for those who have work for any of them.
 *
 * The protocol is in the folder's README, "Idle threads".
 *
 * @module
 */

import { LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";

/** The memory that this takes, in bytes: whole lines. */
export function idleThreadsSize(slots: number): number {
  return Math.ceil(wordsFor(slots) * 4 / LINE) * LINE;
}

/** One bit for each slot. Its thread sets it, others clear it and wake it. */
export class IdleThreads {
  readonly #words: Int32Array;

  /** Attaches to the bits of so many slots. Zeroed memory: nobody sleeps. */
  constructor(slice: SharedSlice, slots: number) {
    this.#words = wordsOf(slice, wordsFor(slots));
  }

  /** For the thread: it is about to sleep, and must look for work once more. */
  enter(slot: number): void {
    Atomics.or(this.#words, slot >>> 5, 1 << (slot & 31));
  }

  /**
   * For the thread: it is awake.
   *
   * @returns Whether nobody had claimed it. If somebody had, there was work.
   */
  leave(slot: number): boolean {
    const bit = 1 << (slot & 31);
    if ((Atomics.load(this.#words, slot >>> 5) & bit) === 0) return false;
    return (Atomics.and(this.#words, slot >>> 5, ~bit) & bit) !== 0;
  }

  /**
   * Claims a thread, which then has to be woken.
   *
   * @param first The slot to look at first; the others follow in their order.
   * @returns Its slot, or -1 if nobody sleeps.
   */
  claim(first: number): number {
    if (this.isEmpty) return -1;
    const { length } = this.#words;
    const before = ~(-1 << (first & 31));
    let word = (first >>> 5) % length;
    let slot = this.#claimIn(word, ~before);
    for (let k = 1; k < length && slot < 0; k++) {
      word = word + 1 === length ? 0 : word + 1;
      slot = this.#claimIn(word, -1);
    }
    return slot < 0 ? this.#claimIn((first >>> 5) % length, before) : slot;
  }

  /** Whether nobody sleeps: one load for each 32 slots. */
  get isEmpty(): boolean {
    for (let word = 0; word < this.#words.length; word++) {
      if (Atomics.load(this.#words, word) !== 0) return false;
    }
    return true;
  }

  /** How many sleep; between two loads others may come and go. */
  get count(): number {
    let count = 0;
    for (let word = 0; word < this.#words.length; word++) {
      let bits = Atomics.load(this.#words, word);
      for (; bits !== 0; bits &= bits - 1) count++;
    }
    return count;
  }

  #claimIn(word: number, mask: number): number {
    for (;;) {
      const bits = Atomics.load(this.#words, word) & mask;
      if (bits === 0) return -1;
      const bit = bits & -bits;
      // Of several that claim a thread, one gets it.
      if ((Atomics.and(this.#words, word, ~bit) & bit) !== 0) {
        return 32 * word + 31 - Math.clz32(bit);
      }
    }
  }
}

function wordsFor(slots: number): number {
  return Math.ceil(slots / 32);
}

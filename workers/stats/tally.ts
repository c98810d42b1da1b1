/**
 * Counts of 64 bits that one thread makes and any thread reads.
 *
 * The protocol is in the folder's README, "Counts".
 *
 * @module
 */

const WORD = 2 ** 32;

/** Words that each count of a {@linkcode Tally} takes. */
export const WORDS_PER_COUNT = 3;

/**
 * A table of counts. Only the thread that it belongs to counts; it pays a plain
 * addition. A count lies in three words, apart: its low word, and twice its high
 * one, which change once in 2^32.
 */
export class Tally {
  readonly #words: Int32Array;
  readonly #size: number;

  /** Counts so many things in the first words of a view. */
  constructor(words: Int32Array, size: number) {
    this.#words = words;
    this.#size = size;
  }

  /** For the owner: counts one more. */
  increment(count: number): void {
    const next = (this.#words[count]! + 1) | 0;
    if (next === 0) this.#carry(count, 1, 0);
    else this.#words[count] = next;
  }

  /** For the owner: counts some more, at most 2^31 - 1. */
  add(count: number, amount: number): void {
    const low = this.#words[count]!;
    const next = (low + amount) | 0;
    if (next >>> 0 < low >>> 0) this.#carry(count, 1, next);
    else this.#words[count] = next;
  }

  /** For the owner: counts some more, at most 2^53. */
  addLarge(count: number, amount: number): void {
    const sum = (this.#words[count]! >>> 0) + amount % WORD;
    const high = Math.floor(amount / WORD) + (sum < WORD ? 0 : 1);
    if (high === 0) this.#words[count] = sum | 0;
    else this.#carry(count, high, sum | 0);
  }

  /** For the owner: the low word overflows. */
  #carry(count: number, by: number, low: number): void {
    const first = this.#size + count;
    const last = first + this.#size;
    const high = (Atomics.load(this.#words, first) + by) | 0;
    // Whoever reads in the other order, and finds the same high word twice, has
    // read the low word that belongs to it.
    Atomics.store(this.#words, last, high);
    Atomics.store(this.#words, count, low);
    Atomics.store(this.#words, first, high);
  }

  /** For any thread: a count, as it stood at some moment of this call. */
  read(count: number): number {
    const first = this.#size + count;
    const before = Atomics.load(this.#words, first);
    const low = Atomics.load(this.#words, count);
    const after = Atomics.load(this.#words, first + this.#size);
    // A carry is just being done: what it has come to, less what it adds to 0.
    return (after >>> 0) * WORD + (before === after ? low >>> 0 : 0);
  }
}

/**
 * Generations of keys in shared memory: how a thread tells all others that what they
 * know of a key is old.
 *
 * @module
 */

/** How many generations there are. Keys share them: some are called old with others. */
const STRIPES = 1024;

/** The generations of all keys, as one thread sees them. */
export class Generations {
  readonly #words: Int32Array;

  /** @param memory Made by {@linkcode Generations.share}. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** Memory for generations, which can be sent. */
  static share(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * STRIPES);
  }

  /** Which generation is that of a key: a number to remember, as it takes a moment. */
  stripeOf(key: string): number {
    let hash = 0x811c9dc5; // FNV-1a
    for (let k = 0; k < key.length; k++) {
      hash = Math.imul(hash ^ key.charCodeAt(k), 0x01000193);
    }
    return (hash ^ hash >>> 16) & (STRIPES - 1);
  }

  /** The generation now. */
  at(stripe: number): number {
    return Atomics.load(this.#words, stripe);
  }

  /** Begins another one. Returns it. */
  next(stripe: number): number {
    return Atomics.add(this.#words, stripe, 1) + 1 | 0;
  }

  /** Begins another one for every key. */
  nextOfAll(): void {
    for (let stripe = 0; stripe < STRIPES; stripe++) this.next(stripe);
  }
}

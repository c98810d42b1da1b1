/**
 * The word that says who adds records to a ring of batches, where the tail is, and
 * whether the consumer waits.
 *
 * ```text
 * | lost | awaited | tail, modulo twice the capacity | index of who has the claim + 1, or 0 |
 * ```
 *
 * So one exchange takes the claim, and one moves the tail, gives the claim back and
 * tells whether to wake the consumer, which finds the tail whoever has the claim. How
 * many claims were taken from lost threads, modulo what has room, keeps an exchange
 * from taking the claim of somebody who came after.
 *
 * @module
 */

import { MAX_THREADS } from "../thread/thread.ts";

/** Bits of who has the claim. */
const HOLDER_BITS: number = 32 - Math.clz32(MAX_THREADS);
/** All bits of who has the claim. */
export const HOLDER: number = 2 ** HOLDER_BITS - 1;

/** The word of a ring that has so much room. */
export class ClaimWord {
  /** That the consumer has found no record, and may sleep. */
  readonly awaited: number;
  /** Positions count modulo this plus 1. */
  readonly #positions: number;
  /** All bits of the tail. */
  readonly #tail: number;

  /** @param capacity How many records there can be: a power of two. */
  constructor(capacity: number) {
    this.awaited = 2 * capacity << HOLDER_BITS;
    this.#positions = 2 * capacity - 1;
    this.#tail = this.#positions << HOLDER_BITS;
  }

  /** The tail: at a position, or up to a lap behind it. */
  tailFrom(position: number, word: number): number {
    const ahead = ((word >>> HOLDER_BITS) - position) & this.#positions;
    return (position + ahead) | 0;
  }

  /** The word once the claim is given back with the tail there. */
  moved(word: number, tail: number): number {
    const lost = word & ~(this.awaited | this.#tail | HOLDER);
    return lost | ((tail << HOLDER_BITS) & this.#tail);
  }

  /** The word once the claim was taken from a lost thread, and is free. */
  freed(word: number): number {
    return ((word & ~HOLDER) + 2 * this.awaited) | 0;
  }
}

/** Who has the claim: the index of a thread, plus 1; 0 for nobody. */
export function holderOf(word: number): number {
  return word & HOLDER;
}

/** The word of an empty ring, with the tail there. */
export function wordAt(position: number): number {
  return position << HOLDER_BITS;
}

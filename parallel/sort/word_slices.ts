/**
 * The steps of a sort over a slice of numbers of one word. Their keys are words as
 * well, so nothing here has to become a floating-point number, which takes longer than
 * all the rest.
 *
 * @module
 */

import type { KeyBits } from "./radix.ts";

/** Some numbers of one word. */
export interface WordSlice extends KeyBits {
  readonly words: Uint32Array;
  readonly from: number;
  readonly to: number;
}

/** How the bucket of a key is found. */
export interface WordBuckets {
  /** The smallest key. */
  readonly least: number;
  /** How many of the lower bits of a key do not matter. */
  readonly shift: number;
}

/** The smallest and the largest key; the other way round if there are no numbers. */
export function keysOfWords(
  { words, from, to, sign, high }: WordSlice,
): [least: number, most: number] {
  // As words with a sign, which are compared in one step.
  const flip = sign ^ 0x80000000;
  let least = 0x7fffffff;
  let most = -0x80000000;
  for (let k = from; k < to; k++) {
    const word = words[k]! | 0;
    const key = word ^ ((word >> 31) & high) ^ flip;
    if (key < least) least = key;
    if (key > most) most = key;
  }
  return [(least ^ 0x80000000) >>> 0, (most ^ 0x80000000) >>> 0];
}

/** Counts the numbers of each bucket. */
export function countWords(
  { words, from, to, sign, high }: WordSlice,
  { least, shift }: WordBuckets,
  counts: Uint32Array,
): void {
  const first = least | 0;
  for (let k = from; k < to; k++) {
    const word = words[k]! | 0;
    const key = word ^ ((word >> 31) & high) ^ sign;
    counts[(key - first) >>> shift]!++;
  }
}

/** Moves each number to the next place of its partition. */
export function scatterWords(
  { words, from, to, sign, high }: WordSlice,
  { least, shift }: WordBuckets,
  partitions: Uint8Array,
  places: Uint32Array,
  target: Uint32Array,
): void {
  const first = least | 0;
  for (let k = from; k < to; k++) {
    const word = words[k]! | 0;
    const key = word ^ ((word >> 31) & high) ^ sign;
    const partition = partitions[(key - first) >>> shift]!;
    const at = places[partition]!;
    places[partition] = at + 1;
    target[at] = word;
  }
}

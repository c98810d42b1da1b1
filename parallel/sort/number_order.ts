/**
 * The order of numbers, as indices: radix sort, in which only the indices move.
 *
 * @module
 */

import { withoutSigns, wordsOf } from "./partition.ts";
import { sortedType } from "./sorted_type.ts";

const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;
/** So many digits there are in two words. */
const DIGITS = 6;

/** The indices of numbers in the order of these, NaN last; equals keep theirs. */
export function numberOrder(numbers: readonly number[]): Uint32Array {
  const { length } = numbers;
  const keys = Float64Array.from(numbers, positiveZero);
  withoutSigns(keys, 0, length);
  const words = wordsOf(keys);
  const { sign, high, low } = sortedType(keys)!.bits;
  for (let k = 1; k < words.length; k += 2) {
    const upper = words[k]!;
    const negative = (upper | 0) >> 31;
    words[k] = upper ^ (negative & high) ^ sign;
    words[k - 1]! ^= negative & low;
  }
  let order = Uint32Array.from(numbers, (_, k) => k);
  let spare = new Uint32Array(length);
  for (let digit = 0; digit < DIGITS; digit++) {
    const places = placesOf(words, digit);
    if (places === undefined) continue;
    for (let k = 0; k < length; k++) {
      const index = order[k]!;
      spare[places[digitOf(words, index, digit)]!++] = index;
    }
    [order, spare] = [spare, order];
  }
  return order;
}

/** As keys, -0 and 0 are the same. */
function positiveZero(number: number): number {
  return number + 0;
}

function digitOf(words: Uint32Array, index: number, digit: number): number {
  const from = digit * BITS;
  const lower = words[2 * index]!;
  const upper = words[2 * index + 1]!;
  if (from >= 32) return (upper >>> (from - 32)) & MASK;
  return ((lower >>> from) | (from > 21 ? upper << (32 - from) : 0)) & MASK;
}

/** Where the numbers with each digit begin; undefined if all have the same one. */
function placesOf(words: Uint32Array, digit: number): Uint32Array | undefined {
  const places = new Uint32Array(BUCKETS);
  const length = words.length / 2;
  for (let k = 0; k < length; k++) places[digitOf(words, k, digit)]!++;
  let before = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = places[bucket]!;
    if (count === length) return undefined;
    places[bucket] = before;
    before += count;
  }
  return places;
}

/**
 * The order of numbers, as indices: a radix sort in which only the indices move.
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
  const words = keyWords(numbers);
  const counts = digitCounts(words);
  let order = new Uint32Array(length);
  let spare = new Uint32Array(length);
  for (let k = 0; k < length; k++) order[k] = k;
  for (let digit = 0; digit < DIGITS; digit++) {
    const places = counts.subarray(digit * BUCKETS, (digit + 1) * BUCKETS);
    if (places.includes(length)) continue; // all have the same one
    let before = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = places[bucket]!;
      places[bucket] = before;
      before += count;
    }
    for (let k = 0; k < length; k++) {
      const index = order[k]!;
      spare[places[digitOf(words, index, digit)]!++] = index;
    }
    [order, spare] = [spare, order];
  }
  return order;
}

/** The keys of numbers, ordered as unsigned integers: the lower word first. */
function keyWords(numbers: readonly number[]): Uint32Array {
  const { length } = numbers;
  const keys = new Float64Array(length);
  // As keys, -0 and 0 are the same.
  for (let k = 0; k < length; k++) keys[k] = numbers[k]! + 0;
  withoutSigns(keys, 0, length);
  const words = wordsOf(keys);
  const { sign, high, low } = sortedType(keys)!.bits;
  for (let k = 0; k < words.length; k += 2) {
    const upper = words[k + 1]!;
    const negative = (upper | 0) >> 31;
    words[k] = words[k]! ^ (negative & low);
    words[k + 1] = upper ^ (negative & high) ^ sign;
  }
  return words;
}

/** How often there is each digit at each place. */
function digitCounts(words: Uint32Array): Uint32Array {
  const counts = new Uint32Array(DIGITS * BUCKETS);
  const length = words.length / 2;
  for (let digit = 0; digit < DIGITS; digit++) {
    const base = digit * BUCKETS;
    for (let k = 0; k < length; k++) counts[base + digitOf(words, k, digit)]!++;
  }
  return counts;
}

function digitOf(words: Uint32Array, index: number, digit: number): number {
  const from = digit * BITS;
  const upper = words[2 * index + 1]!;
  if (from >= 32) return (upper >>> (from - 32)) & MASK;
  const lower = words[2 * index]! >>> from;
  return (from + BITS > 32 ? lower | (upper << (32 - from)) : lower) & MASK;
}

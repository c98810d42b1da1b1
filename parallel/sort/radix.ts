/**
 * Radix sort of numbers, by the bits of their keys: eleven at a time, the lowest first.
 *
 * Source: Herf, "Radix Tricks", for the keys of floating-point numbers.
 *
 * @module
 */

/** How the bits of a number become a key that is ordered as an unsigned integer. */
export interface KeyBits {
  /** Flipped in the highest word: the sign. */
  readonly sign: number;
  /** Flipped as well in the highest word of what is negative. */
  readonly high: number;
  /** The same in the lower word. */
  readonly low: number;
}

const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;

/**
 * Sorts numbers of one word.
 *
 * @param words The numbers.
 * @param spare As many words, which are written over.
 * @returns Which of the two has them in order.
 */
export function sortWords(
  words: Uint32Array,
  spare: Uint32Array,
  { sign, high }: KeyBits,
): Uint32Array {
  const { length } = words;
  const counts = new Uint32Array(3 * BUCKETS);
  for (let k = 0; k < length; k++) {
    const word = words[k]!;
    const key = word ^ (((word | 0) >> 31) & high) ^ sign;
    counts[key & MASK]!++;
    counts[BUCKETS + ((key >>> BITS) & MASK)]!++;
    counts[2 * BUCKETS + (key >>> (2 * BITS))]!++;
  }
  let [from, to] = [words, spare];
  for (let digit = 0; digit < 3; digit++) {
    const places = placesOf(counts, digit, length);
    if (places === undefined) continue;
    const shift = digit * BITS;
    for (let k = 0; k < length; k++) {
      const word = from[k]!;
      const key = word ^ (((word | 0) >> 31) & high) ^ sign;
      to[places[(key >>> shift) & MASK]!++] = word;
    }
    [from, to] = [to, from];
  }
  return from;
}

/**
 * Sorts numbers of two words, the lower one first.
 *
 * @param words The numbers.
 * @param spare As many words, which are written over.
 * @returns Which of the two has them in order.
 */
export function sortPairs(
  words: Uint32Array,
  spare: Uint32Array,
  { sign, high, low }: KeyBits,
): Uint32Array {
  const length = words.length >> 1;
  const counts = new Uint32Array(6 * BUCKETS);
  for (let k = 0; k < length; k++) {
    const upper = words[2 * k + 1]!;
    const negative = (upper | 0) >> 31;
    const b = upper ^ (negative & high) ^ sign;
    const a = words[2 * k]! ^ (negative & low);
    counts[a & MASK]!++;
    counts[BUCKETS + ((a >>> 11) & MASK)]!++;
    counts[2 * BUCKETS + (((a >>> 22) | (b << 10)) & MASK)]!++;
    counts[3 * BUCKETS + ((b >>> 1) & MASK)]!++;
    counts[4 * BUCKETS + ((b >>> 12) & MASK)]!++;
    counts[5 * BUCKETS + (b >>> 23)]!++;
  }
  let [from, to] = [words, spare];
  for (let digit = 0; digit < 6; digit++) {
    const places = placesOf(counts, digit, length);
    if (places === undefined) continue;
    scatter(from, to, places, digit, sign, high, low);
    [from, to] = [to, from];
  }
  return from;
}

function scatter(
  from: Uint32Array,
  to: Uint32Array,
  places: Uint32Array,
  digit: number,
  sign: number,
  high: number,
  low: number,
): void {
  const { length } = from;
  const shift = digit * BITS;
  if (digit < 2) {
    for (let k = 0; k < length; k += 2) {
      const lower = from[k]!;
      const upper = from[k + 1]!;
      const a = lower ^ (((upper | 0) >> 31) & low);
      const at = 2 * places[(a >>> shift) & MASK]!++;
      to[at] = lower;
      to[at + 1] = upper;
    }
  } else if (digit === 2) {
    for (let k = 0; k < length; k += 2) {
      const lower = from[k]!;
      const upper = from[k + 1]!;
      const negative = (upper | 0) >> 31;
      const a = lower ^ (negative & low);
      const b = upper ^ (negative & high) ^ sign;
      const at = 2 * places[((a >>> 22) | (b << 10)) & MASK]!++;
      to[at] = lower;
      to[at + 1] = upper;
    }
  } else {
    for (let k = 0; k < length; k += 2) {
      const lower = from[k]!;
      const upper = from[k + 1]!;
      const b = upper ^ (((upper | 0) >> 31) & high) ^ sign;
      const at = 2 * places[(b >>> (shift - 32)) & MASK]!++;
      to[at] = lower;
      to[at + 1] = upper;
    }
  }
}

/** Where the numbers with each digit begin; undefined if all have the same one. */
function placesOf(
  counts: Uint32Array,
  digit: number,
  length: number,
): Uint32Array | undefined {
  const places = counts.subarray(digit * BUCKETS, (digit + 1) * BUCKETS);
  let before = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = places[bucket]!;
    if (count === length) return undefined;
    places[bucket] = before;
    before += count;
  }
  return places;
}

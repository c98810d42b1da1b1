/**
 * How the elements of typed arrays are sorted, by their type.
 *
 * @module
 */

import { type TypedArray, typeName } from "../sources/view.ts";
import { type KeyBits, sortPairs, sortWords } from "./radix.ts";

/** How the elements of a type are sorted. */
export interface SortedType {
  /** How many words an element has. */
  readonly words: 1 | 2;
  /** How its bits become a key. */
  readonly bits: KeyBits;
}

const UNSIGNED: KeyBits = { sign: 0, high: 0, low: 0 };
const SIGNED: KeyBits = { sign: 0x80000000, high: 0, low: 0 };
const FLOAT: KeyBits = { sign: 0x80000000, high: 0x7fffffff, low: ~0 };

const TYPES: Readonly<Record<string, SortedType>> = {
  Int32Array: { words: 1, bits: SIGNED },
  Uint32Array: { words: 1, bits: UNSIGNED },
  Float32Array: { words: 1, bits: FLOAT },
  Float64Array: { words: 2, bits: FLOAT },
  BigInt64Array: { words: 2, bits: SIGNED },
  BigUint64Array: { words: 2, bits: UNSIGNED },
};

/** How a typed array is sorted by radix; undefined if the engine's sort is to do it. */
export function sortedType(view: TypedArray): SortedType | undefined {
  return TYPES[typeName(view)!];
}

/**
 * Sorts elements.
 *
 * @param words Those of the elements.
 * @param spare As many, which are written over.
 * @returns Which of the two has them in order.
 */
export function sortElements(
  words: Uint32Array,
  spare: Uint32Array,
  { words: each, bits }: SortedType,
): Uint32Array {
  return each === 1
    ? sortWords(words, spare, bits)
    : sortPairs(words, spare, bits);
}

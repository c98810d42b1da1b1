/**
 * Arrays of numbers on their way back from a worker: as bytes, which are copied
 * together, and not one value after the other.
 *
 * @module
 */

import type { Part } from "./work.ts";

/** What a worker answers for some indices. */
export type PackedPart =
  | readonly [...Part, isPacked: false]
  | readonly [from: number, numbers: Float64Array, isPacked: true];

/** Shorter ones are not worth it. */
const WORTH_PACKING = 32;

/** A part as it is sent. */
export function packed([from, result]: Part): PackedPart {
  return isLongListOfNumbers(result)
    ? [from, Float64Array.from(result), true]
    : [from, result, false];
}

/** The part that was sent. */
export function unpacked([from, result, isPacked]: PackedPart): Part {
  if (!isPacked) return [from, result];
  const { length } = result;
  const numbers = new Array<number>(length);
  // Array.from() takes many times as long.
  for (let k = 0; k < length; k++) numbers[k] = result[k]!;
  return [from, numbers];
}

function isLongListOfNumbers(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.length < WORTH_PACKING) return false;
  // Not every(), which skips holes.
  for (let k = 0; k < value.length; k++) {
    if (typeof value[k] !== "number") return false;
  }
  return true;
}

/**
 * Whether several threads sort values faster than one does.
 *
 * @module
 */

import { portableCodec } from "../../codec/portable_codec.ts";
import { type Compare, sortedIndices } from "./merge.ts";

/** What is to be gained, in ms, at least. */
const WORTH = 5;
/** One of so many values is tried. */
const SAMPLE = 32;
/** So many are tried at least, and at most. */
const LEAST = 16;
const MOST = 1024;

/**
 * Sorts some of the values, and sends some to nowhere: both takes time, and what this
 * saves is compared with what that costs.
 *
 * @throws What the comparison throws.
 * @throws {TypeError} If a value that was tried is not portable.
 */
export function isWorthSharing(
  values: readonly unknown[],
  compare: Compare,
  threads: number,
): boolean {
  const { length } = values;
  const processors = Math.min(threads + 1, navigator.hardwareConcurrency);
  if (length < 2 * LEAST || processors < 2) return false;
  const tried = Math.max(LEAST, Math.min(Math.ceil(length / SAMPLE), MOST));
  const perComparison =
    timed(values, tried, (some) => sortedIndices(some, compare)) /
    comparisons(tried);
  const alone = perComparison * comparisons(length);
  if (alone < WORTH) return false;
  const shared = alone / processors + sending(values, tried);
  return alone - shared > WORTH;
}

/** How long it takes to encode all values, and to decode them elsewhere, in ms. */
function sending(values: readonly unknown[], tried: number): number {
  // Arrays of numbers are shared as they are.
  if (values.every((value) => typeof value === "number")) return 0;
  const codec = portableCodec<unknown>();
  const time = timed(values, tried, (some) => {
    for (const value of some) codec.decode(codec.encode(value).slice());
  });
  return time * values.length / tried;
}

/** How many comparisons a sort takes, about. */
function comparisons(count: number): number {
  return count * Math.log2(count);
}

/** How long some of the values take, in ms: those of the second time, when the engine knows the code. */
function timed(
  values: readonly unknown[],
  count: number,
  run: (some: readonly unknown[]) => void,
): number {
  let took = 0;
  for (const from of [0, count]) {
    const start = performance.now();
    run(values.slice(from, from + count));
    took = performance.now() - start;
  }
  return took;
}

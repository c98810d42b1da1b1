/**
 * Whether several threads sort values faster than one does.
 *
 * Some of the values are sorted, or have their keys found, and some are sent to nowhere:
 * what is saved is compared with what that costs.
 *
 * @module
 */

import { portableCodec } from "../../codec/portable_codec.ts";
import type { ParallelOptions } from "../run/parallel_options.ts";
import { type Compare, sortedIndices } from "./merge.ts";
import { threadsOf } from "./threads.ts";

/** What is to be gained, in ms, at least. */
const WORTH = 5;
/** One of so many values is tried. */
const SAMPLE = 32;
/** So many are tried at least, and at most. */
const LEAST = 16;
const MOST = 1024;

/**
 * Whether it is worth it to sort values together.
 *
 * @throws What the comparison throws.
 * @throws {TypeError} If a value that was tried is not portable.
 */
export function isSortWorthSharing(
  values: readonly unknown[],
  compare: Compare,
  options: ParallelOptions,
): boolean {
  return isWorthSharing(values, options, (tried) => {
    const took = timed(values, tried, (some) => sortedIndices(some, compare));
    return took * comparisons(values.length) / comparisons(tried);
  });
}

/**
 * Whether it is worth it to find the keys of values together.
 *
 * @throws What the function throws.
 * @throws {TypeError} If a value that was tried is not portable.
 */
export function areKeysWorthSharing<T>(
  values: readonly T[],
  keyOf: (value: T) => unknown,
  options: ParallelOptions,
): boolean {
  return isWorthSharing(values, options, (tried) => {
    const took = timed(values, tried, (some) => {
      for (const value of some) keyOf(value);
    });
    return took * values.length / tried;
  });
}

/**
 * @param aloneFor How long this thread would take, in ms, as far as so many tell.
 */
function isWorthSharing(
  values: readonly unknown[],
  options: ParallelOptions,
  aloneFor: (tried: number) => number,
): boolean {
  const { length } = values;
  if (length < 2 * LEAST) return false;
  const tried = Math.max(LEAST, Math.min(Math.ceil(length / SAMPLE), MOST));
  const alone = aloneFor(tried);
  if (alone < WORTH) return false;
  const most = navigator.hardwareConcurrency;
  const processors = Math.min(threadsOf(options) + 1, most);
  const shared = alone / processors + sending(values, tried);
  return alone - shared > WORTH;
}

/** How long it takes to encode all values, and to decode them elsewhere, in ms. */
function sending(values: readonly unknown[], tried: number): number {
  // Arrays of numbers are shared as they are.
  if (values.every((value) => typeof value === "number")) return 0;
  const codec = portableCodec<unknown>();
  const took = timed(values, tried, (some) => {
    for (const value of some) codec.decode(codec.encode(value).slice());
  });
  return took * values.length / tried;
}

/** How many comparisons a sort takes, about. */
function comparisons(count: number): number {
  return count * Math.log2(count);
}

/** How long some of the values take, in ms, once the engine has seen the code before. */
function timed<T>(
  values: readonly T[],
  count: number,
  run: (some: readonly T[]) => void,
): number {
  let took = 0;
  for (const from of [0, count]) {
    const start = performance.now();
    run(values.slice(from, from + count));
    took = performance.now() - start;
  }
  return took;
}

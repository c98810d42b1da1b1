/**
 * Whether several threads sort values faster than one does.
 *
 * Some of the values are sorted, or have their keys found, and some are sent to nowhere:
 * what is saved is compared with what that costs.
 *
 * @module
 */

import { portableCodec } from "../../codec/portable_codec.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { ParallelOptions } from "../run/parallel_options.ts";
import { type Compare, sortedIndices } from "./merge.ts";
import { threadsOf } from "./threads.ts";

/** What is to be gained, in ms, at least. */
const WORTH = 5;
/** So many times in a row a function is believed to be as fast as it was. */
const BELIEVED = 15;
/** One of so many values is tried. */
const SAMPLE = 32;
/** So many are tried at least, and at most. */
const LEAST = 16;
const MOST = 1024;

/** What was found out of a function, in ms. */
interface Learnt {
  /** Of how many values: more are tried again. */
  readonly length: number;
  /** How long a step takes. */
  readonly perStep: number;
  /** How long it takes to send a value; undefined if that did not matter. */
  perValue: number | undefined;
  believed: number;
}

/** So that few values are not tried each time. */
const learnt = new WeakMap<AnyFunction, Learnt>();

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
  return isWorthSharing(values, compare, options, {
    steps: (count) => count * Math.log2(count),
    run: (some) => void sortedIndices(some, compare),
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
  return isWorthSharing(values, keyOf, options, {
    steps: (count) => count,
    run: (some) => {
      for (const value of some) keyOf(value);
    },
  });
}

/** What is done with values, and how many steps that takes, about. */
interface Tried<T> {
  steps(count: number): number;
  run(some: readonly T[]): void;
}

function isWorthSharing<T>(
  values: readonly T[],
  fn: AnyFunction,
  options: ParallelOptions,
  { steps, run }: Tried<T>,
): boolean {
  const { length } = values;
  if (length < 2 * LEAST) return false;
  const tried = Math.max(LEAST, Math.min(Math.ceil(length / SAMPLE), MOST));
  let known = learnt.get(fn);
  if (
    known === undefined || length > known.length || known.believed-- <= 0
  ) {
    const perStep = timed(values, tried, run) / steps(tried);
    known = { length, perStep, perValue: undefined, believed: BELIEVED };
    learnt.set(fn, known);
  }
  const alone = known.perStep * steps(length);
  if (alone < WORTH) return false;
  known.perValue ??= sending(values, tried) / tried;
  const most = navigator.hardwareConcurrency;
  const processors = Math.min(threadsOf(options) + 1, most);
  const shared = alone / processors + known.perValue * length;
  return alone - shared > WORTH;
}

/** How long it takes to encode some values, and to decode them elsewhere, in ms. */
function sending(values: readonly unknown[], tried: number): number {
  // Arrays of numbers are shared as they are.
  if (values.every((value) => typeof value === "number")) return 0;
  const codec = portableCodec<unknown>();
  return timed(values, tried, (some) => {
    for (const value of some) codec.decode(codec.encode(value).slice());
  });
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

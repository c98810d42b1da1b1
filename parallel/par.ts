/**
 * Where plans begin.
 *
 * @module
 */

import type { IfPortable } from "../workers/functions/sent_function.ts";
import { checkFunction } from "./checks.ts";
import { IndexedParallelIterator } from "./indexed_parallel_iterator.ts";
import { join, type JoinedFunction, type JoinOptions } from "./join.ts";
import {
  checkParallelOptions,
  type ParallelOptions,
} from "./run/parallel_options.ts";
import { checkedRange, type RangeOptions } from "./sources/range.ts";
import { sourceNode } from "./sources/source_node.ts";
import {
  type BigTypedArray,
  isTypedArray,
  type NumberTypedArray,
  type TypedArray,
} from "./sources/view.ts";
import type { Ordered } from "./sort/key_order.ts";
import { sortTyped } from "./sort/sort_typed.ts";
import {
  sortValues,
  sortValuesBy,
  sortValuesByKey,
} from "./sort/sort_values.ts";

/** The type of {@linkcode par}. */
export interface Par {
  /**
   * Plans what is computed of the elements of a typed array: where they are, if that
   * lives in shared memory; else of a copy, which is made once other threads take part.
   *
   * @throws {TypeError} If an argument is of another type.
   */
  (
    source: NumberTypedArray,
    options?: ParallelOptions,
  ): IndexedParallelIterator<number>;
  /** The same of bigints. */
  (
    source: BigTypedArray,
    options?: ParallelOptions,
  ): IndexedParallelIterator<bigint>;
  /**
   * Plans what is computed of portable values. They are encoded once other threads take
   * part, each for itself.
   *
   * @typeParam T The values.
   * @throws {TypeError} If an argument is of another type.
   */
  <T>(
    source:
      & Iterable<T>
      & IfPortable<T, "its values cannot be sent to another thread">,
    options?: ParallelOptions,
  ): IndexedParallelIterator<T>;
  /**
   * Plans what is computed of the numbers from `start` to `end`, without `end`.
   *
   * @throws {TypeError} If an argument is of another type.
   * @throws {RangeError} If a number is not finite, or the step is 0.
   */
  range(
    start: number,
    end: number,
    options?: RangeOptions,
  ): IndexedParallelIterator<number>;
  /**
   * Sorts in place. A typed array in the order of its own `sort()`: numbers by size, -0
   * before 0, NaN last. An array of numbers likewise, and not by their text as its
   * `sort()` does; one of strings or bigints by `<`.
   *
   * @typeParam A The array.
   * @returns The array.
   * @throws {TypeError} If an argument is of another type, or an element is.
   */
  sort<A extends TypedArray | number[] | string[] | bigint[]>(
    array: A,
    options?: ParallelOptions,
  ): Promise<A>;
  /**
   * Sorts an array in place by a comparison, as its `sort()` does: equals keep their
   * order; `undefined` comes last, and is not compared.
   *
   * If the comparison throws, the array stays as it was.
   *
   * @typeParam T The values.
   * @param compare Negative if the first one comes first, positive if it comes last. A
   * portable function.
   * @returns The array.
   * @throws What the comparison throws.
   * @throws {TypeError} If an argument is of another type.
   */
  sortBy<T>(
    array:
      & T[]
      & IfPortable<T, "its values cannot be sent to another thread">,
    compare: (a: T, b: T) => number,
    options?: ParallelOptions,
  ): Promise<T[]>;
  /**
   * Sorts an array in place by keys, which are found once for each value: numbers by
   * size, NaN last; strings or bigints by `<`. Equals keep their order.
   *
   * If a key cannot be found, the array stays as it was.
   *
   * @typeParam T The values.
   * @typeParam K The keys.
   * @param keyOf Finds the key of a value. A portable function.
   * @returns The array.
   * @throws What the function throws.
   * @throws {TypeError} If an argument is of another type, or a key is.
   */
  sortByKey<T, K extends number | string | bigint>(
    array:
      & T[]
      & IfPortable<T, "its values cannot be sent to another thread">,
    keyOf: (value: T) => K,
    options?: ParallelOptions,
  ): Promise<T[]>;
  /**
   * Runs two functions, possibly at the same time: the first one on this thread, the
   * second one on a worker if one comes for it before the first one has ended, else on
   * this thread as well. Both run to their ends, also if one of them throws.
   *
   * The functions are portable and take nothing; data goes with them as with
   * `closure()`. They may be `async`, and call `join()` themselves.
   *
   * After `join()` of rayon (https://docs.rs/rayon/latest/rayon/fn.join.html).
   *
   * @typeParam A What the first one returns.
   * @typeParam B What the second one returns.
   * @returns What the two returned.
   * @throws What the first one throws, else what the second one throws.
   * @throws {TypeError} If an argument is of another type.
   */
  join<A, B>(
    a: () => A,
    b: JoinedFunction<B>,
    options?: JoinOptions,
  ): Promise<[Awaited<A>, Awaited<B>]>;
}

/**
 * Plans what is computed in parallel: see {@linkcode ParallelIterator} for what can be
 * planned, and {@linkcode Consumers} for what runs the plan.
 *
 * After `par_iter()` of rayon (https://docs.rs/rayon).
 *
 * @example Memory that all threads share
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const heights = new Float64Array(new SharedArrayBuffer(800)).fill(0.5);
 * const total = await par(heights).map((height) => height * 2).sum();
 * assertEquals(total, 100);
 * ```
 *
 * @example Numbers
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const multiples = par.range(0, 10).filter((n) => n % 3 === 0);
 * assertEquals(await multiples.collect(), [0, 3, 6, 9]);
 * assertEquals(await par.range(5, 0, { step: -2 }).collect(), [5, 3, 1]);
 * ```
 */
export const par: Par = Object.assign(plan, {
  join,
  range,
  sort,
  sortBy,
  sortByKey,
});

function plan(
  source: Parameters<typeof sourceNode>[0],
  options: ParallelOptions = {},
  // The interface says of what.
  // deno-lint-ignore no-explicit-any
): IndexedParallelIterator<any> {
  checkParallelOptions(options);
  return new IndexedParallelIterator({ node: sourceNode(source), options });
}

function range(
  start: number,
  end: number,
  options: RangeOptions = {},
): IndexedParallelIterator<number> {
  checkParallelOptions(options);
  const node = checkedRange(start, end, options.step);
  return new IndexedParallelIterator({ node, options });
}

async function sort<A extends TypedArray | number[] | string[] | bigint[]>(
  array: A,
  options: ParallelOptions = {},
): Promise<A> {
  checkParallelOptions(options);
  if (isTypedArray(array)) await sortTyped(array, options);
  else {
    const values: Ordered[] = array;
    await sortValues(checkedArray(values, "a typed array or array"), options);
  }
  return array;
}

async function sortBy<T>(
  array: T[],
  compare: (a: T, b: T) => number,
  options: ParallelOptions = {},
): Promise<T[]> {
  checkFunction("sortBy", "compare", compare);
  checkParallelOptions(options);
  await sortValuesBy(checkedArray(array, "an array"), compare, options);
  return array;
}

async function sortByKey<T, K extends number | string | bigint>(
  array: T[],
  keyOf: (value: T) => K,
  options: ParallelOptions = {},
): Promise<T[]> {
  checkFunction("sortByKey", "keyOf", keyOf);
  checkParallelOptions(options);
  await sortValuesByKey(checkedArray(array, "an array"), keyOf, options);
  return array;
}

function checkedArray<A>(array: A[], expected: string): A[] {
  if (Array.isArray(array)) return array;
  throw new TypeError(
    `Cannot sort as 'array' must be ${expected}: received ${
      array === null ? "null" : typeof array
    }`,
  );
}

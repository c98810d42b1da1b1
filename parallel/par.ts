/**
 * Where plans begin.
 *
 * @module
 */

import type { IfPortable } from "../workers/functions/sent_function.ts";
import { IndexedParallelIterator } from "./indexed_parallel_iterator.ts";
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
import { sortTyped } from "./sort/sort_typed.ts";

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
   * Sorts a typed array in place, in the order of its own `sort()`: numbers by size, -0
   * before 0, NaN last.
   *
   * @typeParam A The typed array.
   * @returns The typed array.
   * @throws {TypeError} If an argument is of another type.
   */
  sort<A extends TypedArray>(array: A, options?: ParallelOptions): Promise<A>;
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
export const par: Par = Object.assign(plan, { range, sort });

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

async function sort<A extends TypedArray>(
  array: A,
  options: ParallelOptions = {},
): Promise<A> {
  checkParallelOptions(options);
  if (!isTypedArray(array)) {
    throw new TypeError(
      `Cannot sort as 'array' must be a typed array: received ${
        array === null ? "null" : typeof array
      }`,
    );
  }
  await sortTyped(array, options);
  return array;
}

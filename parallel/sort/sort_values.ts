/**
 * Sorting arrays of values.
 *
 * @module
 */

import { map } from "../adaptors/map.ts";
import { execute } from "../run/execute.ts";
import type { ParallelOptions } from "../run/parallel_options.ts";
import { collect } from "../sinks/collect.ts";
import { ItemsNode } from "../sources/items.ts";
import { ascending, type Ordered, orderedType } from "./ascending.ts";
import { type Compare, sortedIndices } from "./merge.ts";
import { numberOrder } from "./number_order.ts";
import { comparedHere, sharedOrder } from "./shared_order.ts";
import { sortTyped } from "./sort_typed.ts";
import { threadsOf } from "./threads.ts";
import { isWorthSharing } from "./worth_sharing.ts";

/** Below so many keys comparisons are as fast as radix sort. */
const WORTH_RADIX = 1024;

/**
 * Sorts an array by a comparison, as its `sort()` does: `undefined` comes last, and is
 * not compared.
 */
export async function sortValuesBy<T>(
  array: T[],
  compare: Compare,
  options: ParallelOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  const { length } = array;
  const values = array.filter((value) => value !== undefined);
  const sorted = await sortedBy(values, compare, options);
  sorted.length = length;
  replace(array, sorted);
}

async function sortedBy<T>(
  values: T[],
  compare: Compare,
  options: ParallelOptions,
): Promise<T[]> {
  const here = comparedHere(compare);
  const isShared = options.eager === true ||
    here((compare) => isWorthSharing(values, compare, threadsOf(options)));
  if (!isShared) return here((compare) => values.toSorted(compare));
  return inOrder(values, await sharedOrder(values, compare, options));
}

/** Sorts an array by keys, of which it finds each once. */
export async function sortValuesByKey<T>(
  array: T[],
  keyOf: (value: T) => Ordered,
  options: ParallelOptions,
): Promise<void> {
  const values = Array.from(array);
  const node = map(new ItemsNode(values), keyOf);
  const keys = await execute({ node, options }, collect<Ordered>());
  const order = await orderOf(keys, options);
  options.signal?.throwIfAborted();
  replace(array, inOrder(values, order));
}

async function orderOf(
  keys: readonly Ordered[],
  options: ParallelOptions,
): Promise<ArrayLike<number>> {
  const isNumber = orderedType(keys, "keys") === "number";
  if (isNumber && keys.length >= WORTH_RADIX) {
    return numberOrder(keys as readonly number[]);
  }
  const isShared = options.eager === true ||
    isWorthSharing(keys, ascending, threadsOf(options));
  return isShared
    ? await sharedOrder(keys, ascending, options)
    : sortedIndices(keys, ascending);
}

/** Sorts numbers, strings or bigints by size. */
export async function sortValues(
  array: Ordered[],
  options: ParallelOptions,
): Promise<void> {
  const type = orderedType(array, "elements of 'array'");
  if (type === "number") {
    const numbers = Float64Array.from(array as number[]);
    await sortTyped(numbers, options);
    replace(array, numbers);
  } else if (type === "bigint" && array.every(isWord)) {
    const words = BigInt64Array.from(array as bigint[]);
    await sortTyped(words, options);
    replace(array, words);
  } else await sortValuesBy(array, ascending, options);
}

function isWord(value: Ordered): boolean {
  return value === BigInt.asIntN(64, value as bigint);
}

function inOrder<T>(values: readonly T[], order: ArrayLike<number>): T[] {
  const sorted: T[] = [];
  for (let k = 0; k < order.length; k++) sorted.push(values[order[k]!]!);
  return sorted;
}

function replace<T>(array: T[], values: ArrayLike<T>): void {
  for (let k = 0; k < values.length; k++) array[k] = values[k]!;
}

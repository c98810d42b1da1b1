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
import {
  keyOrder,
  type Ordered,
  orderedType,
  sortedKeys,
} from "./key_order.ts";
import type { Compare } from "./merge.ts";
import { ranHere } from "./ran_here.ts";
import { sharedOrder } from "./shared_order.ts";
import { sortTyped } from "./sort_typed.ts";
import { areKeysWorthSharing, isSortWorthSharing } from "./worth_sharing.ts";

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
  // Holes are undefined for both, and there are mostly none.
  const values = array.includes(undefined as T)
    ? array.filter((value) => value !== undefined)
    : array.slice();
  const here = ranHere(compare);
  const isShared = options.eager === true ||
    here((compare) => isSortWorthSharing(values, compare, options));
  const sorted = isShared
    ? inOrder(values, await sharedOrder(values, compare, options))
    : here((compare) => values.sort(compare));
  replace(array, sorted);
  array.fill(undefined as T, sorted.length, length);
}

/** Sorts an array by keys, of which it finds each once. */
export async function sortValuesByKey<T>(
  array: T[],
  keyOf: (value: T) => Ordered,
  options: ParallelOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  const values = Array.from(array);
  const keys = await keysOf(values, keyOf, options);
  replace(array, inOrder(values, keyOrder(keys)));
}

function keysOf<T>(
  values: readonly T[],
  keyOf: (value: T) => Ordered,
  options: ParallelOptions,
): Ordered[] | Promise<Ordered[]> {
  const here = ranHere(keyOf);
  const isShared = options.eager === true ||
    here((keyOf) => areKeysWorthSharing(values, keyOf, options));
  if (!isShared) return here((keyOf) => values.map((value) => keyOf(value)));
  const node = map(new ItemsNode(values), keyOf);
  return execute({ node, options: { ...options, eager: true } }, collect());
}

/** Sorts numbers, strings or bigints by size. */
export async function sortValues(
  array: Ordered[],
  options: ParallelOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  const type = orderedType(array, "elements of 'array'");
  if (type === "number") {
    const numbers = Float64Array.from(array as number[]);
    await sortTyped(numbers, options);
    replace(array, numbers);
  } else if (type === "bigint" && array.every(isWord)) {
    const words = BigInt64Array.from(array as bigint[]);
    await sortTyped(words, options);
    replace(array, words);
  } else replace(array, sortedKeys(array as (string | bigint)[]));
}

function isWord(value: Ordered): boolean {
  return value === BigInt.asIntN(64, value as bigint);
}

function inOrder<T>(values: readonly T[], order: Uint32Array): T[] {
  const sorted: T[] = [];
  for (let k = 0; k < order.length; k++) sorted.push(values[order[k]!]!);
  return sorted;
}

function replace<T>(array: T[], values: ArrayLike<T>): void {
  for (let k = 0; k < values.length; k++) array[k] = values[k]!;
}

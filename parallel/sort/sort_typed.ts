/**
 * Sorting typed arrays.
 *
 * @module
 */

import { map } from "../adaptors/map.ts";
import { closure } from "../../aware/closure.ts";
import { RangeNode } from "../sources/range.ts";
import { shrunkError, type TypedArray } from "../sources/view.ts";
import { execute } from "../run/execute.ts";
import type { ParallelOptions } from "../run/parallel_options.ts";
import { receivedView, sentView } from "../run/sent_view.ts";
import { collect } from "../sinks/collect.ts";
import {
  BUCKETS,
  countSlice,
  keysOfSlice,
  MOST_PARTITIONS,
  planPartitions,
  scatterSlice,
  type Sorting,
  sortPartition,
  withoutSigns,
  wordsOf,
} from "./partition.ts";
import { type SortedType, sortedType, sortElements } from "./sorted_type.ts";
import { threadsOf } from "./threads.ts";

/** Below so many elements the engine's own sort is as fast. */
const WORTH_RADIX = 512;
/** Below so many elements one thread is as fast as several. */
const WORTH_SHARING = 1 << 17;
/** A partition has about so many elements: they fit into a cache. */
const PARTITION = 1 << 15;
/** So rounding never leads beyond the last bucket. */
const EDGE = 2 ** -40;
/** How many slices there are for each thread, so that all end together. */
const SLICES = 4;

/**
 * Sorts a typed array in place, by the order of its own `sort()`: numbers by size, -0
 * before 0, NaN last.
 */
export async function sortTyped(
  view: TypedArray,
  options: ParallelOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  const type = sortedType(view);
  const { length } = view;
  const isLarge = length >= WORTH_SHARING ||
    options.eager === true && length > 0;
  if (type !== undefined && isLarge) await sortTogether(view, options);
  else if (type === undefined || length < WORTH_RADIX) view.sort();
  else sortHere(view, type);
}

/** Sorts on this thread. */
function sortHere(view: TypedArray, type: SortedType): void {
  withoutSigns(view, 0, view.length);
  const words = wordsOf(view);
  const sorted = sortElements(words, new Uint32Array(words.length), type);
  if (sorted !== words) words.set(sorted);
}

/** Sorts on all threads. */
async function sortTogether(
  view: TypedArray,
  options: ParallelOptions,
): Promise<void> {
  const elements = sentView(view);
  const slices = SLICES * threadsOf(options);
  let sort: Sorting = {
    elements,
    spare: {
      ...elements,
      buffer: new SharedArrayBuffer(view.byteLength),
      byteOffset: 0,
    },
    slices,
    counts: new SharedArrayBuffer(4 * BUCKETS * slices),
    partitions: new SharedArrayBuffer(BUCKETS),
    places: new SharedArrayBuffer(4 * MOST_PARTITIONS * slices),
    least: 0,
    scale: 0,
    shift: 0,
  };
  const each = <R>(
    count: number,
    step: (sort: Sorting, k: number) => R,
    given: ParallelOptions = options,
  ): Promise<R[]> => {
    const parts = new RangeNode(0, 1, count, { min: 1, max: 1 });
    const node = map(parts, closure(sort, step));
    return execute({ node, options: { ...given, eager: true } }, collect());
  };
  const keys = await each(slices, keysOfSlice);
  const least = Math.min(...keys.map(([least]) => least));
  const most = Math.max(...keys.map(([, most]) => most));
  sort = {
    ...sort,
    least,
    scale: BUCKETS * (1 - EDGE) / (most - least + 1),
    shift: Math.max(0, Math.log2(2 ** 32 / BUCKETS) - Math.clz32(most - least)),
  };
  await each(slices, countSlice);
  const partitions = planPartitions(sort, PARTITION);
  await each(slices, scatterSlice);
  // In place, elements are written over from here on: to end it early would lose some.
  const { signal, ...endless } = options;
  const isInPlace = elements.buffer === view.buffer;
  await each(partitions, sortPartition, isInPlace ? endless : options);
  signal?.throwIfAborted();
  if (!isInPlace) {
    const { length } = elements;
    if (view.length < length) throw shrunkError(view.length, length);
    wordsOf(view).set(wordsOf(receivedView(elements)));
  }
}

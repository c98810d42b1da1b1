/**
 * Sorting a typed array in steps that all threads share: which keys there are, how many
 * of them where; then each element goes to its partition, and each partition is sorted
 * by itself, where it fits into a cache.
 *
 * Keys are cut into buckets of the same width, and neighbours of these are put together
 * to partitions of about the same size. The keys of floating-point numbers are like
 * their logarithms, so this suits most distributions. Where it does not, one partition
 * is large, and is sorted all the same.
 *
 * @module
 */

import { portable } from "../../workers/functions/portable.ts";
import { receivedView, type SentView } from "../run/sent_view.ts";
import type { TypedArray } from "../sources/view.ts";
import type { KeyBits } from "./radix.ts";
import { type SortedType, sortedType, sortElements } from "./sorted_type.ts";
import { countWords, keysOfWords, scatterWords } from "./word_slices.ts";

/** How many buckets there are: their counts fit into the smallest cache. */
export const BUCKETS = 4096;

/** What the threads know of a sort. */
export interface Sorting {
  /** The elements: at first in any order, at the end in theirs. */
  readonly elements: SentView;
  /** As many, in between. */
  readonly spare: SentView;
  /** How many slices the elements are looked at in. */
  readonly slices: number;
  /** For each slice: how many elements each bucket has. */
  readonly counts: SharedArrayBuffer;
  /** The partition of each bucket. */
  readonly partitions: SharedArrayBuffer;
  /** For each slice: where the next element of each partition goes. */
  readonly places: SharedArrayBuffer;
  /** The smallest key. */
  readonly least: number;
  /** How many buckets there are for each step from one key to the next: of two words. */
  readonly scale: number;
  /** How many of the lower bits of a key do not matter for its bucket: of one word. */
  readonly shift: number;
}

/** How many partitions there are at most. */
export const MOST_PARTITIONS = 256;

/** Tells the smallest and the largest key of a slice. */
export const keysOfSlice: (
  sort: Sorting,
  slice: number,
) => [least: number, most: number] = portable(
  import.meta.url,
  function keysOfSlice(sort: Sorting, slice: number): [number, number] {
    const all = sliceOf(sort, slice);
    const { view, words, each, sign, high, low, from, to } = all;
    withoutSigns(view, from / each, to / each);
    if (each === 1) return keysOfWords(all);
    let least = Infinity;
    let most = -Infinity;
    for (let k = from; k < to; k += 2) {
      const key = pairAt(words, k, sign, high, low);
      if (key < least) least = key;
      if (key > most) most = key;
    }
    return [least, most];
  },
);

/** Counts the elements of a slice in each bucket. */
export const countSlice: (sort: Sorting, slice: number) => void = portable(
  import.meta.url,
  function countSlice(sort: Sorting, slice: number): void {
    const all = sliceOf(sort, slice);
    const { words, each, sign, high, low, from, to } = all;
    const { least, scale } = sort;
    const counts = new Uint32Array(sort.counts, 4 * BUCKETS * slice, BUCKETS);
    if (each === 1) return countWords(all, sort, counts);
    for (let k = from; k < to; k += 2) {
      const key = pairAt(words, k, sign, high, low);
      counts[(key - least) * scale >>> 0]!++;
    }
  },
);

/** Moves the elements of a slice to their partitions. */
export const scatterSlice: (sort: Sorting, slice: number) => void = portable(
  import.meta.url,
  function scatterSlice(sort: Sorting, slice: number): void {
    const all = sliceOf(sort, slice);
    const { words, each, sign, high, low, from, to } = all;
    const { least, scale } = sort;
    const target = wordsOf(receivedView(sort.spare));
    const partitions = new Uint8Array(sort.partitions);
    const places = placesOf(sort, slice);
    if (each === 1) return scatterWords(all, sort, partitions, places, target);
    for (let k = from; k < to; k += 2) {
      const key = pairAt(words, k, sign, high, low);
      const partition = partitions[(key - least) * scale >>> 0]!;
      const at = places[partition]!;
      places[partition] = at + 2;
      target[at] = words[k]!;
      target[at + 1] = words[k + 1]!;
    }
  },
);

/** Sorts a partition, and puts it where it belongs. */
export const sortPartition: (sort: Sorting, partition: number) => void =
  portable(
    import.meta.url,
    function sortPartition(sort: Sorting, partition: number): void {
      const view = receivedView(sort.elements);
      // Where the last slice has put its last one, there the partition ends.
      const ends = placesOf(sort, sort.slices - 1);
      const from = partition === 0 ? 0 : ends[partition - 1]!;
      const to = ends[partition]!;
      const target = wordsOf(view).subarray(from, to);
      const words = wordsOf(receivedView(sort.spare)).subarray(from, to);
      const sorted = sortElements(words, target, sortedType(view)!);
      if (sorted !== target) target.set(sorted);
    },
  );

/** The words of elements. */
export function wordsOf(view: TypedArray): Uint32Array {
  const { buffer, byteOffset, byteLength } = view;
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Has all NaN come last: some have a sign. */
export function withoutSigns(
  view: TypedArray,
  from: number,
  to: number,
): void {
  if (!(view instanceof Float64Array || view instanceof Float32Array)) return;
  for (let k = from; k < to; k++) if (view[k] !== view[k]) view[k] = NaN;
}

/**
 * Puts buckets together to partitions, and says where those begin, for each slice.
 *
 * @param most How many elements a partition has at most, if it has several buckets.
 * @returns How many partitions there are.
 */
export function planPartitions(sort: Sorting, most: number): number {
  const { slices } = sort;
  const { words: each } = sortedType(receivedView(sort.elements))!;
  const counts = new Uint32Array(sort.counts);
  const partitions = new Uint8Array(sort.partitions);
  const sizes = Array.from({ length: slices }, () => 0);
  let partition = 0;
  let size = 0;
  let before = 0;
  const place = () => {
    for (let slice = 0; slice < slices; slice++) {
      placesOf(sort, slice)[partition] = before;
      before += each * sizes[slice]!;
      sizes[slice] = 0;
    }
    size = 0;
  };
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    let count = 0;
    for (let slice = 0; slice < slices; slice++) {
      count += counts[BUCKETS * slice + bucket]!;
    }
    const isFull = size > 0 && size + count > most;
    if (isFull && partition < MOST_PARTITIONS - 1) {
      place();
      partition++;
    }
    partitions[bucket] = partition;
    size += count;
    for (let slice = 0; slice < slices; slice++) {
      sizes[slice]! += counts[BUCKETS * slice + bucket]!;
    }
  }
  place();
  return partition + 1;
}

/** Where the next word of each partition goes, for a slice. */
function placesOf({ places }: Sorting, slice: number): Uint32Array {
  return new Uint32Array(places, 4 * MOST_PARTITIONS * slice, MOST_PARTITIONS);
}

/** What a slice consists of; its ends in words. */
function sliceOf({ elements, slices }: Sorting, slice: number): {
  view: TypedArray;
  words: Uint32Array;
  each: SortedType["words"];
  from: number;
  to: number;
} & KeyBits {
  const view = receivedView(elements);
  const { words: each, bits } = sortedType(view)!;
  const { length } = elements;
  return {
    view,
    words: wordsOf(view),
    each,
    from: each * Math.floor(slice * length / slices),
    to: each * Math.floor((slice + 1) * length / slices),
    ...bits,
  };
}

/** The key of two words as a number; large ones are rounded, which keeps the order. */
function pairAt(
  words: Uint32Array,
  at: number,
  sign: number,
  high: number,
  low: number,
): number {
  const upper = words[at + 1]!;
  const negative = (upper | 0) >> 31;
  const key = (upper ^ (negative & high) ^ sign) >>> 0;
  return key * 2 ** 32 + ((words[at]! ^ (negative & low)) >>> 0);
}

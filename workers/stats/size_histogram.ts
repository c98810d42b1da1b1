/**
 * Histograms of sizes.
 *
 * @module
 */

import {
  Histogram,
  type HistogramBucket,
  type HistogramParts,
} from "./histogram.ts";

/** What one task is in the unit of the buckets: the first value that these tell apart. */
export const TASK = 64;

/** `bucketOf(TASK * size)`, for a positive integer and without the way through a float. */
export function sizeBucketOf(size: number): number {
  const power = 31 - Math.clz32(size);
  return (power << 3) + ((size << 3) >>> power) - 7;
}

/**
 * How large batches were: how many of them lie in which bucket. Sizes are in
 * tasks. Below 16 each size has a bucket of its own; from there on there are
 * eight in each power of two, so what {@linkcode Histogram.percentile} returns is at
 * most 6.25 % off.
 *
 * @example Usage
 * ```ts
 * import { TaskQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new TaskQueue<number, number>((batch) =>
 *   batch.bound().map((n) => n)
 * );
 * await queue.pushMany([1, 2, 3]);
 * await queue.push(4);
 * const { sizes } = queue.stats().batches;
 * assertEquals([sizes.count, sizes.mean, sizes.max], [2, 2, 3]);
 * assertEquals(sizes.buckets(), [{ from: 1, to: 2, count: 1 }, { from: 3, to: 4, count: 1 }]);
 * ```
 */
export class SizeHistogram extends Histogram {
  /** Made by `BatchStats`, from parts in 64ths of a task. */
  constructor(parts: HistogramParts) {
    const longest = TASK * Math.floor(parts.longest / TASK);
    super({ ...parts, longest }, TASK);
  }

  /**
   * A size that so many of a hundred batches do not exceed: see
   * {@linkcode Histogram.percentile}.
   *
   * @throws {TypeError} If `percent` is no number.
   * @throws {RangeError} If it is not from 0 to 100.
   */
  override percentile(percent: number): number {
    return Math.floor(super.percentile(percent));
  }

  /** The buckets that are not empty, the smallest sizes first. */
  override buckets(): HistogramBucket[] {
    return super.buckets().map(({ from, to, count }) => ({
      from,
      to: Math.ceil(to),
      count,
    }));
  }
}

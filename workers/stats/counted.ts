/**
 * What threads have counted, as numbers of one's own: sums and differences.
 *
 * @module
 */

import { BUCKETS, lowerBoundOf } from "./buckets.ts";
import type { HistogramParts } from "./histogram.ts";
import { COUNTS } from "./stats_block.ts";

/** What one or several threads have counted. */
export interface Counted {
  /** By the indices of `stats_block.ts`. */
  readonly counts: readonly number[];
  /** The run times. */
  readonly runTimes: HistogramParts;
  /** The latencies. */
  readonly latencies: HistogramParts;
  /** The sizes of batches, in the unit of `SizeHistogram`. */
  readonly batchSizes: HistogramParts;
  /** How long batches waited to be bounded. */
  readonly batchWaits: HistogramParts;
}

const NONE: HistogramParts = {
  buckets: new Array<number>(BUCKETS).fill(0),
  sum: 0,
  longest: 0,
};

/** Nothing. */
export const NOTHING: Counted = {
  counts: new Array<number>(COUNTS).fill(0),
  runTimes: NONE,
  latencies: NONE,
  batchSizes: NONE,
  batchWaits: NONE,
};

/** What two have counted together. */
export function sumOf(one: Counted, other: Counted): Counted {
  return {
    counts: zip(one.counts, other.counts, plus),
    runTimes: together(one.runTimes, other.runTimes),
    latencies: together(one.latencies, other.latencies),
    batchSizes: together(one.batchSizes, other.batchSizes),
    batchWaits: together(one.batchWaits, other.batchWaits),
  };
}

/** What was counted from one moment to a later one. */
export function differenceOf(later: Counted, earlier: Counted): Counted {
  return {
    counts: zip(later.counts, earlier.counts, minus),
    runTimes: between(later.runTimes, earlier.runTimes),
    latencies: between(later.latencies, earlier.latencies),
    batchSizes: between(later.batchSizes, earlier.batchSizes),
    batchWaits: between(later.batchWaits, earlier.batchWaits),
  };
}

function together(one: HistogramParts, other: HistogramParts): HistogramParts {
  return {
    buckets: zip(one.buckets, other.buckets, plus),
    sum: one.sum + other.sum,
    longest: Math.max(one.longest, other.longest),
  };
}

/** What a histogram got from one moment to a later one. */
export function between(
  later: HistogramParts,
  earlier: HistogramParts,
): HistogramParts {
  const buckets = zip(later.buckets, earlier.buckets, minus);
  return {
    buckets,
    sum: minus(later.sum, earlier.sum),
    longest: Math.min(later.longest, endOf(buckets)),
  };
}

function plus(a: number, b: number): number {
  return a + b;
}

function minus(a: number, b: number): number {
  return Math.max(0, a - b);
}

/** The second one may be shorter, as what it lacks is 0. */
function zip(
  one: readonly number[],
  other: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  return one.map((value, k) => combine(value, other[k] ?? 0));
}

/** Above all that the buckets hold. */
function endOf(buckets: readonly number[]): number {
  const last = buckets.findLastIndex((count) => count > 0);
  return last === -1 ? 0 : lowerBoundOf(last + 1);
}

/**
 * What threads have counted, as numbers of one's own: sums and differences.
 *
 * @module
 */

import { BUCKETS, lowerBoundOf } from "./buckets.ts";
import { COUNTS } from "./stats_block.ts";

/** What one or several threads have counted. */
export interface Counted {
  /** By the indices of `stats_block.ts`. */
  readonly counts: readonly number[];
  /** How many run times lie in each bucket. */
  readonly runTimes: readonly number[];
  /** How many latencies lie in each bucket. */
  readonly latencies: readonly number[];
  /** The longest run time, in ns. */
  readonly longestRun: number;
  /** The longest latency, in ns. */
  readonly longestLatency: number;
}

/** Nothing. */
export const NOTHING: Counted = {
  counts: new Array<number>(COUNTS).fill(0),
  runTimes: new Array<number>(BUCKETS).fill(0),
  latencies: new Array<number>(BUCKETS).fill(0),
  longestRun: 0,
  longestLatency: 0,
};

/** What two have counted together. */
export function sumOf(one: Counted, other: Counted): Counted {
  const plus = (a: number, b: number) => a + b;
  return {
    counts: zip(one.counts, other.counts, plus),
    runTimes: zip(one.runTimes, other.runTimes, plus),
    latencies: zip(one.latencies, other.latencies, plus),
    longestRun: Math.max(one.longestRun, other.longestRun),
    longestLatency: Math.max(one.longestLatency, other.longestLatency),
  };
}

/** What was counted from one moment to a later one. */
export function differenceOf(later: Counted, earlier: Counted): Counted {
  const minus = (a: number, b: number) => Math.max(0, a - b);
  const runTimes = zip(later.runTimes, earlier.runTimes, minus);
  const latencies = zip(later.latencies, earlier.latencies, minus);
  return {
    counts: zip(later.counts, earlier.counts, minus),
    runTimes,
    latencies,
    longestRun: Math.min(later.longestRun, endOf(runTimes)),
    longestLatency: Math.min(later.longestLatency, endOf(latencies)),
  };
}

function zip(
  one: readonly number[],
  other: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  return one.map((value, k) => combine(value, other[k]!));
}

/** Above all that the buckets hold. */
function endOf(buckets: readonly number[]): number {
  const last = buckets.findLastIndex((count) => count > 0);
  return last === -1 ? 0 : lowerBoundOf(last + 1);
}

/**
 * Histograms as metrics.
 *
 * The bounds are those of the buckets at powers of two: every scrape has the same
 * ones, whatever was counted, and no count is split.
 *
 * @module
 */

import { HIGHEST_POWER, LOWEST_POWER } from "./buckets.ts";
import type { Histogram } from "./histogram.ts";
import type { HistogramValue } from "./metric_family.ts";
import type { SizeHistogram } from "./size_histogram.ts";

const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;
const MS_PER_S = 1000;
/** Batches of more tasks are in the last bucket. */
const LARGEST_POWER = 20;

/** Up to where a histogram is counted: in its own unit, and as the metric shows it. */
interface Bound {
  readonly to: number;
  readonly le: number;
}

const TIMES: readonly Bound[] = powers(LOWEST_POWER, HIGHEST_POWER).map((
  ns,
) => ({
  to: ns / NS_PER_MS,
  le: ns / NS_PER_S,
}));

/** Of integers, so what is below a bound is at most one less. */
const SIZES: readonly Bound[] = powers(1, LARGEST_POWER).map((size) => ({
  to: size,
  le: size - 1,
}));

/** Times, in seconds. A time that is exactly a bound counts as longer. */
export function timesOf(times: Histogram): HistogramValue {
  return valueOf(times, TIMES, MS_PER_S);
}

/** Sizes: up to 1, 3, 7, 15 … */
export function sizesOf(sizes: SizeHistogram): HistogramValue {
  return valueOf(sizes, SIZES, 1);
}

function valueOf(
  histogram: Histogram,
  bounds: readonly Bound[],
  unit: number,
): HistogramValue {
  const counted = histogram.buckets();
  let next = 0;
  let count = 0;
  const buckets = bounds.map(({ to, le }) => {
    for (; next < counted.length && counted[next]!.to <= to; next++) {
      count += counted[next]!.count;
    }
    return { le, count };
  });
  buckets.push({ le: Infinity, count: histogram.count });
  const sum = histogram.count === 0 ? 0 : histogram.mean * histogram.count;
  return { buckets, sum: sum / unit };
}

function powers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, k) => 2 ** (from + k));
}

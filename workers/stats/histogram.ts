/**
 * Histograms of times.
 *
 * @module
 */

import { lowerBoundOf, middleOf } from "./buckets.ts";

const NS_PER_MS = 1e6;

/** A bucket of a {@linkcode Histogram}: in ms, or in tasks. */
export interface HistogramBucket {
  /** Where it starts. */
  readonly from: number;
  /** Where the next one starts: Infinity for the last one. */
  readonly to: number;
  /** How many times lie in it. */
  readonly count: number;
}

/** A {@linkcode Histogram} as plain data; times in ms, null where there are none. */
export interface HistogramJson {
  /** How many times there are. */
  readonly count: number;
  /** Their mean. */
  readonly mean: number | null;
  /** Half of them are at most so long. */
  readonly p50: number | null;
  /** Nine of ten are. */
  readonly p90: number | null;
  /** 99 of 100 are. */
  readonly p99: number | null;
  /** The longest one that was measured. */
  readonly max: number | null;
  /** The buckets that are not empty. */
  readonly buckets: readonly HistogramBucket[];
}

/** What a {@linkcode Histogram} is made from, in the unit of its buckets: for times, ns. */
export interface HistogramParts {
  /** How many values lie in each bucket; those after the last one are empty. */
  readonly buckets: readonly number[];
  /** Their sum. */
  readonly sum: number;
  /** The longest, or largest, one. */
  readonly longest: number;
}

/**
 * How long things took: how many times lie in which bucket. All times are in ms.
 *
 * There are eight buckets of the same width in each power of two of nanoseconds,
 * from 64 ns to 18 minutes, one below and one above. So what
 * {@linkcode Histogram.percentile} returns is at most 6.25 % off.
 *
 * Where calls are many, not each is timed: about one in 50 us is, chosen at
 * random, and it stands for those that ended since the one before it.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assert, assertEquals } from "@std/assert";
 * import { hits } from "../../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * await family.on(0).hit();
 *
 * const { runTimes, latencies } = runtime.stats().total;
 * assertEquals(runTimes.count, 1);
 * assert(runTimes.percentile(99) <= latencies.max);
 * ```
 */
export class Histogram {
  /** How many times there are. */
  readonly count: number;
  /** Their mean, in ms; NaN if there are none. */
  readonly mean: number;
  /** The longest one that was measured, in ms; NaN if there are none. */
  readonly max: number;
  readonly #buckets: readonly number[];
  readonly #unit: number;

  /**
   * Made by {@linkcode ThreadStats}.
   *
   * @param unit What is shown as 1, in the unit of the parts.
   */
  constructor(parts: HistogramParts, unit: number = NS_PER_MS) {
    this.#buckets = parts.buckets;
    this.#unit = unit;
    this.count = parts.buckets.reduce((sum, count) => sum + count, 0);
    const empty = this.count === 0;
    this.mean = empty ? NaN : parts.sum / this.count / unit;
    this.max = empty ? NaN : parts.longest / unit;
  }

  /**
   * A time that so many of a hundred do not exceed.
   *
   * @param percent From 0 to 100; 50 is the median.
   * @returns In ms, at most 6.25 % off; NaN if there are no times.
   * @throws {TypeError} If `percent` is no number.
   * @throws {RangeError} If it is not in that range.
   */
  percentile(percent: number): number {
    if (typeof percent !== "number") {
      throw new TypeError(
        `Cannot compute percentile as 'percent' must be a number: received ${typeof percent}`,
      );
    }
    if (!(percent >= 0 && percent <= 100)) {
      throw new RangeError(
        `Cannot compute percentile as 'percent' must be from 0 to 100: received ${percent}`,
      );
    }
    if (this.count === 0) return NaN;
    const rank = Math.max(1, Math.ceil(percent / 100 * this.count));
    let seen = 0;
    const bucket = this.#buckets.findIndex((count) => (seen += count) >= rank);
    return Math.min(middleOf(bucket) / this.#unit, this.max);
  }

  /** The buckets that are not empty, the shortest times first. */
  buckets(): HistogramBucket[] {
    return this.#buckets.flatMap((count, bucket) =>
      count === 0 ? [] : [{
        from: lowerBoundOf(bucket) / this.#unit,
        to: lowerBoundOf(bucket + 1) / this.#unit,
        count,
      }]
    );
  }

  /** This as plain data. */
  toJSON(): HistogramJson {
    return {
      count: this.count,
      mean: orNull(this.mean),
      p50: orNull(this.percentile(50)),
      p90: orNull(this.percentile(90)),
      p99: orNull(this.percentile(99)),
      max: orNull(this.max),
      buckets: this.buckets(),
    };
  }
}

/** A number as plain data, which knows no NaN. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

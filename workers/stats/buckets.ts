/**
 * The buckets of the histograms: eight of the same width in each power of two
 * of nanoseconds, from 64 ns to 18 minutes.
 *
 * A value is at most one eighth above the lower bound of its bucket, so the
 * middle of the bucket is at most one sixteenth, 6.25 %, off.
 *
 * Source: the log-linear buckets of HdrHistogram (Gil Tene), found as the leading
 * bits of a floating-point number.
 *
 * @module
 */

/** Bits of the mantissa that tell the buckets of a power of two apart. */
const SUB_BITS = 3;
const SUB_BUCKETS = 1 << SUB_BITS;
/** Below 2^6 ns there is one bucket: no clock tells these apart. */
export const LOWEST_POWER = 6;
/** From 2^40 ns, about 18 minutes, there is one bucket again. */
export const HIGHEST_POWER = 40;

/** How many buckets there are. */
export const BUCKETS: number = (HIGHEST_POWER - LOWEST_POWER) * SUB_BUCKETS + 2;

const SINGLE = new Float32Array(1);
const SINGLE_BITS = new Int32Array(SINGLE.buffer);
const MANTISSA_BITS = 23;
const BIAS = 127;
/** The leading bits of 64.0, less one for the bucket below it. */
const OFFSET = ((BIAS + LOWEST_POWER) << SUB_BITS) - 1;

/** The bucket of a time in nanoseconds. */
export function bucketOf(nanoseconds: number): number {
  SINGLE[0] = nanoseconds;
  const bucket = (SINGLE_BITS[0]! >> (MANTISSA_BITS - SUB_BITS)) - OFFSET;
  return bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/** Where a bucket starts, in nanoseconds; that of `BUCKETS` is infinite. */
export function lowerBoundOf(bucket: number): number {
  if (bucket === 0) return 0;
  if (bucket >= BUCKETS) return Infinity;
  const power = LOWEST_POWER + Math.floor((bucket - 1) / SUB_BUCKETS);
  return 2 ** power * (1 + ((bucket - 1) % SUB_BUCKETS) / SUB_BUCKETS);
}

/** The value that stands for all of a bucket, in nanoseconds. */
export function middleOf(bucket: number): number {
  const lower = lowerBoundOf(bucket);
  const upper = lowerBoundOf(bucket + 1);
  return upper === Infinity ? lower : (lower + upper) / 2;
}

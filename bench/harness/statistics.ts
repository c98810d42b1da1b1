/** The middle of the values: half of them lie below. `NaN` for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which the part `p` (0 to 1) of the values lies, interpolated between neighbours
 * (type 7 of Hyndman and Fan 1996, which R, NumPy and spreadsheets use). `NaN` for no values.
 */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * p;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  // Equal neighbours must not go through the subtraction: Infinity - Infinity is NaN.
  return below === above
    ? below
    : below + (above - below) * (position - Math.floor(position));
}

/**
 * The ratios round by round. What disturbs a machine lasts longer than a run, so it hits both runs of a round and
 * leaves their ratio; the ratio of two medians would compare moments that have nothing to do with each other.
 *
 * @param values One for each round.
 * @param baseline The baseline's, of the same rounds.
 */
export function ratios(
  values: readonly number[],
  baseline: readonly number[],
): number[] {
  if (values.length !== baseline.length) {
    throw new RangeError(
      `Cannot compare rounds as their numbers differ: received ${values.length} and ${baseline.length}`,
    );
  }
  return values.map((value, round) => value / baseline[round]!);
}

/** The middle of values, and the range that half of them lie in. */
export interface Summary {
  readonly median: number;
  /** The lower quartile. */
  readonly low: number;
  /** The upper quartile. */
  readonly high: number;
}

export function summary(values: readonly number[]): Summary {
  return {
    median: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  };
}

/** What a scenario measures: how it is called, which way is better, how it follows from a timed run. */
export interface Unit {
  /** As it is printed, also in JSON. */
  readonly label: string;
  /** Whether a lower or a higher value is the better one. */
  readonly better: "lower" | "higher";
  /** The value of a run that did `operations` operations in `milliseconds`. */
  of(operations: number, milliseconds: number): number;
}

/** Mean time of one operation of a run, in milliseconds. */
export const milliseconds: Unit = {
  label: "ms",
  better: "lower",
  of: (operations, milliseconds) => milliseconds / operations,
};

/** Mean time of one operation of a run, in microseconds. */
export const microseconds: Unit = {
  label: "us",
  better: "lower",
  of: (operations, milliseconds) => milliseconds * 1000 / operations,
};

/** Mean time of one operation of a run, in nanoseconds. */
export const nanoseconds: Unit = {
  label: "ns",
  better: "lower",
  of: (operations, milliseconds) => milliseconds * 1e6 / operations,
};

/**
 * Operations in a second.
 *
 * @param what The plural of what is counted: `"calls"` is printed as `calls/s`.
 */
export function perSecond(what: string): Unit {
  return {
    label: `${what}/s`,
    better: "higher",
    of: (operations, milliseconds) => operations * 1000 / milliseconds,
  };
}

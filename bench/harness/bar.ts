import { ratios, type Summary, summary } from "./statistics.ts";

/** What one subject must reach beside another one of the same scenario. */
export interface Bar {
  readonly subject: string;
  /** The name of a subject, or the best of the rivals. */
  readonly against: string | typeof BEST_RIVAL;
  /** Bounds of the ratio `subject / against`, median over the rounds. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Bound of the difference `subject - against`, in the scenario's unit, instead of the ratio. */
  readonly atMostMore?: number;
}

/** Stands for the best of a scenario's rivals in this run. */
export const BEST_RIVAL: unique symbol = Symbol("best rival");

/** A bar beside what came out. */
export interface BarResult {
  readonly bar: Bar;
  /** The name of what it is against. */
  readonly against: string;
  /** Of the ratios or differences, round by round. */
  readonly found: Summary;
  readonly isMet: boolean;
}

/** What one subject's values are. */
export interface Values {
  readonly subject: string;
  readonly values: readonly number[];
}

/** Looks whether a bar is met; undefined if one of the two was not measured. */
export function judge(
  bar: Bar,
  measured: readonly Values[],
  bestRival: string | undefined,
): BarResult | undefined {
  const against = bar.against === BEST_RIVAL ? bestRival : bar.against;
  const ours = measured.find(({ subject }) => subject === bar.subject);
  const theirs = measured.find(({ subject }) => subject === against);
  if (against === undefined || ours === undefined || theirs === undefined) {
    return undefined;
  }
  if (bar.atMostMore !== undefined) {
    const found = summary(
      ours.values.map((value, round) => value - theirs.values[round]!),
    );
    return { bar, against, found, isMet: found.median <= bar.atMostMore };
  }
  const found = summary(ratios(ours.values, theirs.values));
  const { atMost = Infinity, atLeast = -Infinity } = bar;
  const isMet = found.median <= atMost && found.median >= atLeast;
  return { bar, against, found, isMet };
}

import { ratios, type Summary, summary } from "./statistics.ts";

/** What one subject must reach, by itself or beside another one of the same scenario. */
export interface Bar {
  readonly subject: string;
  /** The name of a subject, or the best of the rivals; without it the bounds are of the value itself. */
  readonly against?: string | typeof BEST_RIVAL;
  /** Bounds of the ratio `subject / against`, median over the rounds. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Bound of the ratio in each of the rounds. */
  readonly alwaysAtLeast?: number;
  /** Bound of the difference `subject - against`, in the scenario's unit, instead of the ratio. */
  readonly atMostMore?: number;
}

/** Stands for the best of a scenario's rivals in this run. */
export const BEST_RIVAL: unique symbol = Symbol("best rival");

/** A bar beside what came out. */
export interface BarResult {
  readonly bar: Bar;
  /** The name of what it is against, if it is against something. */
  readonly against: string | undefined;
  /** Of the ratios, differences or values, round by round. */
  readonly found: Summary;
  /** The least of them. */
  readonly least: number;
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
  if (ours === undefined) return undefined;
  const values = compared(bar, ours, measured, against);
  if (values === undefined) return undefined;
  const found = summary(values);
  const least = Math.min(...values);
  const {
    atMost = bar.atMostMore ?? Infinity,
    atLeast = -Infinity,
    alwaysAtLeast = -Infinity,
  } = bar;
  const isMet = found.median <= atMost && found.median >= atLeast &&
    least >= alwaysAtLeast;
  return { bar, against, found, least, isMet };
}

/** What the bar bounds, round by round. */
function compared(
  bar: Bar,
  ours: Values,
  measured: readonly Values[],
  against: string | undefined,
): readonly number[] | undefined {
  if (bar.against === undefined) return ours.values;
  const theirs = measured.find(({ subject }) => subject === against);
  if (theirs === undefined) return undefined;
  if (bar.atMostMore === undefined) return ratios(ours.values, theirs.values);
  return ours.values.map((value, round) => value - theirs.values[round]!);
}

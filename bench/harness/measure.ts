import { type BarResult, judge } from "./bar.ts";
import { withDeadline } from "./deadline.ts";
import type { Reading, Running, Scenario, Subject } from "./scenario.ts";
import { median, ratios, type Summary, summary } from "./statistics.ts";

/** The fewest rounds that a comparison may rest on. */
export const MIN_ROUNDS = 7;

/** How a scenario is measured. */
export interface MeasureOptions {
  /** Rounds; fewer than {@linkcode MIN_ROUNDS} are refused. */
  readonly rounds: number;
  /** How long one run of one subject should take, in milliseconds. */
  readonly roundMs: number;
  /**
   * The pause before each run, in milliseconds: long enough for the workers of the subject before to stop
   * spinning and go to sleep. Default 2.
   */
  readonly settleMs?: number;
  /** How long each subject warms up at least, in milliseconds: until its code is compiled. Default 0. */
  readonly warmMs?: number;
  /** A subject that takes longer for its shortest run twice in a row, in milliseconds, is not measured. Default: none does. */
  readonly slowMs?: number;
  /** After how many milliseconds a step of a subject counts as hung. Default 10 000. */
  readonly deadlineMs?: number;
  /** The clock, in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** What came out for one subject, in the scenario's unit. */
export interface Measured extends Summary {
  readonly subject: string;
  /** One value for each round. */
  readonly values: readonly number[];
  /** The medians of what it read besides. */
  readonly besides: Readonly<Record<string, number>>;
  /** Of the ratios to the baseline round by round; `undefined` when the baseline was not measured. */
  readonly ratio: Summary | undefined;
  /** The same to the best rival; `undefined` when there is none. */
  readonly toBestRival: Summary | undefined;
}

/** A subject that could not be measured, and why. */
export interface NotMeasured {
  readonly subject: string;
  readonly reason: string;
}

/** What came out for a scenario. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly measured: readonly Measured[];
  readonly notMeasured: readonly NotMeasured[];
  /** The one of the scenario's rivals with the best median. */
  readonly bestRival: string | undefined;
  /** Those of the scenario's bars whose two subjects were measured. */
  readonly bars: readonly BarResult[];
}

/** A subject on its way through the rounds. */
interface Entrant {
  readonly subject: Subject;
  readonly running: Running;
  readonly values: number[];
  readonly besides: Record<string, number[]>;
  iterations: number;
}

/**
 * Measures all subjects of a scenario in alternating rounds: each of them once in the first round, each once in the
 * second and so on, every round starting with another subject, so that drift and neighbours hit all alike. A subject that throws or
 * hangs is closed and reported, and the others go on.
 */
export async function measure(
  scenario: Scenario,
  options: MeasureOptions,
): Promise<ScenarioResult> {
  const {
    rounds,
    roundMs,
    settleMs = 2,
    warmMs = 0,
    slowMs = Infinity,
    deadlineMs = 10_000,
    now = () => performance.now(),
  } = options;
  if (!(rounds >= MIN_ROUNDS)) {
    throw new RangeError(
      `Cannot measure as 'rounds' must be at least ${MIN_ROUNDS}: received ${rounds}`,
    );
  }
  const notMeasured: NotMeasured[] = [];
  let entrants: Entrant[] = [];

  function fail(subject: string, error: unknown): void {
    notMeasured.push({ subject, reason: firstLine(error) });
  }

  async function close({ subject, running }: Entrant): Promise<void> {
    try {
      await withDeadline(running.close(), deadlineMs, "close()");
    } catch (error) {
      fail(subject.name, error);
    }
  }

  /** Takes a step with one subject; if that fails, the subject leaves the comparison. */
  async function step(
    entrant: Entrant,
    what: string,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await withDeadline(work(), deadlineMs, what);
    } catch (error) {
      fail(entrant.subject.name, error);
      entrants = entrants.filter((other) => other !== entrant);
      await close(entrant);
    }
  }

  async function timed(
    { running }: Entrant,
    iterations: number,
  ): Promise<[result: number | Reading, elapsed: number]> {
    const start = now();
    const result = await running.run(iterations);
    // A clock that did not advance would make rates infinite.
    return [result, Math.max(now() - start, 1e-6)];
  }

  /** Warms up, and finds how many iterations fill a round. */
  async function calibrate(entrant: Entrant): Promise<void> {
    const start = now();
    let iterations = 1;
    let wasSlow = false;
    for (;;) {
      const [operations, elapsed] = await timed(entrant, iterations);
      if (typeof operations !== "number") return;
      if (elapsed > slowMs) {
        // Once it may have been the machine; twice it is the subject.
        if (wasSlow) {
          const { label, of } = scenario.unit;
          throw new Error(
            `too slow for rounds of this length: ${
              Math.round(of(operations, elapsed)).toLocaleString("en-US")
            } ${label} while it warmed up`,
          );
        }
        wasSlow = iterations === 1;
        iterations = Math.max(1, iterations >> 3);
        continue;
      }
      wasSlow = false;
      const fitting = Math.max(1, Math.round(operations / elapsed * roundMs));
      entrant.iterations = fitting;
      const spent = now() - start;
      const isFound = elapsed >= roundMs / 2 || spent >= 2 * roundMs;
      if (isFound && spent >= warmMs) return;
      // The first runs are cold and say too little: approach by steps.
      iterations = Math.min(fitting, iterations * 8);
    }
  }

  async function round(entrant: Entrant): Promise<void> {
    const [operations, elapsed] = await timed(entrant, entrant.iterations);
    if (typeof operations !== "number") {
      entrant.values.push(operations.value);
      for (const [what, value] of Object.entries(operations.besides ?? {})) {
        (entrant.besides[what] ??= []).push(value);
      }
      return;
    }
    entrant.values.push(scenario.unit.of(operations, elapsed));
    // Rounds follow the rate, which compilation goes on raising, but not one outlier.
    const fitting = operations / elapsed * roundMs;
    const { iterations } = entrant;
    entrant.iterations = Math.max(
      1,
      Math.round(Math.min(Math.max(fitting, iterations / 2), iterations * 2)),
    );
  }

  for (const subject of scenario.subjects) {
    let expired = false;
    try {
      const setup = subject.setup();
      // One that comes too late must not leave its threads to the subjects that are measured.
      setup.then((running) => expired && running.close()).catch(() => {});
      const running = await withDeadline(setup, deadlineMs, "setup()");
      entrants.push({
        subject,
        running,
        values: [],
        besides: {},
        iterations: 1,
      });
    } catch (error) {
      expired = true;
      fail(subject.name, error);
    }
  }

  try {
    using _arranged = scenario.arrange?.();
    for (const entrant of [...entrants]) {
      await step(
        entrant,
        "check()",
        () => entrant.running.check?.() ?? Promise.resolve(),
      );
    }
    for (const entrant of [...entrants]) {
      await step(entrant, "warming up", () => calibrate(entrant));
    }
    for (let i = 0; i < rounds; i++) {
      for (const entrant of rotated(entrants, i)) {
        if (settleMs > 0) {
          await new Promise((resolve) => setTimeout(resolve, settleMs));
        }
        await step(entrant, "a round", () => round(entrant));
      }
    }
    for (const entrant of [...entrants]) {
      await step(
        entrant,
        "check()",
        () => entrant.running.check?.() ?? Promise.resolve(),
      );
    }
  } finally {
    for (const entrant of entrants) await close(entrant);
  }

  const baseline = entrants.find(({ subject }) =>
    subject.name === scenario.baseline
  )?.values;
  const rival = bestRival(scenario, entrants);
  const measured = entrants.map(({ subject, values, besides }): Measured => ({
    subject: subject.name,
    values,
    besides: Object.fromEntries(
      Object.entries(besides).map(([what, all]) => [what, median(all)]),
    ),
    ...summary(values),
    ratio: baseline && summary(ratios(values, baseline)),
    toBestRival: rival && summary(ratios(values, rival.values)),
  }));
  return {
    scenario,
    notMeasured,
    measured,
    bestRival: rival?.subject.name,
    bars: (scenario.bars ?? []).flatMap((bar) =>
      judge(bar, measured, rival?.subject.name) ?? []
    ),
  };
}

/** The rival with the best median, if any was measured. */
function bestRival(
  { rivals = [], unit }: Scenario,
  entrants: readonly Entrant[],
): Entrant | undefined {
  const sign = unit.better === "lower" ? 1 : -1;
  return entrants.filter(({ subject }) => rivals.includes(subject.name))
    .toSorted((a, b) => sign * (median(a.values) - median(b.values)))[0];
}

/** A copy that starts with another element for each `by`. */
export function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function firstLine(error: unknown): string {
  const text = error instanceof Error
    ? `${error.name}: ${error.message}`
    : String(error);
  return text.split("\n", 1)[0]!;
}

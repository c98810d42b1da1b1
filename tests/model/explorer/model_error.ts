/**
 * What the explorer throws.
 *
 * @module
 */

/** What is wrong with a schedule. */
export type Violation =
  /** A thread or the check threw. */
  | "exception"
  /** All unfinished threads sleep: a wake-up was lost. */
  | "deadlock"
  /** Two unordered accesses to one byte, at least one of them plain. */
  | "data race"
  /** More steps than `maxSteps`. */
  | "livelock"
  /** The program does what the model does not cover. */
  | "unsupported";

/** A schedule that breaks a rule, with all of its steps. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  /** What kind of rule. */
  readonly violation: Violation;
  /** What is wrong, without the schedule. */
  readonly reason: string;
  /** The steps of the schedule in order, one line each. */
  readonly trace: readonly string[];

  constructor(
    violation: Violation,
    reason: string,
    trace: readonly string[],
    options?: ErrorOptions,
  ) {
    super(
      `${violation}: ${reason}\nThe schedule, ${trace.length} lines:\n` +
        trace.map((line) => `  ${line}`).join("\n"),
      options,
    );
    this.violation = violation;
    this.reason = reason;
    this.trace = trace;
  }
}

/** The same inside the explorer, before the schedule is known. */
export class Failure {
  readonly violation: Violation;
  readonly reason: string;
  readonly cause: unknown;

  constructor(violation: Violation, reason: string, cause?: unknown) {
    this.violation = violation;
    this.reason = reason;
    this.cause = cause;
  }
}

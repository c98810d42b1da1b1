/**
 * What stands in line: jobs, and what else takes a place between them.
 *
 * @module
 */

/** Any job. */
// deno-lint-ignore no-explicit-any -- it is called with what it was asked for with
export type AnyJob = (...args: any[]) => unknown;

/** A place in a line. */
export abstract class Step {
  /** The step behind. */
  next: Step | undefined = undefined;
  /** Why the line stands still while this is under way; for messages. */
  get holds(): string {
    return "a job of it is under way and waits for a promise";
  }

  /** Does its work. The step holds the line until a promise that it returns is settled. */
  abstract run(given: readonly unknown[]): unknown;

  /** The work is done. */
  abstract done(value: unknown): void;

  /**
   * The work has failed, or will never be done.
   *
   * @returns Whether somebody is told so by this.
   */
  abstract failed(reason: unknown): boolean;

  /** Whether a failure is one of a job, which may have left the data half changed. */
  get hasJobRun(): boolean {
    return true;
  }

  /** Whether it has to run in any case, also where those before it have poisoned the object. */
  get isLast(): boolean {
    return false;
  }

  /**
   * It will not be run.
   *
   * @param reason Makes the reason, which is not needed if nobody waits.
   */
  dropped(reason: () => unknown): void {
    this.failed(reason());
  }

  /** Aborted when it is given up while it runs. Default: nobody can. */
  get signal(): AbortSignal {
    return new AbortController().signal;
  }

  /** Ends a suspension. */
  lift(): void {}
}

/** A job for whose result nobody waits. */
export class BackgroundStep extends Step {
  readonly #job: AnyJob;
  readonly #args: readonly unknown[];

  constructor(job: AnyJob, args: readonly unknown[]) {
    super();
    this.#job = job;
    this.#args = args;
  }

  override run(given: readonly unknown[]): unknown {
    return callJob(this.#job, given, this.#args);
  }

  override done(): void {}

  override failed(): boolean {
    return false;
  }

  /** Nobody waits for it, and why it was dropped was reported. */
  override dropped(): void {}
}

/** Calls a job. Spreading two lists costs more than most jobs: the common cases do not. */
export function callJob(
  job: AnyJob,
  given: readonly unknown[],
  args: readonly unknown[],
): unknown {
  if (args.length === 0) {
    if (given.length === 1) return job(given[0]);
    if (given.length === 0) return job();
  } else if (args.length === 1) {
    if (given.length === 1) return job(given[0], args[0]);
    if (given.length === 0) return job(args[0]);
  }
  return job(...given, ...args);
}

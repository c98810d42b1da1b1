import { ResultStep, type StepLine } from "./result_step.ts";
import type { AnyJob } from "./step.ts";

/** A job that gets what a promise resolves to, and keeps its place until then. */
export class AfterStep extends ResultStep {
  /** What the job gets: first of all the output. */
  readonly #args: unknown[];
  /** Resolves when the promise is settled, either way; undefined from then on. */
  #settled: Promise<void> | undefined;
  #rejection: { readonly reason: unknown } | undefined = undefined;

  constructor(
    line: StepLine,
    promise: PromiseLike<unknown>,
    job: AnyJob,
    args: readonly unknown[],
  ) {
    const all = [undefined, ...args];
    super(line, job, all);
    this.#args = all;
    // At once, or a rejection would be one that nobody handles until it is its turn.
    this.#settled = Promise.resolve(promise).then(
      (output) => {
        this.#args[0] = output;
        this.#settled = undefined;
      },
      (reason) => {
        this.#rejection = { reason };
        this.#settled = undefined;
      },
    );
  }

  override get hasJobRun(): boolean {
    return this.#rejection === undefined;
  }

  override get holds(): string {
    return "it waits for the promise of after()";
  }

  override run(given: readonly unknown[]): unknown {
    if (this.#settled !== undefined) {
      return this.#settled.then(() => this.run(given));
    }
    if (this.#rejection !== undefined) throw this.#rejection.reason;
    return super.run(given);
  }
}

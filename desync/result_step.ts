import type { Resolve } from "../workers/desk/kept_resolve.ts";
import type { JobOutcome, JoinableJob } from "./desync_future.ts";
import { type AnyJob, callJob, Step } from "./step.ts";
import type { CancellableJob } from "./sync_future.ts";

/** The line in which a step stands. */
export interface StepLine {
  /** Runs what stands in line until a step has an outcome. */
  runUntil(step: ResultStep): void;
}

/** A job whose result settles a promise. */
export class ResultStep extends Step implements JoinableJob, CancellableJob {
  /** What came out of it; undefined until then. */
  outcome: JobOutcome | undefined = undefined;
  readonly #line: StepLine;
  #job: AnyJob | undefined;
  #args: readonly unknown[];
  #resolve!: Resolve;
  #controller: AbortController | undefined = undefined;
  #isRunning = false;
  #isDetached = false;

  constructor(line: StepLine, job: AnyJob, args: readonly unknown[]) {
    super();
    this.#line = line;
    this.#job = job;
    this.#args = args;
  }

  resolves(resolve: Resolve): void {
    this.#resolve = resolve;
  }

  /** Aborted when it is cancelled while it runs. */
  override get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  override run(given: readonly unknown[]): unknown {
    const job = this.#job;
    if (job === undefined) return; // cancelled
    this.#isRunning = true;
    return callJob(job, given, this.#args);
  }

  override done(value: unknown): void {
    if (this.#settle({ state: "done", value })) this.#resolve(value);
  }

  override failed(reason: unknown): boolean {
    // Who has cancelled it wants to hear no more of it.
    if (!this.#settle({ state: "failed", reason })) return true;
    this.#resolve(Promise.reject(reason));
    return !this.#isDetached;
  }

  detach(): boolean {
    if (this.outcome !== undefined) return false;
    return this.#isDetached = true;
  }

  join(): JobOutcome {
    if (this.outcome === undefined) this.#line.runUntil(this);
    return this.outcome!;
  }

  cancel(reason: unknown): boolean {
    if (this.outcome !== undefined) return false;
    this.failed(reason);
    if (this.#isRunning) this.#controller?.abort(reason);
    return true;
  }

  #settle(outcome: JobOutcome): boolean {
    if (this.outcome !== undefined) return false;
    this.outcome = outcome;
    // Whoever keeps the promise does not keep what the job needed.
    this.#job = undefined;
    this.#args = [];
    return true;
  }
}

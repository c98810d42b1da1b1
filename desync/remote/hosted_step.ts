/**
 * The steps of an object on its worker: jobs that other threads asked for.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import { foreignName } from "../../workers/functions/foreign_name.ts";
import type { FunctionStore } from "../../workers/functions/function_store.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import { callJob, Step } from "../step.ts";
import type { JobAsker } from "./job_asker.ts";

/** What a step is told about the object. */
export interface StepHost {
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** A step is over. To be told before anybody else. */
  finished(): void;
  /** A job has failed, which may poison the object. To be told before anybody else. */
  failing(error: unknown): void;
  /** A job has failed for whose result nobody waits. */
  report(error: unknown, asker: JobAsker): void;
}

/** How errors name the results of functions: most are asked for again and again. */
const labels = new WeakMap<LoadedFunction, string>();
let last: { readonly fn: LoadedFunction; readonly label: string } | undefined;

function labelOf(fn: LoadedFunction): string {
  if (last?.fn === fn) return last.label;
  const label = labels.get(fn) ?? `result of '${fn.name || "anonymous"}'`;
  labels.set(fn, label);
  last = { fn, label };
  return label;
}

/** A function and its arguments, as they were sent. */
export class SentJob {
  readonly #functions: FunctionStore;
  readonly #fn: number;
  /** Undefined as long as they cannot be read. */
  #args: readonly unknown[] | undefined = undefined;
  #frame: Reader | undefined = undefined;
  #missing: MissingExportsError | undefined = undefined;
  /** Why they can never be read. */
  #refusal: { readonly error: unknown } | undefined = undefined;
  #loaded: LoadedFunction | undefined = undefined;
  #hasBegun = false;

  /** Reads the rest of a frame, or keeps a copy if it cannot be read yet. */
  constructor(functions: FunctionStore, frame: Reader) {
    this.#functions = functions;
    this.#fn = frame.word();
    const start = frame.at;
    try {
      this.#args = decodeArguments(frame);
    } catch (error) {
      if (!(error instanceof MissingExportsError)) {
        this.#refusal = { error };
        return;
      }
      frame.at = start;
      this.#missing = error;
      this.#frame = frame.copy();
    }
  }

  /** Whether it certainly ends before its function returns. */
  get isSync(): boolean {
    if (this.#refusal !== undefined) return true;
    if (this.#args === undefined) return false;
    try {
      const loaded = this.#functions.load(this.#fn);
      return !(loaded instanceof Promise) && !loaded.isAsync;
    } catch {
      return true; // it fails with that
    }
  }

  /** Runs it, or begins to. */
  run(given: readonly unknown[]): unknown {
    if (this.#refusal !== undefined) throw this.#refusal.error;
    const loaded = this.#functions.load(this.#fn);
    if (loaded instanceof Promise || this.#args === undefined) {
      return this.#runLater(given, loaded);
    }
    this.#loaded = loaded;
    this.#hasBegun = true;
    return callJob(loaded.run, given, this.#args);
  }

  async #runLater(
    given: readonly unknown[],
    loading: LoadedFunction | Promise<LoadedFunction>,
  ): Promise<unknown> {
    const loaded = this.#loaded = await loading;
    if (this.#frame !== undefined) {
      await this.#missing!.import();
      this.#args = decodeArguments(this.#frame);
    }
    this.#hasBegun = true;
    return await callJob(loaded.run, given, this.#args!);
  }

  /** Whether its function was called. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** How errors name its result. */
  get label(): string {
    return labelOf(this.#loaded!);
  }

  /** What it has thrown, as it is told. */
  explain(error: unknown): unknown {
    return this.#loaded === undefined
      ? error
      : foreignName(error, this.#loaded);
  }
}

/** A step that a thread asked for. */
export abstract class AskedStep extends Step {
  protected readonly host: StepHost;
  /** Who has asked. */
  asker: JobAsker;

  constructor(host: StepHost, asker: JobAsker) {
    super();
    this.host = host;
    this.asker = asker;
  }

  /** Whether it certainly ends at once, so that it can run while this thread blocks. */
  get isSync(): boolean {
    return true;
  }

  override done(value: unknown): void {
    this.host.finished();
    this.asker.done(value, "result");
  }

  override failed(reason: unknown): boolean {
    if (this.hasJobRun) this.host.failing(reason);
    this.host.finished();
    if (this.asker.number === 0) this.host.report(reason, this.asker);
    else this.asker.failed(reason);
    return true;
  }

  override dropped(reason: () => unknown): void {
    this.host.finished();
    // Why it was dropped was said once to those for whose job nobody waits.
    if (this.asker.number !== 0) this.asker.failed(reason());
  }
}

/** A job that was to run only if nothing was before it. */
export class BusyStep extends AskedStep {
  override get hasJobRun(): boolean {
    return false;
  }

  override run(): void {}
}

/** A job. */
export class HostedStep extends AskedStep {
  /** What runs; undefined until it is there. */
  protected job: SentJob | undefined;
  /** Whether its result is one of several outcomes. */
  readonly #isTry: boolean;
  #isSkipped = false;
  #isRunning = false;
  #controller: AbortController | undefined = undefined;

  constructor(
    host: StepHost,
    asker: JobAsker,
    job: SentJob | undefined,
    isTry: boolean = false,
  ) {
    super(host, asker);
    this.job = job;
    this.#isTry = isTry;
  }

  override get isSync(): boolean {
    return this.job?.isSync === true;
  }

  override get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Nobody waits for it any more, while it is under way. */
  giveUp(reason: unknown): void {
    if (this.#isRunning) this.#controller?.abort(reason);
  }

  override run(given: readonly unknown[]): unknown {
    if (this.asker.isGone) {
      this.#isSkipped = true;
      return;
    }
    this.#isRunning = true;
    return this.job!.run(given);
  }

  override get hasJobRun(): boolean {
    return this.job?.hasBegun === true;
  }

  override done(value: unknown): void {
    this.host.finished();
    if (this.#isSkipped) this.asker.done(undefined, "");
    else {
      const { label } = this.job!;
      this.asker.done(this.#isTry ? [value] : value, label);
    }
  }

  override failed(reason: unknown): boolean {
    return super.failed(this.job?.explain(reason) ?? reason);
  }
}

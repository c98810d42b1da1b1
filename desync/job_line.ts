/**
 * The order of the jobs of one object on one thread.
 *
 * @module
 */

import { isThenable } from "../codec/thenable.ts";
import { DeadlockError } from "../sync/lock/lock_errors.ts";
import { ClosingStep } from "./closing_step.ts";
import type { OrderedOptions, TrySyncResult } from "./ordered.ts";
import { closedError, poisonedError } from "./refusals.ts";
import { reportFailure } from "./report_failure.ts";
import type { ResultStep, StepLine } from "./result_step.ts";
import { type AnyJob, BackgroundStep, callJob, type Step } from "./step.ts";
import { getReady, type Runnable } from "./turns.ts";

/** Nothing runs or waits, and jobs are taken; else a set of these. */
const FREE = 0;
const RUNNING = 1; //  a job is on the stack
const HELD = 2; //     what is under way waits for a promise
const QUEUED = 4; //   steps wait
const POISONED = 8; // a job has failed, and that matters
const CLOSED = 16; //  no more jobs are taken

const BUSY = RUNNING | HELD;
const REFUSING = POISONED | CLOSED;

/** One for all, as nobody may change it. */
const BUSY_RESULT: TrySyncResult<never> = Object.freeze({ state: "busy" });

/** Jobs of one object, one at a time. */
export class JobLine implements Runnable, StepLine {
  isReady = false;
  nextReady: Runnable | undefined = undefined;
  /** What each job gets in front of its arguments. */
  readonly #given: readonly unknown[];
  readonly #options: OrderedOptions;
  readonly #poisons: boolean;
  #status = FREE;
  #head: Step | undefined = undefined;
  #tail: Step | undefined = undefined;
  /** How many steps have come, and how many have left the line, modulo 2^32. */
  #came = 0;
  #left = 0;
  /** The step that runs or holds the line. */
  #current: Step | undefined = undefined;
  /** What the last job threw that has poisoned the object, and how many have. */
  #poison: unknown = undefined;
  #poisonings = 0;
  #closing: ClosingStep | undefined = undefined;
  #closingSignal: AbortController | undefined = undefined;
  /** What a promise is followed by; made when the first one is waited for. */
  #done: ((value: unknown) => void) | undefined = undefined;
  #failed: ((reason: unknown) => void) | undefined = undefined;

  constructor(given: readonly unknown[], options: OrderedOptions) {
    this.#given = given;
    this.#options = options;
    this.#poisons = options.onFailure === "poison";
  }

  get isPoisoned(): boolean {
    return (this.#status & POISONED) !== 0;
  }

  /** Aborted when no more jobs are taken. */
  get closing(): AbortSignal {
    if (this.#closingSignal === undefined) {
      this.#closingSignal = new AbortController();
      if (this.#closing !== undefined) this.#closingSignal.abort(closedError());
    }
    return this.#closingSignal.signal;
  }

  /** Aborted when the job that is under way is given up. */
  get signal(): AbortSignal {
    return this.#current?.signal ?? new AbortController().signal;
  }

  /** Whether there is a step that can run now. */
  get hasStep(): boolean {
    return (this.#status & (QUEUED | BUSY)) === QUEUED;
  }

  /** Why no job is taken, if none is. */
  refusal(action: string): Error | undefined {
    if ((this.#status & REFUSING) === 0) return undefined;
    return this.isPoisoned
      ? poisonedError(this.#poison, action)
      : closedError(action);
  }

  /** @throws {DesyncClosedError} If it is closed. */
  checkOpen(action: string): void {
    if (this.#closing !== undefined) throw closedError(action);
  }

  /** Whether a step runs, or holds the line. */
  get isBusy(): boolean {
    return (this.#status & BUSY) !== 0;
  }

  /** Puts a step at the end. */
  add(step: Step): void {
    this.append(step);
    if ((this.#status & HELD) === 0) getReady(this);
  }

  /** Puts a step at the end, for who runs it. */
  protected append(step: Step): void {
    if (this.#tail === undefined) this.#head = step;
    else this.#tail.next = step;
    this.#tail = step;
    this.#came = (this.#came + 1) | 0;
    this.#status |= QUEUED;
  }

  /** Is told what has poisoned the object. */
  protected onPoison(_cause: unknown): void {}

  /** Puts a job at the end for whose result nobody waits. */
  desync(job: AnyJob, args: readonly unknown[]): void {
    if ((this.#status & REFUSING) !== 0) throw this.refusal("run job");
    this.add(new BackgroundStep(job, args));
  }

  /** Runs all that stands in line, then a job. */
  sync(job: AnyJob, args: readonly unknown[]): unknown {
    if (this.#status !== FREE) this.#makeWay();
    return this.#runHere(job, args);
  }

  /** Runs a job if nothing runs or stands in line. */
  trySync(job: AnyJob, args: readonly unknown[]): TrySyncResult<unknown> {
    if (this.#status !== FREE) {
      const refusal = this.refusal("run job");
      if (refusal !== undefined) throw refusal;
      return BUSY_RESULT;
    }
    return { state: "ok", value: this.#runHere(job, args) };
  }

  runUntil(step: ResultStep): void {
    while (step.outcome === undefined) {
      this.#checkNotBusy("wait for job");
      this.#runHead();
    }
  }

  runSteps(limit: number): number {
    let steps = 0;
    for (; steps < limit && this.hasStep; steps++) this.#runHead();
    return steps;
  }

  clearPoison(): void {
    this.#status &= ~POISONED;
  }

  /** Closes the line, and resolves when all are done that stand in it, and `dispose` at last. */
  close(dispose: AnyJob | undefined): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = new ClosingStep(dispose);
      this.#status |= CLOSED;
      this.#current?.lift();
      for (let step = this.#head; step; step = step.next) step.lift();
      this.add(this.#closing);
      this.#closingSignal?.abort(closedError());
    }
    return this.#closing.closed;
  }

  /** Runs all that stood in line when it was called. */
  #makeWay(): void {
    const refusal = this.refusal("run job");
    if (refusal !== undefined) throw refusal;
    const last = this.#came;
    const poisonings = this.#poisonings;
    // Counted, as `onError` may make way, too.
    while (((last - this.#left) | 0) > 0) {
      this.#checkNotBusy("run job");
      this.#runHead();
      // Whoever stood behind the failure does not run, nor does this job: also if
      // `onError` has repaired the data.
      if (this.#poisonings !== poisonings) {
        throw poisonedError(this.#poison, "run job");
      }
    }
    this.#checkNotBusy("run job");
  }

  #checkNotBusy(action: string): void {
    if (!this.isBusy) return;
    throw new DeadlockError(
      (this.#status & RUNNING) !== 0
        ? `Cannot ${action} as a job of the same object is running, which would wait for itself`
        : `Cannot ${action} while this thread is blocked as ${
          this.#current!.holds
        }: await a future instead`,
    );
  }

  #runHere(job: AnyJob, args: readonly unknown[]): unknown {
    this.#status |= RUNNING;
    let result: unknown;
    let isHolding = false;
    try {
      result = callJob(job, this.#given, args);
      isHolding = isThenable(result);
    } catch (error) {
      this.#status &= ~RUNNING;
      if (this.#poisons) this.#poisonBy(error);
      throw error;
    }
    this.#status &= ~RUNNING;
    if (isHolding) this.#refuseToWait(result as PromiseLike<unknown>);
    return result;
  }

  #refuseToWait(promise: PromiseLike<unknown>): never {
    this.#hold(new BackgroundStep(() => {}, []), promise);
    throw new DeadlockError(
      "Cannot wait for the promise that the job returned as it is settled on this thread: await a future instead",
    );
  }

  #runHead(): void {
    const step = this.#head!;
    this.#head = step.next;
    step.next = undefined;
    this.#left = (this.#left + 1) | 0;
    if (this.#head === undefined) {
      this.#tail = undefined;
      this.#status &= ~QUEUED;
    }
    this.#current = step;
    this.#status |= RUNNING;
    let result: unknown;
    let isHolding = false;
    try {
      result = step.run(this.#given);
      isHolding = isThenable(result);
    } catch (error) {
      this.#status &= ~RUNNING;
      this.#current = undefined;
      this.#fail(step, error);
      return;
    }
    this.#status &= ~RUNNING;
    this.#current = undefined;
    if (isHolding) this.#hold(step, result as PromiseLike<unknown>);
    else step.done(result);
  }

  #hold(step: Step, promise: PromiseLike<unknown>): void {
    this.#current = step;
    this.#status |= HELD;
    this.#done ??= (value) => this.#release().done(value);
    this.#failed ??= (reason) => this.#fail(this.#release(), reason);
    try {
      Promise.resolve(promise).then(this.#done, this.#failed);
    } catch (error) {
      this.#failed(error); // an odd `constructor` or `then`
    }
  }

  #release(): Step {
    const step = this.#current!;
    this.#current = undefined;
    this.#status &= ~HELD;
    if (this.hasStep) getReady(this);
    return step;
  }

  #fail(step: Step, reason: unknown): void {
    const isTold = step.failed(reason);
    if (this.#poisons && step.hasJobRun) this.#poisonBy(reason);
    if (!isTold) reportFailure(reason, this.#options.onError);
  }

  #poisonBy(cause: unknown): void {
    this.#status = (this.#status | POISONED) & ~QUEUED;
    this.#poison = cause;
    this.#poisonings++;
    let step = this.#head;
    this.#head = this.#tail = undefined;
    this.#left = this.#came;
    while (step !== undefined) {
      const { next } = step;
      step.next = undefined;
      if (step.isLast) this.add(step);
      else step.dropped(() => poisonedError(cause, "run job"));
      step = next;
    }
    this.onPoison(cause);
  }
}

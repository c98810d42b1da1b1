/**
 * A task as the thread sees it that spawned it, from its start to its end.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { rejectWithStack } from "../errors.ts";
import type { AnyFunction } from "../functions/portable.ts";
import type { Resolve } from "../desk/kept_resolve.ts";
import type { NumberedCall } from "../desk/pending_calls.ts";
import type { ItemSink } from "../streams/inflow.ts";
import { decodeOutcome } from "./batch_frame.ts";
import { now } from "./clock.ts";
import type { Observation, ObservedCall } from "../telemetry/call_observer.ts";
import type { SpawnOptions } from "./spawn_options.ts";
import { Task } from "./task.ts";
import type { TaskForm, TaskPort } from "./task_port.ts";

/** What becomes of a task. */
export type TaskState =
  | "queued"
  | "running"
  | "done"
  | "failed"
  | "cancelled";

/** The longest time that a timer takes, in ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

const NOTHING = () => {};

/** A function that is run once. */
const PLAIN: TaskForm = {};

/** What ends a task before its time. */
interface Watch {
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/** A task that somebody waits for. */
export class TaskCall implements NumberedCall {
  /** The worker that it was sent to; -1: none yet. */
  worker: number;
  number = 0;
  ticket: number | undefined = undefined;
  /** Who watches it, if anybody does. */
  observation: Observation | undefined = undefined;
  mark: number | undefined = undefined;
  /** How much was sent, in bytes; of what goes beside the frame: without end. */
  byteLength = 0;
  /** When its time is up, in ms since the epoch; undefined: never. */
  readonly deadline: number | undefined;
  /** The task as its owner sees it: settles with it. */
  readonly promise: Task<unknown>;
  isResting = false;
  isEnding = false;
  readonly #port: TaskPort;
  readonly #fn: AnyFunction;
  readonly #options: SpawnOptions;
  readonly #form: TaskForm;
  #state: "pending" | "done" | "failed" | "cancelled" = "pending";
  #isOver = false;
  #outcome: unknown = undefined;
  #resolve!: Resolve;
  #over: PromiseWithResolvers<void> | undefined = undefined;
  #watch: Watch | undefined = undefined;

  /** A task that is about to be sent. */
  constructor(
    port: TaskPort,
    fn: AnyFunction,
    options: SpawnOptions,
    form: TaskForm = PLAIN,
  ) {
    const { worker, timeout } = options;
    this.#port = port;
    this.#fn = fn;
    this.#options = options;
    this.#form = form;
    this.worker = worker ?? -1;
    this.deadline = timeout === undefined || timeout === Infinity
      ? undefined
      : now() + timeout;
    this.promise = new Task(this);
  }

  /** For its promise: how that is resolved. */
  resolves(resolve: Resolve): void {
    this.#resolve = resolve;
  }

  /** Where parts of its answer go, as they come. */
  get items(): ItemSink | undefined {
    return this.#form.items;
  }

  /** Whether it is a stream, which has items and may have no end. */
  get isStream(): boolean {
    return this.#form.items !== undefined && !this.isBatch;
  }

  /** Whether its arguments are items, for each of which the function runs. */
  get isBatch(): boolean {
    return this.#form.isBatch === true;
  }

  /** How its answer is read, if that is no value. */
  get read(): ((answer: Reader) => unknown) | undefined {
    return this.isBatch ? decodeOutcome : undefined;
  }

  /** What errors and reports call it. */
  get name(): string {
    return this.#options.name ??
      ((typeof this.#fn === "function" && this.#fn.name) || "anonymous");
  }

  /** As it is shown to people. */
  get observed(): ObservedCall {
    const { name, worker } = this;
    const { family } = this.#form;
    return {
      family,
      method: family === undefined ? name : name.slice(family.length + 1),
      worker: worker < 0 ? undefined : worker,
    };
  }

  /** How errors call it. */
  get label(): string {
    return `task '${this.name}'`;
  }

  /** Whether it certainly ends before its function returns. */
  get isSync(): boolean {
    return Object.prototype.toString.call(this.#fn) === "[object Function]";
  }

  /** What became of it. */
  get state(): TaskState {
    if (this.#state !== "pending") return this.#state;
    return this.#port.isStarted(this) ? "running" : "queued";
  }

  /** Whether its promise is settled. */
  get isSettled(): boolean {
    return this.#state !== "pending";
  }

  /** Whether no thread has to do with it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when no thread has to do with it any more. */
  get over(): Promise<void> {
    this.#over ??= Promise.withResolvers();
    if (this.#isOver) this.#over.resolve();
    return this.#over.promise;
  }

  /** What it came to; to be asked when it is settled. */
  get outcome(): unknown {
    this.promise.catch(NOTHING); // it is observed here
    if (this.#state === "done") return this.#outcome;
    throw this.#outcome;
  }

  /** The worker that runs it, or did; -1: none. */
  get runner(): number {
    return this.#port.workerOf(this);
  }

  /** Ends it at a time, or by a signal. Called once it was sent. */
  watch(): void {
    if (this.isSettled) return;
    const { timeout = Infinity, signal } = this.#options;
    const onAbort = () => this.withdraw(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer = timeout <= LONGEST_TIMER
      ? setTimeout(() => this.#expire(), timeout)
      : undefined;
    this.#watch = { timer, signal, onAbort };
  }

  /** Its answer is a value. */
  resolve(value: unknown): void {
    this.#end();
    if (this.isSettled || this.#isLate()) return;
    this.#settle("done", value);
    this.#resolve(value);
  }

  /** Its answer is an error, or there will be none. */
  reject(reason: unknown): void {
    this.#end();
    if (this.isSettled || this.#isLate()) return;
    this.#fail("failed", this.#withName(reason));
  }

  /** Gives it up. Returns whether it was not settled yet. */
  cancel(reason: unknown): boolean {
    if (this.isSettled) return false;
    this.promise.catch(NOTHING); // who cancels it knows what becomes of it
    this.withdraw(reason);
    return true;
  }

  /** Ends a stream early; it is settled when the generator has ended. */
  stop(reason: unknown, how: "return" | "throw"): void {
    if (!this.#isOver) this.#port.withdraw(this, reason, how);
  }

  /** Gives it up if its time is up: timers do not run while a thread blocks. */
  expireIfLate(): boolean {
    return !this.isSettled && this.#isLate();
  }

  /** The earlier one of its own end and another. */
  earlier(deadline: Deadline): Deadline {
    const left = Math.max(0, this.deadline! - now());
    return deadline.slice(left) < left ? deadline : new Deadline(left);
  }

  /** Why a task ends that was cancelled without a reason. */
  aborted(): DOMException {
    return new DOMException(
      `Cannot complete ${this.label} as it was cancelled`,
      "AbortError",
    );
  }

  /** Blocks this thread until it is settled. */
  join(deadline: Deadline): unknown {
    if (!this.isSettled) this.#port.join(this, deadline);
    return this.outcome;
  }

  /** An answer that comes too late counts as none, as the worker saw it. */
  #isLate(): boolean {
    if (this.deadline === undefined || now() < this.deadline) return false;
    this.#expire();
    return true;
  }

  #expire(): void {
    this.withdraw(
      new DOMException(
        `Cannot complete ${this.label} within ${this.#options.timeout} ms`,
        "TimeoutError",
      ),
    );
  }

  /** Gives it up, for a reason of which its owner may not know. */
  withdraw(reason: unknown): void {
    if (this.isSettled) return;
    this.#fail("cancelled", reason);
    if (!this.#isOver) this.#port.withdraw(this, reason);
  }

  #fail(state: "failed" | "cancelled", reason: unknown): void {
    this.#settle(state, reason);
    rejectWithStack(this.#resolve, reason);
  }

  #settle(state: "done" | "failed" | "cancelled", outcome: unknown): void {
    this.#state = state;
    this.#outcome = outcome;
    if (state === "done") this.observation?.done();
    else this.observation?.failed(outcome);
    const watch = this.#watch;
    if (watch === undefined) return;
    clearTimeout(watch.timer);
    watch.signal?.removeEventListener("abort", watch.onAbort);
  }

  #end(): void {
    this.#isOver = true;
    this.#over?.resolve();
  }

  /** Errors say where they come from. */
  #withName(reason: unknown): unknown {
    if (reason instanceof Error && typeof reason.stack === "string") {
      const worker = this.worker < 0 ? "" : ` on worker ${this.worker}`;
      reason.stack += `\n    at [${this.label}${worker}]`;
    }
    return reason;
  }
}

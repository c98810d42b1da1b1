/**
 * The tasks of a worker: what others asked it to run.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import type { Answers } from "../host/answers.ts";
import type { Strays } from "../host/strays.ts";
import { foreignName } from "../functions/foreign_name.ts";
import type { FunctionStore } from "../functions/function_store.ts";
import type { LoadedFunction } from "../functions/loaded_function.ts";
import { isThenable } from "../../codec/thenable.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Outlets } from "../streams/outlets.ts";
import type { TaskOnStack, UnderWay } from "../fabric/running_words.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import type { TaskCells } from "../../sync/mail/task_cells.ts";
import type { SpanContext } from "../telemetry/open_telemetry.ts";
import { runObserved } from "../telemetry/run_observer.ts";
import { streamObserved } from "../telemetry/stream_observer.ts";
import { now } from "./clock.ts";
import { runBatch } from "./batch_run.ts";
import { HostedTask, type TaskOwner } from "./hosted_task.ts";
import { enterTask, type TaskContext } from "./task_context.ts";
import { STREAM, UNBOUND } from "./task_frame.ts";
import { TasksUnderWay } from "./tasks_under_way.ts";

/** What a host is told. */
export interface TaskHostOptions {
  /** The index of this worker. */
  readonly worker: number;
  /** Answers who asked. */
  readonly answers: Answers;
  /** Whose promises are rejected. */
  readonly strays: Strays;
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** Sends what generators yield. */
  readonly outlets: Outlets;
  /** Says what this worker runs. */
  readonly runs: (task: TaskOnStack | undefined) => void;
  /** Says what goes on here after an `await`. */
  readonly underWay: (what: UnderWay | undefined) => void;
  /** The cells of the tasks that a slot spawned. */
  readonly cellsOf: (slot: number) => TaskCells;
  /** The runtime, as seen from here. */
  readonly face: () => RuntimeFace;
}

/** Runs tasks. */
export class TaskHost implements TaskOwner {
  readonly #options: TaskHostOptions;
  /** Of each slot, the tasks that want to be told when they are given up. */
  readonly #told: Map<Peer, Map<number, TaskContext>> = new Map();
  /** How errors name the results of functions, by their numbers. */
  readonly #labels: string[] = [];
  /** Which functions have given promises though they are not `async`. */
  readonly #givePromises: boolean[] = [];
  readonly #underWay: TasksUnderWay;
  /** The task with a deadline that is on the stack. */
  #onStack: TaskOnStack | undefined;

  /** Runs nothing yet. */
  constructor(options: TaskHostOptions) {
    this.#options = options;
    this.#underWay = new TasksUnderWay(options.answers, options.underWay);
  }

  /** The index of this worker. */
  get worker(): number {
    return this.#options.worker;
  }

  /** The runtime, as seen from here. */
  get face(): RuntimeFace {
    return this.#options.face();
  }

  /**
   * Runs the task that a frame asks for.
   *
   * @throws {MissingExportsError} If its arguments cannot be read yet; then nothing was
   * done.
   */
  run(from: Peer, frame: Reader): void {
    const { answers, functions } = this.#options;
    const number = frame.word();
    const task = new HostedTask(this, from, number);
    let loaded: LoadedFunction | Promise<LoadedFunction>;
    try {
      task.read(frame);
      loaded = functions.load(task.fn);
    } catch (error) {
      if (error instanceof MissingExportsError) throw error;
      return answers.error(from, number, error);
    }
    // From here on the task counts as started.
    from.release();
    if (this.isGivenUp(task)) return answers.skipped(from, number);
    answers.begin(from, number);
    if (!(loaded instanceof Promise)) return this.#start(task, loaded);
    this.#underWay.add(task);
    loaded.then((loaded) => {
      this.#underWay.delete(task);
      if (!this.isGivenUp(task)) return this.#start(task, loaded);
      answers.givenUp(from, number); // it was meanwhile
    }, (error) => {
      this.#underWay.delete(task);
      answers.failed(from, number, error);
    });
  }

  /** Whether nobody waits for a task any more. */
  isGivenUp({ from, number, deadline }: HostedTask): boolean {
    return this.#options.cellsOf(from.slot).isCancelled(number) ||
      (deadline !== undefined && now() >= deadline);
  }

  /** Nobody waits for a task any more. */
  cancel(from: Peer, frame: Reader): void {
    const number = frame.word();
    const context = this.#told.get(from)?.get(number);
    const outlet = this.#options.outlets.of(from, number);
    if (context === undefined && outlet === undefined) return;
    const { reason, how } = readCancel(frame);
    from.release();
    context?.abort(reason);
    outlet?.stop(how, reason);
  }

  /** Whether a task can run while this thread blocks. */
  canRun(fn: number, flags: number): boolean {
    if ((flags & (UNBOUND | STREAM)) !== UNBOUND) return false;
    try {
      const loaded = this.#options.functions.load(fn);
      return !(loaded instanceof Promise) && !loaded.isAsync &&
        !loaded.isGenerator;
    } catch {
      return true; // it is answered with that
    }
  }

  /** A thread is gone: nobody tells its tasks anything. */
  forget(peer: Peer): void {
    this.#told.delete(peer);
    this.#options.outlets.forget(peer);
  }

  #start(task: HostedTask, loaded: LoadedFunction): void {
    const { from, number } = task;
    const { answers } = this.#options;
    task.loaded = loaded;
    if (task.caller !== undefined) loaded = traced(task, task.caller, loaded);
    const label = this.#labels[task.fn] ??= `result of '${
      loaded.name || "anonymous"
    }'`;
    if (task.window > 0) return this.#stream(task, loaded);
    const { strays } = this.#options;
    if (
      strays.isFollowing &&
      (loaded.isAsync || this.#givePromises[task.fn] === true)
    ) {
      loaded = this.#followed(task, loaded);
    }
    if (task.isBatch) return this.#runBatch(task, loaded, label);
    const { run } = loaded;
    const former = enterTask(task);
    const below = this.enterStack(task);
    // Who gives it up finds that it runs, or is found here to have done so.
    if (task.deadline !== undefined && this.isGivenUp(task)) {
      this.leaveStack(below);
      enterTask(former);
      return answers.givenUp(from, number);
    }
    let result: unknown;
    try {
      result = run(...task.args);
    } catch (error) {
      enterTask(former);
      this.leaveStack(below);
      return this.#failed(task, error);
    }
    enterTask(former);
    this.leaveStack(below);
    if (!isThenable(result)) {
      if (task.context !== undefined) this.#leave(task);
      return answers.done(from, number, result, label);
    }
    this.#givePromises[task.fn] = true;
    this.#underWay.add(task);
    strays.began(label);
    Promise.resolve(result).then((value) => {
      strays.ended(label);
      this.#leave(task);
      answers.done(from, number, value, label);
    }, (error) => {
      strays.ended(label);
      this.#failed(task, error);
    });
  }

  /**
   * Something runs that keeps this thread from all else: a task, or a method.
   *
   * @returns What was on the stack before, to be put back.
   */
  enterStack(task?: HostedTask): TaskOnStack | undefined {
    const below = this.#onStack;
    const next = task?.deadline === undefined ? undefined : task.onStack;
    if (next !== below) this.#options.runs(this.#onStack = next);
    return below;
  }

  /** It has returned. */
  leaveStack(below: TaskOnStack | undefined): void {
    if (below !== this.#onStack) this.#options.runs(this.#onStack = below);
  }

  /** The same function, which is told when something is rejected that it left behind. */
  #followed(task: HostedTask, loaded: LoadedFunction): LoadedFunction {
    const { strays } = this.#options;
    const { name } = task;
    const { run } = loaded;
    return {
      ...loaded,
      run: (...args) =>
        strays.follow(name, () => run(...args), (error) => {
          task.isStopped = true;
          task.context?.abort(error);
        }),
    };
  }

  /** Runs code of a task. */
  #enter<R>(task: HostedTask, run: () => R): R {
    const former = enterTask(task);
    const below = this.enterStack(task);
    try {
      return run();
    } finally {
      this.leaveStack(below);
      enterTask(former);
    }
  }

  #runBatch(task: HostedTask, { run }: LoadedFunction, label: string): void {
    const { from, number } = task;
    const { answers } = this.#options;
    runBatch(run, task.args, {
      get isGivenUp() {
        return task.isCancelled;
      },
      enter: (run) => this.#enter(task, run),
      done: (results) => {
        this.#leave(task);
        answers.doneBatch(from, number, results, label);
      },
      part: (index, value) => answers.item(from, number, [index, value], label),
      stop: (error) => {
        task.isStopped = true;
        task.context?.abort(error);
      },
      failed: (error) => this.#failed(task, error),
    });
  }

  #stream(task: HostedTask, loaded: LoadedFunction): void {
    const { from, number } = task;
    const { strays } = this.#options;
    const { name } = task;
    const enter = <R>(run: () => R): R =>
      this.#enter(
        task,
        strays.isFollowing && loaded.isAsync
          ? () => strays.part(name, run)
          : run,
      );
    let result: unknown;
    try {
      result = enter(() => loaded.run(...task.args));
    } catch (error) {
      return this.#failed(task, error);
    }
    this.#underWay.add(task);
    this.#options.outlets.open({
      from,
      number,
      label: `item of '${loaded.name || "anonymous"}'`,
      window: task.window,
      enter,
      explain: (error) => foreignName(error, loaded),
      ended: () => this.#leave(task),
    }, result);
  }

  #failed(task: HostedTask, error: unknown): void {
    this.#leave(task);
    const told = foreignName(error, task.loaded!);
    this.#options.answers.failed(task.from, task.number, told);
  }

  /** A task wants to be told when it is given up. */
  tell({ from, number }: HostedTask, context: TaskContext): void {
    let told = this.#told.get(from);
    if (told === undefined) this.#told.set(from, told = new Map());
    told.set(number, context);
  }

  /** A task has ended. */
  #leave(task: HostedTask): void {
    const { context, deadline, from, number } = task;
    if (context !== undefined) this.#told.get(from)?.delete(number);
    if (deadline !== undefined) this.#underWay.delete(task);
  }
}

/** The same function, with a span for each run. */
function traced(
  { name, worker, window }: HostedTask,
  caller: SpanContext,
  loaded: LoadedFunction,
): LoadedFunction {
  const call = { family: undefined, method: name, worker };
  const observe = window > 0 ? streamObserved : runObserved;
  return {
    ...loaded,
    run: (...args) => observe(call, caller, () => loaded.run(...args)),
  };
}

/** Why a task is given up, and how a stream is ended. */
function readCancel(
  frame: Reader,
): { reason: unknown; how: "throw" | "return" } {
  let reason: unknown;
  try {
    reason = decode(frame);
  } catch (error) {
    if (error instanceof CorruptFrameError) throw error;
    return { reason: error, how: "throw" }; // it cannot arrive, or not yet
  }
  return { reason, how: frame.word() === 1 ? "throw" : "return" };
}

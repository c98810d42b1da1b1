/**
 * The tasks of a worker: what others asked it to run.
 *
 * @module
 */

import { decode, decodeArguments } from "../../codec/decode.ts";
import type { Reader } from "../../codec/reader.ts";
import type { Answers } from "../answers.ts";
import { foreignName } from "../functions/foreign_name.ts";
import type { FunctionStore } from "../functions/function_store.ts";
import type { LoadedFunction } from "../functions/loaded_function.ts";
import { isThenable } from "../outcome.ts";
import type { Peer } from "../peer.ts";
import type { Outlets } from "../streams/outlets.ts";
import type { TaskOnStack } from "../running_words.ts";
import type { RuntimeFace } from "../runtime_face.ts";
import type { TaskCells } from "../../sync/mail/task_cells.ts";
import { now } from "./clock.ts";
import {
  enterTask,
  type RunningTask,
  type TaskContext,
} from "./task_context.ts";
import {
  decodeName,
  HAS_DEADLINE,
  HAS_NAME,
  STREAM,
  UNBOUND,
} from "./task_frame.ts";

/** What a host is told. */
export interface TaskHostOptions {
  /** The index of this worker. */
  readonly worker: number;
  /** Answers who asked. */
  readonly answers: Answers;
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** Sends what generators yield. */
  readonly outlets: Outlets;
  /** Says what this worker runs. */
  readonly runs: (task: TaskOnStack | undefined) => void;
  /** The cells of the tasks that a slot spawned. */
  readonly cellsOf: (slot: number) => TaskCells;
  /** The runtime, as seen from here. */
  readonly face: () => RuntimeFace;
}

/** Runs tasks. */
export class TaskHost {
  readonly #options: TaskHostOptions;
  /** Of each slot, the tasks that want to be told when they are given up. */
  readonly #told: Map<Peer, Map<number, TaskContext>> = new Map();
  /** How errors name the results of functions, by their numbers. */
  readonly #labels: string[] = [];
  /** The task with a deadline that is on the stack. */
  #onStack: TaskOnStack | undefined;

  /** Runs nothing yet. */
  constructor(options: TaskHostOptions) {
    this.#options = options;
  }

  /** The index of this worker. */
  get worker(): number {
    return this.#options.worker;
  }

  /** The runtime, as seen from here. */
  get face(): RuntimeFace {
    return this.#options.face();
  }

  /** Runs the task that a frame asks for. */
  run(from: Peer, frame: Reader): void {
    const { answers, functions } = this.#options;
    const number = frame.word();
    const task = new HostedTask(this, from, number);
    let loaded: LoadedFunction | Promise<LoadedFunction>;
    try {
      task.read(frame);
      loaded = functions.load(task.fn);
    } catch (error) {
      return answers.error(from, number, error);
    }
    // From here on the task counts as started.
    from.release();
    if (this.isGivenUp(task)) return answers.value(from, number, undefined, "");
    answers.begin();
    if (!(loaded instanceof Promise)) return this.#start(task, loaded);
    loaded.then(
      (loaded) =>
        // Meanwhile it may have been given up.
        this.isGivenUp(task)
          ? answers.done(from, number, undefined, "")
          : this.#start(task, loaded),
      (error) => answers.failed(from, number, error),
    );
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
    const reason = decode(frame);
    const how = frame.word() === 1 ? "throw" : "return";
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
    const label = this.#labels[task.fn] ??= `result of '${
      loaded.name || "anonymous"
    }'`;
    if (task.isStream) return this.#stream(task, loaded);
    const { run } = loaded;
    const former = enterTask(task);
    const below = this.enterStack(task);
    // Who gives it up finds that it runs, or is found here to have done so.
    if (task.deadline !== undefined && this.isGivenUp(task)) {
      this.leaveStack(below);
      enterTask(former);
      return answers.done(from, number, undefined, "");
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
    Promise.resolve(result).then((value) => {
      if (task.context !== undefined) this.#leave(task);
      answers.done(from, number, value, label);
    }, (error) => this.#failed(task, error));
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

  #stream(task: HostedTask, loaded: LoadedFunction): void {
    const { from, number } = task;
    const enter = <R>(run: () => R): R => {
      const former = enterTask(task);
      const below = this.enterStack(task);
      try {
        return run();
      } finally {
        this.leaveStack(below);
        enterTask(former);
      }
    };
    let result: unknown;
    try {
      result = enter(() => loaded.run(...task.args));
    } catch (error) {
      return this.#failed(task, error);
    }
    this.#options.outlets.open({
      from,
      number,
      label: `item of '${loaded.name || "anonymous"}'`,
      enter,
      explain: (error) => foreignName(error, loaded),
      ended: () => {
        if (task.context !== undefined) this.#leave(task);
      },
    }, result);
  }

  #failed(task: HostedTask, error: unknown): void {
    if (task.context !== undefined) this.#leave(task);
    const told = foreignName(error, task.loaded!);
    this.#options.answers.failed(task.from, task.number, told);
  }

  /** A task wants to be told when it is given up. */
  tell({ from, number }: HostedTask, context: TaskContext): void {
    let told = this.#told.get(from);
    if (told === undefined) this.#told.set(from, told = new Map());
    told.set(number, context);
  }

  #leave({ from, number }: HostedTask): void {
    this.#told.get(from)?.delete(number);
  }
}

/** A task that runs here for another thread. */
class HostedTask implements RunningTask {
  readonly from: Peer;
  readonly number: number;
  fn = 0;
  isStream = false;
  args: unknown[] = [];
  deadline: number | undefined = undefined;
  loaded: LoadedFunction | undefined = undefined;
  context: TaskContext | undefined = undefined;
  readonly #host: TaskHost;
  #name: string | undefined = undefined;

  constructor(host: TaskHost, from: Peer, number: number) {
    this.#host = host;
    this.from = from;
    this.number = number;
  }

  /** Reads what its frame says after the number. */
  read(frame: Reader): void {
    this.fn = frame.word();
    const flags = frame.word();
    this.isStream = (flags & STREAM) !== 0;
    if ((flags & HAS_DEADLINE) !== 0) this.deadline = frame.double();
    if ((flags & HAS_NAME) !== 0) this.#name = decodeName(frame);
    this.args = decodeArguments(frame);
  }

  get onStack(): TaskOnStack {
    return { owner: this.from.slot, number: this.number };
  }

  get name(): string {
    return this.#name ?? (this.loaded?.name || "anonymous");
  }

  get worker(): number {
    return this.#host.worker;
  }

  get runtime(): RuntimeFace {
    return this.#host.face;
  }

  get isCancelled(): boolean {
    return this.#host.isGivenUp(this);
  }

  asked(): void {
    this.#host.tell(this, this.context!);
  }
}

/**
 * Tasks without threads: turns of the calling thread's event loop.
 *
 * @module
 */

import { checkNotReading } from "../../codec/reading.ts";
import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { InlineCallbacks } from "../callbacks/inline_callbacks.ts";
import { QueueFullError, RuntimeClosedError } from "../errors.ts";
import { FunctionStore } from "../functions/function_store.ts";
import { loadedFunction } from "../functions/loaded_function.ts";
import type { AnyFunction } from "../functions/portable.ts";
import type { InlineCalls } from "../inline/inline_calls.ts";
import { newFrame } from "../inline/inline_copy.ts";
import type { InlineTurns } from "../inline/inline_turns.ts";
import { OpenStreams } from "../streams/open_streams.ts";
import { TaskStream } from "../streams/task_stream.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { InlineTask, type InlineTaskParts } from "./inline_task.ts";
import { workerForKey } from "./placement.ts";
import type { SpawnOptions } from "./spawn_options.ts";
import { TaskCall } from "./task_call.ts";
import type { TaskForm, TaskPort } from "./task_port.ts";
import { currentTask } from "./task_context.ts";

/** What the tasks of inline workers are told. */
export interface InlineTasksOptions {
  /** How many workers there are. */
  readonly size: number;
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** Watches them, if anybody wants that. */
  readonly observer: CallObserver;
}

/** What inline workers have in common. */
export interface InlineParts {
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** Whose turn it is. */
  readonly turns: InlineTurns;
  /** What is under way. */
  readonly calls: InlineCalls;
}

/** A method that is a generator. */
export interface InlineMethod {
  /** How errors call it: `family.method`. */
  readonly label: string;
  /** The name of its family. */
  readonly family: string;
  /** The worker that has the instance. */
  readonly worker: number;
  /** Calls it. */
  readonly run: AnyFunction;
}

/** The tasks of inline workers. */
export class InlineTasks implements TaskPort {
  /** The callbacks that were given. */
  readonly callbacks: InlineCallbacks = new InlineCallbacks();
  /** The streams that were opened. */
  readonly streams: OpenStreams = new OpenStreams();
  readonly takesBatches = false;
  size: number;
  /** The worker that is next in turn. */
  #turn = 0;
  readonly #maxQueued: number;
  readonly #observer: CallObserver;
  readonly #turns: InlineTurns;
  readonly #calls: InlineCalls;
  readonly #functions = FunctionStore.inline({ currentTask });
  readonly #running = new Map<TaskCall, InlineTask>();

  /** None yet. */
  constructor(
    { size, maxQueued, observer }: InlineTasksOptions,
    turns: InlineTurns,
    calls: InlineCalls,
  ) {
    this.size = size;
    this.#maxQueued = maxQueued;
    this.#observer = observer;
    this.#turns = turns;
    this.#calls = calls;
  }

  /** What the tasks use, for what else is done on inline workers. */
  get parts(): InlineParts {
    return {
      functions: this.#functions,
      turns: this.#turns,
      calls: this.#calls,
    };
  }

  spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: SpawnOptions,
    form?: TaskForm,
  ): TaskCall {
    return this.#spawn(fn, args, options, {
      form,
      isMethod: false,
      loader: () => {
        const number = this.#functions.numberOf(fn);
        return () => this.#functions.load(number);
      },
    });
  }

  /** Calls a method that is a generator. */
  stream(
    { label, family, worker, run }: InlineMethod,
    args: readonly unknown[],
  ): TaskStream<unknown> {
    const loaded = loadedFunction(label, run, undefined, "");
    return new TaskStream(
      this,
      (items) =>
        this.#spawn(run, args, { worker, name: label }, {
          form: { items, family },
          isMethod: true,
          loader: () => () => loaded,
        }),
    );
  }

  #spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: SpawnOptions,
    { form, isMethod, loader }: Origin,
  ): TaskCall {
    const call = new TaskCall(this, fn, options, form);
    const { signal } = options;
    if (this.#calls.closed) {
      call.reject(new RuntimeClosedError(`start ${call.label}`));
      return call;
    }
    if (signal?.aborted) {
      call.withdraw(signal.reason);
      return call;
    }
    if (call.worker < 0) call.worker = this.#workerFor(options);
    if (
      form?.isBounded !== true && !isMethod &&
      this.#calls.loadOf(call.worker) >= this.#maxQueued
    ) {
      call.reject(new QueueFullError(call.label, this.#maxQueued));
      return call;
    }
    try {
      const load = loader();
      const out = newFrame();
      const takeBack = this.callbacks.send(out, args, call);
      if (takeBack !== undefined) call.over.then(takeBack);
      const isUnbound = call.worker < 0;
      if (isUnbound) call.worker = this.#calls.pick();
      if (this.#observer.active) {
        call.observation = this.#observer.begin(call.observed);
      }
      const task = new InlineTask({
        call,
        turns: this.#turns,
        options,
        isUnbound,
        isMethod,
        load,
        arguments: out,
        begin: () => this.#calls.start(task),
        end: (settle) => this.#end(task, settle),
      });
      this.#running.set(call, task);
      this.#calls.add(task);
      this.#turns.add(task);
      if (options.timeout !== undefined || signal !== undefined) call.watch();
      if (call.isStream) this.streams.add(call);
    } catch (error) {
      call.reject(error);
    }
    return call;
  }

  /** The worker that a task is bound to which names none; -1: one with little to do. */
  #workerFor({ key, near, placement }: SpawnOptions): number {
    if (key !== undefined) return workerForKey(key, this.size);
    if (near !== undefined || placement !== "round robin") {
      // There are no nodes here; and who is bound to the least loaded one is not free.
      return placement === "least loaded" ? this.#calls.pick() : -1;
    }
    return this.#turn++ % this.size;
  }

  /** What is awaited holds the program open by itself: it runs here. */
  expect(): void {}

  isStarted(call: TaskCall): boolean {
    const task = this.#running.get(call);
    return task !== undefined && !this.#turns.isWaiting(task);
  }

  workerOf(call: TaskCall): number {
    return call.worker;
  }

  withdraw(call: TaskCall, reason: unknown, how?: "return" | "throw"): void {
    const task = this.#running.get(call);
    if (task === undefined) call.reject(reason);
    else task.cancel(reason, how);
  }

  join(call: TaskCall): void {
    if (!call.isSettled) checkNotReading("join", call.label);
    const task = this.#running.get(call);
    if (task !== undefined && this.#turns.isWaiting(task)) {
      if (!this.#turns.isBusy(call.worker)) this.#turns.beginUpTo(task);
      else if (task.isUnbound && call.isSync) this.#turns.begin(task);
    }
    this.callbacks.runAll();
    if (call.isSettled) return;
    throw new DeadlockError(
      `Cannot join ${call.label} as it waits for this thread: worker ${call.worker} runs on it`,
    );
  }

  #end(task: InlineTask, settle: () => unknown): void {
    const { call } = task;
    this.#running.delete(call);
    this.#calls.remove(task);
    let value: unknown;
    try {
      value = settle();
    } catch (error) {
      this.#calls.end(task, task.isCancelled ? "cancelled" : "failed");
      return call.reject(error);
    }
    this.#calls.end(task, "done");
    call.resolve(value);
  }
}

/** What is run for a call. */
interface Origin {
  /** What it is besides. */
  readonly form: TaskForm | undefined;
  /** Whether it is a method, which is no task. */
  readonly isMethod: boolean;
  /** Finds the function, or what is wrong with it; what that gives loads it. */
  readonly loader: () => InlineTaskParts["load"];
}

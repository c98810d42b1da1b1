/**
 * Tasks without threads: turns of the calling thread's event loop.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import type { Writer } from "../../codec/writer.ts";
import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { InlineCallbacks } from "../callbacks/inline_callbacks.ts";
import { QueueFullError, RuntimeClosedError } from "../errors.ts";
import { foreignName } from "../functions/foreign_name.ts";
import { FunctionStore } from "../functions/function_store.ts";
import {
  type LoadedFunction,
  loadedFunction,
} from "../functions/loaded_function.ts";
import type { AnyFunction } from "../functions/portable.ts";
import type { InlineCalls } from "../inline_calls.ts";
import { copyOf, copyOfFailure, newFrame, readBack } from "../inline_copy.ts";
import type { InlineTurns, Turn } from "../inline_turns.ts";
import { isThenable } from "../outcome.ts";
import type { RuntimeFace } from "../runtime_face.ts";
import { type ItemSink, WINDOW } from "../streams/inflow.ts";
import { OpenStreams } from "../streams/open_streams.ts";
import { Outlet } from "../streams/outlet.ts";
import { TaskStream } from "../streams/task_stream.ts";
import { now } from "./clock.ts";
import { workerForKey } from "./placement.ts";
import type { PlacedOptions, SpawnOptions } from "./spawn_options.ts";
import { TaskCall, type TaskPort } from "./task_call.ts";
import {
  currentTask,
  enterTask,
  type RunningTask,
  type TaskContext,
} from "./task_context.ts";

/** The tasks of inline workers. */
export class InlineTasks implements TaskPort {
  /** The callbacks that were given. */
  readonly callbacks: InlineCallbacks = new InlineCallbacks();
  /** The streams that were opened. */
  readonly streams: OpenStreams = new OpenStreams();
  size: number;
  readonly #maxQueued: number;
  readonly #turns: InlineTurns;
  readonly #calls: InlineCalls;
  readonly #functions = FunctionStore.inline({ currentTask });
  readonly #running = new Map<TaskCall, InlineTask>();

  /** None yet. */
  constructor(
    { size, maxQueued }: { size: number; maxQueued: number },
    turns: InlineTurns,
    calls: InlineCalls,
  ) {
    this.size = size;
    this.#maxQueued = maxQueued;
    this.#turns = turns;
    this.#calls = calls;
  }

  spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: SpawnOptions,
    items?: ItemSink,
  ): TaskCall {
    return this.#spawn(fn, args, options, {
      items,
      isMethod: false,
      loader: () => {
        const number = this.#functions.numberOf(fn);
        return () => this.#functions.load(number);
      },
    });
  }

  /** Calls a method that is a generator. */
  stream(
    label: string,
    worker: number,
    run: AnyFunction,
    args: readonly unknown[],
  ): TaskStream<unknown> {
    const loaded = loadedFunction(label, run, undefined, "");
    return new TaskStream(
      this,
      (items) =>
        this.#spawn(run, args, { worker, name: label }, {
          items,
          isMethod: true,
          loader: () => () => loaded,
        }),
    );
  }

  #spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: PlacedOptions,
    { items, isMethod, loader }: Origin,
  ): TaskCall {
    if (options.key !== undefined && options.worker === undefined) {
      const worker = workerForKey(options.key, this.size);
      options = { ...options, worker };
    }
    const call = new TaskCall(this, fn, options);
    call.items = items;
    const { signal } = options;
    if (this.#calls.closed) {
      call.reject(new RuntimeClosedError(`start ${call.label}`));
      return call;
    }
    if (signal?.aborted) {
      call.withdraw(signal.reason);
      return call;
    }
    if (
      options.isBounded !== true && !isMethod &&
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
      const task = new InlineTask({
        call,
        turns: this.#turns,
        name: options.name,
        isUnbound,
        isMethod,
        load,
        arguments: out,
        end: (settle) => this.#end(task, settle),
      });
      this.#running.set(call, task);
      this.#calls.add(task);
      this.#turns.add(task);
      if (options.timeout !== undefined || signal !== undefined) call.watch();
      if (items !== undefined) this.streams.add(call);
    } catch (error) {
      call.reject(error);
    }
    return call;
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
      return call.reject(error);
    }
    call.resolve(value);
  }
}

/** What is run for a call. */
interface Origin {
  /** Where what it yields goes. */
  readonly items: ItemSink | undefined;
  /** Whether it is a method, which is no task. */
  readonly isMethod: boolean;
  /** Finds the function, or what is wrong with it; what that gives loads it. */
  readonly loader: () => InlineTaskParts["load"];
}

interface InlineTaskParts {
  readonly call: TaskCall;
  readonly turns: InlineTurns;
  readonly name: string | undefined;
  readonly isUnbound: boolean;
  readonly isMethod: boolean;
  readonly load: () => LoadedFunction | Promise<LoadedFunction>;
  readonly arguments: Writer;
  readonly end: (settle: () => unknown) => void;
}

/** A task that an inline worker has to do. */
class InlineTask implements Turn, RunningTask {
  readonly call: TaskCall;
  readonly worker: number;
  readonly isUnbound: boolean;
  context: TaskContext | undefined;
  isCancelled = false;
  readonly #parts: InlineTaskParts;
  #loaded: LoadedFunction | undefined;
  #outlet: Outlet | undefined;

  constructor(parts: InlineTaskParts) {
    this.call = parts.call;
    this.worker = parts.call.worker;
    this.isUnbound = parts.isUnbound;
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name ?? (this.#loaded?.name || "anonymous");
  }

  get deadline(): number | undefined {
    return this.call.deadline;
  }

  get runtime(): RuntimeFace {
    return this.#parts.turns.face!;
  }

  asked(): void {}

  /** Nobody waits for it any more. */
  cancel(reason: unknown, how: "return" | "throw" = "return"): void {
    this.isCancelled = true;
    // As from another thread: after this turn.
    queueMicrotask(() => {
      this.context?.abort(reason);
      this.#outlet?.stop(how, reason);
    });
  }

  reject(reason: Error): void {
    this.call.reject(reason);
  }

  run(): void {
    const { end, load } = this.#parts;
    let args: unknown[];
    let loaded: LoadedFunction | Promise<LoadedFunction>;
    try {
      args = decodeArguments(readBack(this.#parts.arguments));
      loaded = load();
    } catch (error) {
      return this.#failed(error);
    }
    if (this.#isGivenUp) return end(() => undefined);
    if (!(loaded instanceof Promise)) return this.#start(loaded, args);
    const { turns } = this.#parts;
    loaded.then((loaded) => {
      if (this.#isGivenUp) return end(() => undefined);
      turns.add({
        worker: this.worker,
        run: () => this.#start(loaded, args),
      });
    }, (error) => this.#failed(error));
  }

  get #isGivenUp(): boolean {
    const { deadline } = this;
    return this.isCancelled || (deadline !== undefined && now() >= deadline);
  }

  #start(loaded: LoadedFunction, args: unknown[]): void {
    const { end } = this.#parts;
    this.#loaded = loaded;
    const label = `result of '${loaded.name || "anonymous"}'`;
    const { run } = loaded;
    let result: unknown;
    try {
      result = this.#enter(() => run(...args));
    } catch (error) {
      return this.#failed(foreignName(error, loaded));
    }
    const { items } = this.call;
    if (items !== undefined) return this.#stream(items, loaded, result);
    if (!isThenable(result)) return end(() => copyOf(result, label));
    Promise.resolve(result).then(
      (value) => end(() => copyOf(value, label)),
      (error) => this.#failed(foreignName(error, loaded)),
    );
  }

  #stream(items: ItemSink, loaded: LoadedFunction, result: unknown): void {
    const { turns, isMethod, end } = this.#parts;
    const label = `item of '${loaded.name || "anonymous"}'`;
    const { worker } = this;
    const pull = (credit: number) =>
      turns.add({ worker, run: () => outlet.pull(credit) });
    const outlet = new Outlet({
      item: (value) => items.item(copyOf(value, label), { pull }),
      done: (value) => end(() => copyOf(value, label)),
      failed: (error) =>
        this.#failed(isMethod ? error : foreignName(error, loaded)),
      enter: (run) => turns.within(worker, () => this.#enter(run)),
      isBlocked: false,
    }, WINDOW);
    this.#outlet = outlet;
    outlet.start(result);
  }

  #enter<R>(run: () => R): R {
    if (this.#parts.isMethod) return run();
    const former = enterTask(this);
    try {
      return run();
    } finally {
      enterTask(former);
    }
  }

  #failed(error: unknown): void {
    this.#parts.end(() => {
      throw copyOfFailure(error);
    });
  }
}

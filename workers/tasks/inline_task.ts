/**
 * A task that runs in turns of the calling thread.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import type { Writer } from "../../codec/writer.ts";
import { foreignName } from "../functions/foreign_name.ts";
import type { LoadedFunction } from "../functions/loaded_function.ts";
import { isThenable } from "../../codec/thenable.ts";
import { copyOf, copyOfFailure, readBack } from "../inline/inline_copy.ts";
import type { InlineTurns, Turn } from "../inline/inline_turns.ts";
import { currentHome } from "../local/current_home.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import { type ItemSink, WINDOW } from "../streams/inflow.ts";
import { Outlet } from "../streams/outlet.ts";
import { runObserved } from "../telemetry/run_observer.ts";
import { streamObserved } from "../telemetry/stream_observer.ts";
import { now } from "./clock.ts";
import type { SpawnOptions } from "./spawn_options.ts";
import type { TaskCall } from "./task_call.ts";
import {
  enterTask,
  type RunningTask,
  type TaskContext,
} from "./task_context.ts";

/** What a task is made of. */
export interface InlineTaskParts {
  /** Who waits for it. */
  readonly call: TaskCall;
  /** Whose turns it takes. */
  readonly turns: InlineTurns;
  /** How it was spawned. */
  readonly options: SpawnOptions;
  /** Whether it was bound to no worker. */
  readonly isUnbound: boolean;
  /** Whether it is a method, which is no task. */
  readonly isMethod: boolean;
  /** Finds the function. */
  readonly load: () => LoadedFunction | Promise<LoadedFunction>;
  /** The frame with the arguments. */
  readonly arguments: Writer;
  /** Is told that its function is about to run. */
  readonly begin: () => void;
  /** Is told how it ended. */
  readonly end: (settle: () => unknown) => void;
}

/** A task that an inline worker has to do. */
export class InlineTask implements Turn, RunningTask {
  /** Who waits for it. */
  readonly call: TaskCall;
  readonly worker: number;
  /** Whether it was bound to no worker. */
  readonly isUnbound: boolean;
  context: TaskContext | undefined;
  isCancelled = false;
  readonly #parts: InlineTaskParts;
  /** Where it was asked for. */
  readonly #asker = currentHome();
  #loaded: LoadedFunction | undefined;
  #outlet: Outlet | undefined;

  /** A task that has not begun. */
  constructor(parts: InlineTaskParts) {
    this.call = parts.call;
    this.worker = parts.call.worker;
    this.isUnbound = parts.isUnbound;
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.options.name ?? (this.#loaded?.name || "anonymous");
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
    const { begin, end } = this.#parts;
    begin();
    this.#loaded = loaded;
    const label = `result of '${loaded.name || "anonymous"}'`;
    const { run } = loaded;
    const { observed, observation, items } = this.call;
    const caller = observation?.context;
    const observe = items === undefined ? runObserved : streamObserved;
    let result: unknown;
    try {
      result = this.#enter(() =>
        caller === undefined
          ? run(...args)
          : observe(observed, caller, () => run(...args))
      );
    } catch (error) {
      return this.#failed(foreignName(error, loaded));
    }
    if (items !== undefined) return this.#stream(items, loaded, result);
    if (!isThenable(result)) {
      return end(() => copyOf(result, label, this.#asker));
    }
    Promise.resolve(result).then(
      (value) => end(() => copyOf(value, label, this.#asker)),
      (error) => this.#failed(foreignName(error, loaded)),
    );
  }

  #stream(items: ItemSink, loaded: LoadedFunction, result: unknown): void {
    const { turns, isMethod, end, options: { window = WINDOW } } = this.#parts;
    const label = `item of '${loaded.name || "anonymous"}'`;
    const { worker } = this;
    const pull = (credit: number) =>
      turns.add({ worker, run: () => outlet.pull(credit) });
    const outlet = new Outlet({
      item: (value) => items.item(copyOf(value, label, this.#asker), { pull }),
      done: (value) => end(() => copyOf(value, label, this.#asker)),
      failed: (error) =>
        this.#failed(isMethod ? error : foreignName(error, loaded)),
      enter: (run) => turns.within(worker, () => this.#enter(run)),
      isBlocked: false,
    }, window);
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
      throw copyOfFailure(error, this.#asker);
    });
  }
}

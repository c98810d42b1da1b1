/**
 * How the instances of one family on inline workers are called: on copies, in turn.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import type { Writer } from "../../codec/writer.ts";
import type {
  Caller,
  ForwardedCall,
  WorkerPicker,
} from "../../linked/caller.ts";
import type { FamilyId } from "../../linked/known_families.ts";
import { signature } from "../../linked/signature.ts";
import type { Receiver } from "../callbacks/given.ts";
import {
  QueueFullError,
  rejectWithStack,
  RuntimeClosedError,
} from "../errors.ts";
import { isThenable } from "../../codec/thenable.ts";
import { type Method, resultOf } from "../host/outcome.ts";
import { currentHome } from "../local/current_home.ts";
import type { Home } from "../local/home.ts";
import { workerForKey } from "../tasks/placement.ts";
import type { InlineTasks } from "../tasks/inline_tasks.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { runObserved } from "../telemetry/run_observer.ts";
import type { InlineCalls } from "./inline_calls.ts";
import { copyOf, copyOfFailure, newFrame, readBack } from "./inline_copy.ts";
import type { InlineTurns } from "./inline_turns.ts";

/** An instance, as it is called. */
export interface InlineInstance {
  readonly instance: object;
  /** Its methods, by their numbers. */
  readonly methods: readonly Method[];
}

/** The workers that run on this thread. */
export interface InlineWorkers {
  /** What they have to do. */
  readonly turns: InlineTurns;
  /** What was asked of them and not answered. */
  readonly calls: InlineCalls;
  /** Their tasks, and how many they are. */
  readonly tasks: InlineTasks;
  /** Watches the calls, if anybody wants that. */
  readonly observer: CallObserver;
  /** How many calls each of them may have before none is forwarded. */
  readonly maxQueued: number;
}

/** A family, as it is called. */
export interface InlineFamily {
  readonly id: FamilyId;
  readonly name: string;
  /** The signatures of its methods, by their numbers. */
  readonly signatures: readonly string[];
  /** The instance of a worker. */
  readonly instanceOf: (worker: number) => InlineInstance;
}

/** A call of a method. */
interface Request {
  readonly worker: number;
  readonly method: number;
  readonly args: unknown[];
  /** What is done around its run. */
  readonly around?: ((run: () => unknown) => unknown) | undefined;
  /** Whether nobody waits for the result. */
  readonly isForwarded?: boolean;
  /** Where it was asked for. */
  readonly asker?: Home | undefined;
}

/** Who is told what a call comes to. */
interface Outcome {
  done(value: unknown): void;
  failed(reason: unknown): void;
}

/** What callbacks are given to that are given to methods. */
const METHOD: Receiver = {};

/** Calls the instances of one family. */
export class InlineCaller implements Caller {
  readonly id: FamilyId;
  readonly picker: WorkerPicker;
  readonly #family: InlineFamily;
  readonly #workers: InlineWorkers;
  readonly #names: readonly string[];
  readonly #labels: readonly string[];
  #next = 0;

  /** Calls a family of which each worker has an instance. */
  constructor(family: InlineFamily, workers: InlineWorkers) {
    const { calls, tasks } = workers;
    this.id = family.id;
    this.#family = family;
    this.#workers = workers;
    this.#names = family.signatures.map((text) => signature(text).name);
    this.#labels = this.#names.map((method) => resultOf(family.name, method));
    this.picker = {
      pick: () => calls.pick(),
      leastLoaded: () => calls.pick(),
      nextInTurn: () => this.#next++ % tasks.size,
      forKey: (key) => workerForKey(key, tasks.size),
      near: () => calls.pick(), // all of them are where this thread is
    };
  }

  get size(): number {
    return this.#workers.tasks.size;
  }

  call(worker: number, method: number, args: unknown[]): Promise<unknown> {
    const request = { worker, method, args };
    const { observer } = this.#workers;
    if (!observer.active) return this.#answered(request);
    const call = {
      family: this.#family.name,
      method: this.#names[method]!,
      worker,
    };
    return observer.watch(call, (caller) =>
      this.#answered({
        ...request,
        around: caller && ((run) => runObserved(call, caller, run)),
      }));
  }

  forward({ workers, method, args, onFailure }: ForwardedCall): void {
    const { calls, maxQueued, observer } = this.#workers;
    const label = `${this.#family.name}.${this.#names[method]!}`;
    for (const worker of workers) {
      if (calls.loadOf(worker) < maxQueued) continue;
      throw new QueueFullError(label, maxQueued);
    }
    for (const worker of workers) {
      const call = {
        family: this.#family.name,
        method: this.#names[method]!,
        worker,
      };
      const observation = observer.active ? observer.begin(call) : undefined;
      const caller = observation?.context;
      const request = {
        worker,
        method,
        args,
        around: caller &&
          ((run: () => unknown) => runObserved(call, caller, run)),
        isForwarded: true,
      };
      this.#make(request, {
        done: () => observation?.done(),
        failed: (reason) => {
          observation?.failed(reason);
          queueMicrotask(() => onFailure(reason));
        },
      });
    }
  }

  stream(
    label: string,
    worker: number,
    method: number,
    args: unknown[],
  ): AsyncIterableIterator<unknown> {
    const { instance, methods } = this.#family.instanceOf(worker);
    const run = (...args: unknown[]) => methods[method]!.apply(instance, args);
    const { name: family } = this.#family;
    return this.#workers.tasks.stream({ label, family, worker, run }, args);
  }

  #answered(request: Request): Promise<unknown> {
    return new Promise((resolve) => {
      this.#make(request, {
        done: resolve,
        failed: (reason) => rejectWithStack(resolve, reason),
      });
    });
  }

  /**
   * Makes a call.
   *
   * @throws {TypeError} If an argument cannot be sent.
   * @throws {RuntimeClosedError} If the runtime is closed.
   */
  #make(request: Request, outcome: Outcome): void {
    const { calls, tasks, turns } = this.#workers;
    if (calls.closed) {
      throw new RuntimeClosedError(request.isForwarded ? "forward" : "call");
    }
    const out = newFrame();
    const takeBack = tasks.callbacks.send(out, request.args, METHOD);
    const { worker } = request;
    const asker = currentHome();
    let isSettled = false;
    /** Whether it is now: a runtime that is closed rejects what goes on. */
    const settles = () => {
      if (isSettled) return false;
      isSettled = true;
      // Callbacks that the method called just before it ended run first.
      if (takeBack !== undefined) queueMicrotask(takeBack);
      return true;
    };
    const reject = (reason: unknown) => {
      if (settles()) outcome.failed(reason);
    };
    const call = { worker, reject };
    calls.add(call);
    turns.add({
      worker,
      run: () => {
        calls.start(call);
        this.#run({ ...request, asker }, out, (settle) => {
          calls.remove(call);
          let value: unknown;
          try {
            value = settle();
          } catch (error) {
            reject(error);
            return calls.end(call, "failed");
          }
          if (settles()) outcome.done(value);
          calls.end(call, "done");
        });
      },
    });
  }

  /** Runs a method on copies, and gives a copy of what it comes to. */
  #run(
    { worker, method, around = plainly, isForwarded = false, asker }: Request,
    out: Writer,
    end: (settle: () => unknown) => void,
  ): void {
    const { instance, methods } = this.#family.instanceOf(worker);
    const label = this.#labels[method]!;
    const done = (value: unknown) =>
      end(() => isForwarded ? undefined : copyOf(value, label, asker));
    const failed = (error: unknown) =>
      end(() => {
        throw copyOfFailure(error, asker);
      });
    let result: unknown;
    try {
      const args = decodeArguments(readBack(out));
      result = around(() => methods[method]!.apply(instance, args));
    } catch (error) {
      return failed(error);
    }
    if (!isThenable(result)) return done(result);
    Promise.resolve(result).then(done, failed);
  }
}

function plainly(run: () => unknown): unknown {
  return run();
}

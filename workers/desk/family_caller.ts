/**
 * How a thread of a runtime calls the instances of one family.
 *
 * @module
 */

import type {
  Caller,
  ForwardedCall,
  WorkerPicker,
} from "../../linked/caller.ts";
import type { FamilyId } from "../../linked/known_families.ts";
import { signature } from "../../linked/signature.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { StatsTable } from "../stats/stats_table.ts";
import { workerForKey } from "../tasks/placement.ts";
import type { ThreadTasks } from "../tasks/thread_tasks.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { AllLoads } from "./all_loads.ts";
import type { Desk } from "./desk.ts";
import type { Directory } from "./directory.ts";
import { type ForwardedMethod, forwardMethod } from "./forward_call.ts";
import {
  type CalledFamily,
  type CallOfFamily,
  callsOf,
} from "./method_calls.ts";
import { WorkerTurns } from "./worker_turns.ts";

/** What a thread calls families by. */
export interface FamilyCallerOptions {
  /** Where all threads are. */
  readonly fabric: Fabric;
  /** Who the workers are. */
  readonly directory: Directory;
  /** Sends its calls. */
  readonly desk: Desk;
  /** Opens its streams. */
  readonly tasks: ThreadTasks;
  /** What all threads have counted. */
  readonly stats: StatsTable;
  /** Watches its calls, if anybody wants that. */
  readonly observer: CallObserver;
  /** How many calls of this thread to one worker may be forwarded at once. */
  readonly maxQueued: number;
  /** The node on which it runs, where known. */
  readonly nodeHere: () => number | undefined;
}

/** Calls the instances of a family from one thread. */
export class FamilyCaller implements Caller {
  readonly id: FamilyId;
  readonly picker: WorkerPicker;
  readonly call: CallOfFamily;
  readonly #options: FamilyCallerOptions;
  readonly #called: CalledFamily;
  /** By the numbers of the methods. */
  readonly #forwarded: readonly ForwardedMethod[];

  /** Calls a family that all workers have linked. */
  constructor(called: CalledFamily, options: FamilyCallerOptions) {
    const { fabric, directory, desk, nodeHere } = options;
    const { observer, maxQueued } = options;
    const { name, number, signatures } = called;
    this.#options = options;
    this.#called = called;
    this.#forwarded = signatures.map((text, method) => ({
      family: number,
      familyName: name,
      method,
      label: `${name}.${signature(text).name}`,
      observer,
      maxQueued,
    }));
    this.id = { runtime: fabric.handle.id, number };
    this.call = callsOf(called, desk, observer);
    const turns = new WorkerTurns();
    const allLoads = new AllLoads(options);
    this.picker = {
      pick: () => desk.loads.pick(),
      leastLoaded: () => allLoads.pick(),
      nextInTurn: () => turns.next(directory),
      forKey: (key) => workerForKey(key, directory.size),
      near: (node = nodeHere()) => desk.loads.pick(node),
    };
  }

  get size(): number {
    return this.#options.fabric.size;
  }

  forward(call: ForwardedCall): void {
    const { desk } = this.#options;
    forwardMethod(desk, this.#forwarded[call.method]!, call);
  }

  stream(
    label: string,
    worker: number,
    method: number,
    args: unknown[],
  ): AsyncIterableIterator<unknown> {
    const { name, number } = this.#called;
    const called = { label, familyName: name, worker, method, family: number };
    return this.#options.tasks.stream(called, args);
  }
}

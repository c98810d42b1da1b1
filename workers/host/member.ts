/**
 * A worker of a runtime as one that calls: its desk, and what it sees of the
 * other workers.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { STARTER } from "../life/control.ts";
import type { FunctionStore } from "../functions/function_store.ts";
import type { Injection } from "../injection/injection.ts";
import type { AffinityList } from "../runtime/affinity_list.ts";
import { enterRuntime, workerIndex } from "../runtime/inside.ts";
import type { Instances } from "./instances.ts";
import { Losses } from "./losses.ts";
import { callable, type Family } from "../../linked/family.ts";
import { knowFamilies } from "../../linked/known_families.ts";
import { RuntimeFace } from "../runtime/runtime_face.ts";
import { ThreadTasks } from "../tasks/thread_tasks.ts";
import { WaitTable } from "../fabric/wait_table.ts";
import { ThreadCallbacks } from "../callbacks/thread_callbacks.ts";
import { Desk } from "../desk/desk.ts";
import { FamilyCaller } from "../desk/family_caller.ts";
import type { StatsTable } from "../stats/stats_table.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { FabricDirectory } from "../desk/fabric_directory.ts";
import type { Fabric } from "../fabric/fabric.ts";
import { FAULT, RUNAWAY } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";

/** What a member is told. */
export interface MemberOptions {
  /** Where everything is. */
  readonly fabric: Fabric;
  /** Watches its calls, if anybody wants that. */
  readonly observer: CallObserver;
  /** Its mailbox. */
  readonly mailbox: Mailbox;
  /** Where the workers live. */
  readonly affinities: AffinityList;
  /** The node of each worker that there could be. */
  readonly nodes: readonly (number | undefined)[];
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** What all threads have counted. */
  readonly stats: StatsTable;
  /** The task that runs here is about to block, and goes on when that is called. */
  readonly pause: () => () => void;
  /** Is called from time to time while this thread blocks. */
  readonly stillBlocks: () => void;
  /** What it hosts. */
  readonly instances: Instances;
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** The unbound tasks of the runtime. */
  readonly injection: Injection;
}

/** The calls of a worker to all workers. */
export class Member {
  /** Sends its calls. */
  readonly desk: Desk;
  /** Its callbacks. */
  readonly callbacks: ThreadCallbacks;
  /** The runtime, as seen from here. */
  readonly face: RuntimeFace;
  readonly #tasks: ThreadTasks;
  readonly #mailbox: Mailbox;
  readonly #directory: FabricDirectory;
  readonly #losses: Losses;

  /** Lets a worker call, through its mailbox. */
  constructor(options: MemberOptions) {
    const { fabric, mailbox, functions, injection } = options;
    this.#mailbox = mailbox;
    const waits = new WaitTable(fabric);
    this.#directory = new FabricDirectory(
      fabric,
      mailbox,
      (worker, peer) => this.#losses.endCalls(worker, peer),
    );
    this.callbacks = new ThreadCallbacks({
      mailbox,
      blocks: (slot) => waits.blocks(slot),
    });
    this.desk = new Desk({
      mailbox,
      directory: this.#directory,
      injection,
      callbacks: this.callbacks,
      nodes: options.nodes,
    });
    this.#losses = new Losses({
      fabric,
      mailbox,
      directory: this.#directory,
      desk: this.desk,
      callbacks: this.callbacks,
      waits,
    });
    this.#tasks = new ThreadTasks({
      desk: this.desk,
      directory: this.#directory,
      mailbox,
      functions,
      injection,
      waits,
      maxQueued: options.maxQueued,
      pause: options.pause,
      overdue: (slot, number) => this.#tellOverdue(slot, number),
      lookForTheLost: () => {
        options.stillBlocks();
        this.#losses.lookNow();
      },
      observer: options.observer,
    });
    this.face = new RuntimeFace(this.#tasks, options.affinities);
    enterRuntime(this.face);
    this.#shareFamilies(options);
  }

  /** Handles an answer. Returns whether it was one. */
  receive(from: Peer, kind: number, frame: Reader): boolean {
    if (this.desk.receive(from, kind, frame)) return true;
    if (kind !== FAULT) return this.callbacks.receive(from, kind, frame);
    this.#losses.lastWords(from, frame);
    return true;
  }

  /** The thread in a slot is another one now. */
  replaced(former: Peer): void {
    this.#losses.replaced(former);
  }

  /** Ends the streams that were opened here: no task is left that reads them. */
  endStreams(): void {
    this.#tasks.streams.end();
  }

  /** Looks at who is gone no more. */
  close(): void {
    this.callbacks.close();
    this.#losses.close();
  }

  /** Families arrive by number: this thread has linked them all. */
  #shareFamilies(options: MemberOptions): void {
    const { fabric, instances, nodes } = options;
    const here = workerIndex()!;
    const parts = {
      ...options,
      directory: this.#directory,
      desk: this.desk,
      tasks: this.#tasks,
      nodeHere: () => nodes[here],
    };
    const known = new Map<number, Family<object>>();
    knowFamilies(fabric.handle.id, (number) => {
      const hosted = instances.of(number);
      if (hosted === undefined) return undefined;
      let family = known.get(number);
      if (family === undefined) {
        const { signatures } = hosted;
        const { name } = hosted.family.definition;
        const caller = new FamilyCaller({ name, number, signatures }, parts);
        family = callable(hosted.family, signatures, caller);
        known.set(number, family);
      }
      return family;
    });
  }

  /** Only the starting thread can replace a worker. */
  #tellOverdue(slot: number, number: number): void {
    const out = this.desk.scratch.take();
    out.word(number);
    out.word(slot);
    this.#mailbox.sendNow(STARTER, RUNAWAY, out);
    this.desk.scratch.give(out);
  }
}

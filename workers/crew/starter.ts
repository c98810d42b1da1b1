/**
 * The starting thread of a runtime: the memory that all its threads share, and
 * its own mailbox and desk.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { topology } from "../../topology/detect.ts";
import { ThreadCallbacks } from "../callbacks/thread_callbacks.ts";
import { Desk } from "../desk/desk.ts";
import { Fabric } from "../fabric/fabric.ts";
import { RunningWords } from "../fabric/running_words.ts";
import { SlotTable } from "../fabric/slot_table.ts";
import { WaitTable } from "../fabric/wait_table.ts";
import { FunctionStore } from "../functions/function_store.ts";
import { Injection } from "../injection/injection.ts";
import { STARTER } from "../life/control.ts";
import type { Commons } from "../local/commons.ts";
import { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import { addBatchRecorder } from "../stats/batch_recorders.ts";
import { StatsLedger } from "../stats/stats_ledger.ts";
import { StatsTable } from "../stats/stats_table.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { currentTask } from "../tasks/task_context.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import { Posts } from "./posts.ts";

/** Slots beyond one for each thread: for those that take the place of lost ones. */
const SPARE_SLOTS = 8;

/** What a starting thread is told. */
export interface StarterOptions {
  /** The processor of each worker; undefined: any. */
  readonly processors: readonly (number | undefined)[];
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** The module that each worker runs. */
  readonly hostModule: URL;
  /** What the heap of a worker may hold, in bytes. */
  readonly maxHeap: number;
  /** How many processors the threads share. */
  readonly parallelism: number;
  /** The processor of each worker that there could be: the first ones are those. */
  readonly candidates: readonly (number | undefined)[];
  /** What all threads know of the data that they own. */
  readonly commons: Commons;
  /** Watches the calls of this thread, if anybody wants that. */
  readonly observer: CallObserver;
}

/** Handles a frame that is neither an answer nor about a callback. */
export type ReceiveOther = (from: Peer, kind: number, frame: Reader) => void;

/** The thread that started a runtime. */
export class Starter {
  /** How it was told to start. */
  readonly options: StarterOptions;
  /** The node of each worker that there could be. */
  readonly nodes: readonly (number | undefined)[];
  /** The mailboxes. */
  readonly fabric: Fabric;
  /** Whether a worker was lost by a promise that nobody handled. */
  followsStrays = false;
  /** For whom threads block. */
  readonly waits: WaitTable;
  /** What workers run. */
  readonly running: RunningWords;
  /** Who has which slot. */
  readonly slots: SlotTable;
  /** The unbound tasks. */
  readonly injection: Injection;
  /** What all threads count. */
  readonly stats: StatsTable;
  /** For which worker each of them counts. */
  readonly ledger: StatsLedger;
  /** The functions that threads send each other. */
  readonly functions: FunctionStore = FunctionStore.allocate({ currentTask });
  /** Who the workers are. */
  readonly posts: Posts;
  /** The mailbox of this thread. */
  readonly mailbox: Mailbox;
  /** The callbacks of this thread. */
  readonly callbacks: ThreadCallbacks;
  /** The calls of this thread. */
  readonly desk: Desk;

  /** Allocates everything; no worker is there yet. */
  constructor(options: StarterOptions, receive: ReceiveOther) {
    const { processors, candidates } = options;
    this.options = options;
    this.nodes = candidates.map(nodeOf);
    const most = Math.max(processors.length, candidates.length);
    const fabric = this.fabric = Fabric.allocate(most + 1 + SPARE_SLOTS);
    this.waits = new WaitTable(fabric);
    this.running = new RunningWords(fabric);
    this.slots = new SlotTable(fabric);
    fabric.occupy(STARTER, currentThread().id);
    this.injection = new Injection(Injection.allocate(fabric.slots), {
      slot: STARTER,
      wake: (slot) => this.#wake(slot),
      parallelism: options.parallelism,
    });
    this.injection.letTo(STARTER, fabric.generation(STARTER));
    this.stats = StatsTable.allocate(fabric.slots);
    this.ledger = new StatsLedger(this.stats);
    this.ledger.occupied(STARTER);
    this.posts = new Posts(fabric, processors);
    const recorder = this.stats.recorder(STARTER);
    addBatchRecorder(recorder);
    this.mailbox = new Mailbox(fabric, {
      slot: STARTER,
      callerOf: (slot) => () => this.workerIn(slot)?.call(),
      receive: (from, kind, frame) => {
        if (this.desk.receive(from, kind, frame)) return;
        if (this.callbacks.receive(from, kind, frame)) return;
        receive(from, kind, frame);
      },
      replaced: () => {}, // forgotten before another one gets the slot
      serves: false,
      hears: false,
      recorder,
      injection: this.injection,
    });
    this.callbacks = new ThreadCallbacks({
      mailbox: this.mailbox,
      blocks: (slot) => this.waits.blocks(slot),
    });
    this.desk = new Desk({
      mailbox: this.mailbox,
      directory: this.posts,
      injection: this.injection,
      callbacks: this.callbacks,
      nodes: this.nodes,
    });
  }

  /** On which node a worker has its memory; undefined: anywhere, as where there is one node only. */
  memoryNodeOf(index: number): number | undefined {
    return topology().nodes.length > 1 ? this.nodes[index] : undefined;
  }

  /** The worker that has a slot. */
  workerIn(slot: number): HostedWorker | undefined {
    return this.posts.all.find(({ worker }) => worker?.slot === slot)?.worker;
  }

  /** Expects an answer of a worker to a control message. */
  ask(
    worker: HostedWorker,
    send: (call: number) => void,
  ): Promise<unknown> {
    return this.desk.expect(worker.index, worker.slot, send);
  }

  /** Wakes a worker for an unbound task. */
  #wake(slot: number): boolean {
    const worker = this.workerIn(slot);
    if (
      worker === undefined || !currentThread().threads.isLive(worker.thread)
    ) return false;
    this.mailbox.peer(slot).bell.ringForMail(STARTER);
    return true;
  }
}

/** The node of a processor, where known. */
export function nodeOf(processor: number | undefined): number | undefined {
  if (processor === undefined) return undefined;
  return topology().nodes.find(({ processors }) => processors.has(processor))
    ?.id;
}

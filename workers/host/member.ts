/**
 * A worker of a runtime as one that calls: its desk, and what it sees of the
 * other workers.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { onTick } from "../../sync/thread/keep_alive.ts";
import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import { STARTER } from "../life/control.ts";
import { WorkerLostError } from "../errors.ts";
import type { FunctionStore } from "../functions/function_store.ts";
import type { Injection } from "../injection/injection.ts";
import type { AffinityList } from "../runtime/affinity_list.ts";
import { enterRuntime, workerIndex } from "../runtime/inside.ts";
import type { Instances } from "./instances.ts";
import { callable, type Family } from "../../linked/family.ts";
import { knowFamilies } from "../../linked/known_families.ts";
import { RuntimeFace } from "../runtime/runtime_face.ts";
import { ThreadTasks } from "../tasks/thread_tasks.ts";
import { WaitTable } from "../fabric/wait_table.ts";
import { goneHome } from "../callbacks/given.ts";
import { ThreadCallbacks } from "../callbacks/thread_callbacks.ts";
import { Desk } from "../desk/desk.ts";
import { FamilyCaller } from "../desk/family_caller.ts";
import type { StatsTable } from "../stats/stats_table.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { FabricDirectory } from "../desk/fabric_directory.ts";
import type { Fabric } from "../fabric/fabric.ts";
import { readFault, WITHOUT_A_WORD } from "../life/fault.ts";
import { FAULT, RUNAWAY } from "../mailbox/frame_kind.ts";
import { lifeOf, whichAreGone } from "../life/life.ts";
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
  readonly #waits: WaitTable;
  readonly #fabric: Fabric;
  readonly #mailbox: Mailbox;
  readonly #directory: FabricDirectory;
  readonly #stopTicks: () => void;
  #looking = false;

  /** Lets a worker call, through its mailbox. */
  constructor(options: MemberOptions) {
    const { fabric, mailbox, functions, injection } = options;
    this.#fabric = fabric;
    this.#mailbox = mailbox;
    this.#waits = new WaitTable(fabric);
    this.#directory = new FabricDirectory(
      fabric,
      mailbox,
      (worker, peer) => this.#endCalls(worker, peer, WITHOUT_A_WORD),
    );
    this.callbacks = new ThreadCallbacks({
      mailbox,
      blocks: (slot) => this.#waits.blocks(slot),
    });
    this.desk = new Desk({
      mailbox,
      directory: this.#directory,
      injection,
      callbacks: this.callbacks,
      nodes: options.nodes,
    });
    this.#tasks = new ThreadTasks({
      desk: this.desk,
      directory: this.#directory,
      mailbox,
      functions,
      injection,
      waits: this.#waits,
      maxQueued: options.maxQueued,
      pause: options.pause,
      overdue: (slot, number) => this.#tellOverdue(slot, number),
      lookForTheLost: () => {
        options.stillBlocks();
        this.#lookNow();
      },
      observer: options.observer,
    });
    this.face = new RuntimeFace(this.#tasks, options.affinities);
    enterRuntime(this.face);
    this.#shareFamilies(options);
    this.#stopTicks = onTick(() => this.#look());
  }

  /** Handles an answer. Returns whether it was one. */
  receive(from: Peer, kind: number, frame: Reader): boolean {
    if (this.desk.receive(from, kind, frame)) return true;
    if (kind !== FAULT) return this.callbacks.receive(from, kind, frame);
    this.#lastWords(from, frame);
    return true;
  }

  /** The thread in a slot is another one now. */
  replaced(former: Peer): void {
    this.callbacks.forget(former, () => goneHome());
    const worker = this.#directory.workerIn(former.slot);
    if (worker >= 0) this.#endCalls(worker, former, WITHOUT_A_WORD);
  }

  /** Ends the streams that were opened here: no task is left that reads them. */
  endStreams(): void {
    this.#tasks.streams.end();
  }

  /** Looks at who is gone no more. */
  close(): void {
    this.callbacks.close();
    this.#stopTicks();
  }

  #lastWords(from: Peer, frame: Reader): void {
    frame.word();
    const { reason, error } = readFault(frame);
    this.#lose(from, reason, error);
  }

  /** Rejects what a lost worker will not answer, and forgets it. */
  #lose(peer: Peer, reason: string, cause?: unknown): void {
    const worker = this.#directory.workerIn(peer.slot);
    if (worker >= 0) this.#endCalls(worker, peer, reason, cause);
    this.#mailbox.forget(peer.slot);
    this.callbacks.forget(peer, () => goneHome());
  }

  #endCalls(
    worker: number,
    peer: Peer,
    reason: string,
    cause?: unknown,
  ): void {
    // What it still said. Nobody is left to be answered.
    for (let kind = peer.next(); kind >= 0; kind = peer.next()) {
      if (this.desk.receive(peer, kind, peer.frame)) continue;
      if (kind === FAULT) {
        peer.frame.word();
        const fault = readFault(peer.frame);
        reason = fault.reason;
        cause = fault.error;
      }
    }
    this.desk.rejectLost(worker, peer, reason, cause);
    this.desk.rejectTaken({ worker, thread: peer.thread, reason, cause });
  }

  /** While this worker waits: is everybody there, or there again? */
  async #look(): Promise<void> {
    this.#mailbox.rescue();
    this.#lookNow();
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#lookAtThreads();
    } finally {
      this.#looking = false;
    }
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

  /** Without waiting for anything: this thread may block. */
  #lookNow(): void {
    this.#lookAtPosts();
    const { threads } = currentThread();
    for (const peer of this.#mailbox.peers) {
      if (this.#mailbox.expectations.from(peer.slot) === 0) continue;
      if (!threads.isLive(peer.thread)) this.#lose(peer, WITHOUT_A_WORD);
    }
    for (const thread of this.desk.unbound.takers()) {
      if (!threads.isLive(thread)) this.#loseTaker(thread);
    }
    this.desk.rejectTaken();
  }

  /** Only the starting thread can replace a worker. */
  #tellOverdue(slot: number, number: number): void {
    const out = this.desk.scratch.take();
    out.word(number);
    out.word(slot);
    this.#mailbox.sendNow(STARTER, RUNAWAY, out);
    this.desk.scratch.give(out);
  }

  /** A worker is lost that has taken an unbound task; this one may never have known it. */
  #loseTaker(thread: ThreadId): void {
    const worker = this.#directory.workerOf(thread);
    this.#mailbox.drain(); // what it still said
    this.desk.rejectTaken({ worker, thread, reason: WITHOUT_A_WORD });
  }

  /** Sends or rejects what was called while its worker was replaced. */
  #lookAtPosts(): void {
    for (const worker of [...this.desk.held.workers]) {
      if (this.#directory.openSlotOf(worker) >= 0) this.desk.sendHeld(worker);
      else if (this.#directory.hasFailed(worker)) this.desk.rejectHeld(worker);
      else if (this.#waits.blocks(STARTER) && !this.#mailbox.blocks) {
        // It may wait for this very call, and nobody would find out.
        this.desk.rejectHeld(worker, () =>
          new WorkerLostError(
            worker,
            "the starting thread blocks, so that no other one can be started",
            { started: false },
          ));
      }
    }
  }

  async #lookAtThreads(): Promise<void> {
    const { threads } = currentThread();
    const { lives } = this.#fabric.handle;
    // With the starting thread, this one ends: nobody looks whether it is there.
    const awaited = this.#mailbox.peers.filter(({ slot }) =>
      slot !== STARTER && this.#mailbox.expectations.from(slot) > 0
    );
    const takers = [...this.desk.unbound.takers()];
    const gone = await whichAreGone(
      [...awaited.map(({ thread }) => thread), ...takers]
        .map((thread) => lifeOf(lives, thread)),
    );
    for (const thread of takers) {
      if (!gone.has(lifeOf(lives, thread))) continue;
      threads.markLost(thread);
      this.#loseTaker(thread);
    }
    for (const peer of awaited) {
      if (!gone.has(lifeOf(lives, peer.thread))) continue;
      threads.markLost(peer.thread);
      if (this.#mailbox.peer(peer.slot) === peer) {
        this.#lose(peer, WITHOUT_A_WORD);
      }
    }
  }
}

/**
 * A worker of a runtime, from inside.
 *
 * @module
 */

import { spinAmong } from "../../sync/thread/spin.ts";
import { becomeThread, ThreadRegistry } from "../../sync/thread/thread.ts";
import { platform } from "../../ffi/detect.ts";
import {
  type BootMessage,
  type DrainMessage,
  type LinkMessage,
  type LoadMessage,
  type RelieveMessage,
  type RetireMessage,
  RING,
  type ServeMessage,
  type ShutdownMessage,
  STARTER,
  type WorkerMessage,
} from "../life/control.ts";
import type { WorkerScope } from "../engine/worker_scope.ts";
import { Fabric } from "../fabric/fabric.ts";
import { Answers } from "./answers.ts";
import { enterWorker } from "../runtime/inside.ts";
import { offerHosting } from "./hosting.ts";
import { Incoming } from "./incoming.ts";
import { Instances } from "./instances.ts";
import { Injection } from "../injection/injection.ts";
import { holdForLife, lifeOf } from "../life/life.ts";
import { Commons } from "../local/commons.ts";
import { AffinityList } from "../runtime/affinity_list.ts";
import { settle } from "../local/current_home.ts";
import { Home } from "../local/home.ts";
import "../local/local_ref.ts"; // so that references can arrive
import "../../aware/per_core.ts"; // and handles
import "../../aware/per_node.ts";
import "../../aware/per_process.ts";
import "../../aware/region_cached.ts";
import "../../aware/region_local.ts";
import { Mailbox } from "../mailbox/mailbox.ts";
import { Finish } from "./finish.ts";
import { LastWords } from "./last_words.ts";
import { Member } from "./member.ts";
import { Strays } from "./strays.ts";
import type { Peer } from "../mailbox/peer.ts";
import { pinHere } from "../life/pin_here.ts";
import { placeHere } from "../life/place_here.ts";
import { Outlets } from "../streams/outlets.ts";
import { FunctionStore } from "../functions/function_store.ts";
import { currentTask } from "../tasks/task_context.ts";
import { RunningWords } from "../fabric/running_words.ts";
import { addBatchRecorder } from "../stats/batch_recorders.ts";
import { StatsTable } from "../stats/stats_table.ts";
import { CallObserver } from "../telemetry/call_observer.ts";
import { TaskHost } from "../tasks/task_host.ts";

/** A worker of a runtime, from inside. */
export class Host {
  readonly #boot: BootMessage;
  readonly #fabric: Fabric;
  readonly #threads: ThreadRegistry;
  readonly #mailbox: Mailbox;
  readonly #injection: Injection;
  readonly #answers: Answers;
  readonly #instances: Instances;
  readonly #tasks: TaskHost;
  readonly #member: Member;
  readonly #incoming: Incoming;
  readonly #finish: Finish;
  readonly #scope: WorkerScope;

  /** Becomes the thread that a message says. */
  constructor(message: BootMessage, scope: WorkerScope) {
    this.#boot = message;
    this.#scope = scope;
    spinAmong(message.parallelism);
    this.#threads = ThreadRegistry.from(message.threads);
    becomeThread({ threads: this.#threads, id: message.thread });
    enterWorker(message.index);
    const fabric = this.#fabric = new Fabric(message.fabric);
    const strays = new Strays(message.followsStrays);
    this.#injection = new Injection(message.injection, {
      slot: message.slot,
      wake: (slot) => this.#wake(slot),
      parallelism: message.parallelism,
    });
    const stats = new StatsTable(message.stats);
    const recorder = stats.recorder(message.slot);
    addBatchRecorder(recorder);
    this.#mailbox = new Mailbox(fabric, {
      injection: this.#injection,
      runUnbound: (frame) => this.#incoming.runUnbound(frame),
      slot: message.slot,
      callerOf: (slot) => slot === STARTER ? () => scope.post(RING) : undefined,
      receive: (from, kind, frame) => this.#incoming.receive(from, kind, frame),
      replaced: (former) => this.#forget(former),
      outside: strays.outside,
      serves: true,
      hears: true,
      recorder,
    });
    this.#mailbox.recorder.heap = stats.gauge(
      message.slot,
      message.maxHeap,
      () => scope.post({ type: "full" } satisfies WorkerMessage),
    );
    this.#mailbox.peer(STARTER).side.connect(message.side);
    this.#answers = new Answers(
      this.#mailbox,
      ({ slot }, number) => this.#injection.cellsOf(slot).isCancelled(number),
      strays.outside,
    );
    const outlets = new Outlets(
      this.#answers,
      this.#mailbox,
      (slot) => this.#injection.cellsOf(slot),
    );
    this.#instances = new Instances({
      answers: this.#answers,
      outlets,
      strays,
      fabric,
    });
    const running = new RunningWords(fabric);
    const functions = new FunctionStore(message.functions, { currentTask });
    this.#tasks = new TaskHost({
      worker: message.index,
      answers: this.#answers,
      strays,
      outlets,
      functions,
      cellsOf: (slot) => this.#injection.cellsOf(slot),
      face: () => this.#member.face,
      runs: (task) => running.set(message.slot, task),
      underWay: (what) => running.setUnderWay(message.slot, what),
    });
    this.#member = new Member({
      fabric,
      mailbox: this.#mailbox,
      instances: this.#instances,
      functions,
      injection: this.#injection,
      observer: new CallObserver(message),
      affinities: new AffinityList(message.candidates, message.nodes),
      nodes: message.nodes,
      maxQueued: message.maxQueued,
      stats,
      stillBlocks: () => this.#incoming.stillBlocks(),
      pause: () => {
        const below = this.#tasks.enterStack();
        return () => this.#tasks.leaveStack(below);
      },
    });
    this.#incoming = new Incoming({
      mailbox: this.#mailbox,
      injection: this.#injection,
      instances: this.#instances,
      tasks: this.#tasks,
      outlets,
      answers: this.#answers,
      member: this.#member,
      strays,
    });
    const home = new Home({
      commons: new Commons(message.commons),
      worker: message.index,
    });
    home.face = this.#member.face;
    settle(home);
    offerHosting({
      worker: message.index,
      fabric,
      mailbox: this.#mailbox,
      answers: this.#answers,
      desk: this.#member.desk,
      functions,
      cellsOf: (slot) => this.#injection.cellsOf(slot),
      strays,
      home,
      enterStack: () => {
        const below = this.#tasks.enterStack();
        return () => this.#tasks.leaveStack(below);
      },
    });
    const lastWords = new LastWords(this.#mailbox);
    scope.guard({
      sayWhy: (reason, error) => lastWords.say(reason, error),
      rejected: (error) => {
        const whose = strays.tell(error);
        if (whose === undefined) return false;
        lastWords.say(
          `a promise was rejected and nobody handled it${whose}`,
          error,
          true,
        );
        return true;
      },
    });
    this.#finish = new Finish({
      worker: message.index,
      mailbox: this.#mailbox,
      answers: this.#answers,
      outlets,
      instances: this.#instances,
      member: this.#member,
      home,
      lastWords,
      close: () => scope.close(),
    });
  }

  /** Pins this thread, places its memory, and says when it is ready. */
  async boot(): Promise<void> {
    const { memoryNode, processor, slot, thread } = this.#boot;
    const fabric = this.#fabric;
    const pinningFailure = processor === undefined
      ? undefined
      : pinHere(processor);
    const placementFailure =
      memoryNode === undefined || pinningFailure !== undefined
        ? undefined
        : placeHere({ fabric, slot, node: memoryNode });
    const os = platform();
    const here = os.currentProcessor();
    if (here !== undefined) this.#threads.setProcessor(thread, here);
    await holdForLife(lifeOf(fabric.handle.lives, thread));
    this.#scope.post(
      {
        type: "ready",
        threadId: os.threadId(),
        affinity: os.affinity(),
        pinningFailure,
        placementFailure,
      } satisfies WorkerMessage,
    );
  }

  /** The starting thread calls. */
  ring(): void {
    this.#mailbox.ring();
  }

  /** The starting thread wants something. */
  control(
    message:
      | LinkMessage
      | ServeMessage
      | RelieveMessage
      | RetireMessage
      | LoadMessage
      | DrainMessage
      | ShutdownMessage,
  ): void {
    if (message.type === "link") {
      this.#instances.link(message, this.#mailbox.peer(STARTER));
    } else if (message.type === "serve") this.#serve();
    else if (message.type === "retire") this.#mailbox.unbound.close();
    else if (message.type === "load") this.#tellLoad(message);
    else if (message.type === "drain") this.#finish.drain(message);
    else if (message.type === "shutdown") this.#finish.shutDown(message);
    else this.#finish.relieve(message);
  }

  /** Of this worker: what runs here, and what it calls. Of others: its calls to them. */
  #tellLoad({ round, worker }: LoadMessage): void {
    const { desk } = this.#member;
    const load = worker === this.#boot.index
      ? this.#answers.running + (desk.isSettled ? 0 : 1)
      : desk.loads.of(worker) - desk.held.countFor(worker);
    const answer: WorkerMessage = { type: "load", round, load };
    this.#scope.post(answer);
  }

  #serve(): void {
    this.#mailbox.unbound.open();
    this.#mailbox.wait();
  }

  /** Wakes another thread for an unbound task. */
  #wake(slot: number): boolean {
    const peer = this.#mailbox.renew(slot);
    if (!this.#threads.isLive(peer.thread)) return false;
    peer.bell.ringForMail(this.#boot.slot);
    return true;
  }

  #forget(peer: Peer): void {
    this.#member.replaced(peer);
    this.#tasks.forget(peer);
  }
}

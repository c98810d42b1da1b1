/**
 * A worker of a runtime, from inside.
 *
 * @module
 */

import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import { spinAmong } from "../../sync/thread/spin.ts";
import { becomeThread, ThreadRegistry } from "../../sync/thread/thread.ts";
import { platform } from "../../ffi/detect.ts";
import {
  type BootMessage,
  type DrainMessage,
  type LinkMessage,
  type LoadMessage,
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
import { Deferral } from "./deferral.ts";
import { CALL, CANCEL, PULL, TASK } from "../mailbox/frame_kind.ts";
import { enterWorker } from "../runtime/inside.ts";
import { ImportingCalls } from "./importing_calls.ts";
import { Instances } from "./instances.ts";
import { Injection } from "../injection/injection.ts";
import { NORMAL, URGENT } from "../../sync/mail/injector.ts";
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
import { URGENT as IS_URGENT } from "../tasks/task_frame.ts";
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
  readonly #outlets: Outlets;
  readonly #tasks: TaskHost;
  readonly #importing: ImportingCalls;
  readonly #deferral: Deferral;
  readonly #member: Member;
  readonly #finish: Finish;
  readonly #scope: WorkerScope;
  readonly #strays: Strays;

  /** Becomes the thread that a message says. */
  constructor(message: BootMessage, scope: WorkerScope) {
    this.#boot = message;
    this.#scope = scope;
    spinAmong(message.parallelism);
    this.#threads = ThreadRegistry.from(message.threads);
    becomeThread({ threads: this.#threads, id: message.thread });
    enterWorker(message.index);
    const fabric = this.#fabric = new Fabric(message.fabric);
    const strays = this.#strays = new Strays(message.followsStrays);
    this.#injection = new Injection(message.injection, {
      slot: message.slot,
      wake: (slot) => this.#wake(slot),
    });
    const stats = new StatsTable(message.stats);
    this.#mailbox = new Mailbox(fabric, {
      injection: this.#injection,
      runUnbound: (frame) => this.#runUnbound(frame),
      slot: message.slot,
      callerOf: (slot) => slot === STARTER ? () => scope.post(RING) : undefined,
      receive: (from, kind, frame) => this.#receive(from, kind, frame),
      replaced: (former) => this.#forget(former),
      outside: strays.outside,
      serves: true,
      hears: true,
      recorder: stats.recorder(message.slot),
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
    this.#outlets = new Outlets(
      this.#answers,
      this.#mailbox,
      (slot) => this.#injection.cellsOf(slot),
    );
    this.#instances = new Instances({
      answers: this.#answers,
      outlets: this.#outlets,
      strays,
      fabric,
    });
    const running = new RunningWords(fabric);
    const functions = new FunctionStore(message.functions, { currentTask });
    this.#tasks = new TaskHost({
      worker: message.index,
      answers: this.#answers,
      strays,
      outlets: this.#outlets,
      functions,
      cellsOf: (slot) => this.#injection.cellsOf(slot),
      face: () => this.#member.face,
      runs: (task) => running.set(message.slot, task),
      underWay: (what) => running.setUnderWay(message.slot, what),
    });
    const run = (from: Peer, kind: number, frame: Reader) =>
      this.#run(from, kind, frame);
    this.#importing = new ImportingCalls({
      answers: this.#answers,
      mailbox: this.#mailbox,
      outside: strays.outside,
      run,
      receive: (from, kind, frame) => this.#deferral.receive(from, kind, frame),
    });
    this.#deferral = new Deferral({
      importing: this.#importing,
      mailbox: this.#mailbox,
      instances: this.#instances,
      tasks: this.#tasks,
      outside: strays.outside,
      run,
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
      stillBlocks: () => this.#importing.refuse(),
      pause: () => {
        const below = this.#tasks.enterStack();
        return () => this.#tasks.leaveStack(below);
      },
    });
    const home = new Home({
      commons: new Commons(message.commons),
      worker: message.index,
    });
    home.face = this.#member.face;
    settle(home);
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
      outlets: this.#outlets,
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
    else this.#finish.shutDown(message);
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

  #receive(from: Peer, kind: number, frame: Reader): void {
    if (kind === TASK) {
      // Its number follows once more.
      frame.word();
      frame.word();
    }
    if (kind === CALL || kind === TASK) {
      this.#mailbox.recorder.received(from.slot);
      if (this.#deferral.isNeeded) this.#deferral.receive(from, kind, frame);
      else this.#run(from, kind, frame);
    } else if (kind === CANCEL) this.#tasks.cancel(from, frame);
    else if (kind === PULL) this.#outlets.pull(from, frame);
    else this.#member.receive(from, kind, frame);
  }

  /** Runs a task that any worker can run. False: it is for another one. */
  #runUnbound(frame: Reader): boolean {
    const owner = frame.word();
    const tenant = frame.word();
    const from = this.#mailbox.renew(owner);
    if (from.generation !== tenant) return true; // nobody waits for it
    this.#mailbox.expectations.lastSender = from;
    if (this.#mailbox.blocks && !this.#deferral.canRun(from, TASK, frame)) {
      if (this.#giveBack(frame)) return false;
      this.#deferral.receive(from, TASK, frame);
      return true;
    }
    const missing = this.#tryToRun(from, TASK, frame);
    if (missing === undefined) return true;
    if (this.#mailbox.blocks && this.#giveBack(frame)) return false;
    this.#importing.add(from, TASK, frame, missing);
    return true;
  }

  /** Lets another worker have an unbound task. Returns whether that was possible. */
  #giveBack({ words, at }: Reader): boolean {
    const isUrgent = (words[at + 2]! & IS_URGENT) !== 0;
    return this.#injection.taker.giveBack(isUrgent ? URGENT : NORMAL);
  }

  /** Wakes another thread for an unbound task. */
  #wake(slot: number): boolean {
    const peer = this.#mailbox.renew(slot);
    if (!this.#threads.isLive(peer.thread)) return false;
    peer.bell.ringForMail(this.#boot.slot);
    return true;
  }

  #run(from: Peer, kind: number, frame: Reader): void {
    const missing = this.#tryToRun(from, kind, frame);
    if (missing !== undefined) {
      this.#importing.add(from, kind, frame, missing);
    }
  }

  /** Runs a call or task; if it cannot be read yet, nothing was done. */
  #tryToRun(
    from: Peer,
    kind: number,
    frame: Reader,
  ): MissingExportsError | undefined {
    frame.context = this.#member.callbacks.from(from);
    const start = frame.at;
    try {
      if (this.#mailbox.blocks) {
        this.#strays.outside(() => this.#runAbove(from, kind, frame));
      } else if (kind === TASK) this.#tasks.run(from, frame);
      else this.#instances.call(from, frame);
    } catch (error) {
      if (!(error instanceof MissingExportsError)) throw error;
      frame.at = start;
      return error;
    }
    return undefined;
  }

  /** Runs something while this thread blocks. */
  #runAbove(from: Peer, kind: number, frame: Reader): void {
    if (kind === TASK) return this.#tasks.run(from, frame);
    // On the stack of a task, which cannot help how long this takes.
    const below = this.#tasks.enterStack();
    try {
      this.#instances.call(from, frame);
    } finally {
      this.#tasks.leaveStack(below);
    }
  }

  #forget(peer: Peer): void {
    this.#member.replaced(peer);
    this.#tasks.forget(peer);
  }
}

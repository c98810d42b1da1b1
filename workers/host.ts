/**
 * The module that runs in each worker. It imports what it needs and nothing
 * more, since every worker pays for it.
 *
 * @module
 */

import type { Reader } from "../codec/reader.ts";
import { encode } from "../codec/encode.ts";
import { inWords } from "../codec/in_words.ts";
import { Writer } from "../codec/writer.ts";
import { Barrier } from "../sync/waiting/barrier.ts";
import { TICK } from "../sync/thread/keep_alive.ts";
import { becomeThread, ThreadRegistry } from "../sync/thread/thread.ts";
import { platform } from "../ffi/detect.ts";
import {
  type BootMessage,
  type ControlMessage,
  type DrainMessage,
  type LinkMessage,
  type ReadyMessage,
  type RetireMessage,
  RING,
  type ServeMessage,
  type ShutdownMessage,
  STARTER,
} from "./control.ts";
import { Fabric } from "./fabric.ts";
import { Answers } from "./answers.ts";
import { Deferral } from "./deferral.ts";
import { CALL, CANCEL, FAULT, PULL, TASK } from "./frame_kind.ts";
import { enterWorker } from "./inside.ts";
import { Instances } from "./instances.ts";
import { Injection, NORMAL, URGENT } from "./injection.ts";
import { holdForLife, lifeOf } from "./life.ts";
import { Commons } from "./local/commons.ts";
import { closeHome, settle } from "./local/current_home.ts";
import { sendableFailures } from "./local/dispose_error.ts";
import { Home } from "./local/home.ts";
import "./local/local_ref.ts"; // so that references can arrive
import { Mailbox } from "./mailbox.ts";
import { Member } from "./member.ts";
import type { Peer } from "./peer.ts";
import { pinHere } from "./pin_here.ts";
import { Outlets } from "./streams/outlets.ts";
import { FunctionStore } from "./functions/function_store.ts";
import { currentTask } from "./tasks/task_context.ts";
import { RunningWords } from "./running_words.ts";
import { URGENT as IS_URGENT } from "./tasks/task_frame.ts";
import { TaskHost } from "./tasks/task_host.ts";

interface WorkerScope {
  addEventListener(
    type: "message",
    listener: (event: MessageEvent<ControlMessage>) => void,
  ): void;
  close(): void;
  postMessage(message: ReadyMessage | typeof RING): void;
}

const scope = globalThis as unknown as WorkerScope;
// Before the first await, or messages are lost. Modules that workers import may
// set `onmessage`, and must not make the host deaf.
scope.addEventListener("message", (event) => receive(event.data));

/** So many ticks without an item: nobody reads on. */
const STILL = 4;

const callStarter = () => scope.postMessage(RING);
const closeScope = scope.close.bind(scope);
let host: Host | undefined;

function receive(message: ControlMessage): void {
  if (message === RING) host?.ring();
  else if (message.type === "boot") {
    host = new Host(message);
    host.boot();
  } else host?.control(message);
}

/** A worker of a runtime, from inside. */
class Host {
  readonly #boot: BootMessage;
  readonly #threads: ThreadRegistry;
  readonly #mailbox: Mailbox;
  readonly #injection: Injection;
  readonly #answers: Answers;
  readonly #instances: Instances;
  readonly #outlets: Outlets;
  readonly #tasks: TaskHost;
  readonly #deferral: Deferral;
  readonly #member: Member;
  readonly #home: Home;
  #told = 0;
  #ending = false;

  constructor(message: BootMessage) {
    this.#boot = message;
    this.#threads = ThreadRegistry.from(message.threads);
    becomeThread({ threads: this.#threads, id: message.thread });
    enterWorker(message.index);
    const fabric = new Fabric(message.fabric);
    this.#injection = new Injection(message.injection, {
      slot: message.slot,
      wake: (slot) => this.#wake(slot),
    });
    this.#mailbox = new Mailbox(fabric, {
      injection: this.#injection,
      runUnbound: (frame) => this.#runUnbound(frame),
      slot: message.slot,
      callerOf: (slot) => slot === STARTER ? callStarter : undefined,
      receive: (from, kind, frame) => this.#receive(from, kind, frame),
      replaced: (former) => this.#forget(former),
      serves: true,
      hears: true,
    });
    this.#mailbox.peer(STARTER).side.connect(message.side);
    this.#answers = new Answers(this.#mailbox);
    this.#outlets = new Outlets(
      this.#answers,
      this.#mailbox,
      (slot) => this.#injection.cellsOf(slot),
    );
    this.#instances = new Instances(this.#answers, this.#outlets);
    const running = new RunningWords(fabric);
    const functions = new FunctionStore(message.functions, { currentTask });
    this.#tasks = new TaskHost({
      worker: message.index,
      answers: this.#answers,
      outlets: this.#outlets,
      functions,
      cellsOf: (slot) => this.#injection.cellsOf(slot),
      face: () => this.#member.face,
      runs: (task) => running.set(message.slot, task),
    });
    this.#deferral = new Deferral({
      mailbox: this.#mailbox,
      instances: this.#instances,
      tasks: this.#tasks,
      run: (from, kind, frame) => this.#run(from, kind, frame),
    });
    this.#member = new Member({
      fabric,
      mailbox: this.#mailbox,
      instances: this.#instances,
      functions,
      injection: this.#injection,
      nodes: message.nodes,
      maxQueued: message.maxQueued,
      pause: () => {
        const below = this.#tasks.enterStack();
        return () => this.#tasks.leaveStack(below);
      },
    });
    this.#home = new Home({
      commons: new Commons(message.commons),
      worker: message.index,
    });
    this.#home.face = this.#member.face;
    settle(this.#home);
    this.#guard();
  }

  async boot(): Promise<void> {
    const { fabric, processor, thread } = this.#boot;
    const pinningFailure = processor === undefined
      ? undefined
      : pinHere(processor);
    const os = platform();
    const here = os.currentProcessor();
    if (here !== undefined) this.#threads.setProcessor(thread, here);
    await holdForLife(lifeOf(fabric.id, thread));
    scope.postMessage({
      type: "ready",
      threadId: os.threadId(),
      affinity: os.affinity(),
      pinningFailure,
    });
  }

  /** The starting thread calls. */
  ring(): void {
    this.#mailbox.ring();
  }

  control(
    message:
      | LinkMessage
      | ServeMessage
      | RetireMessage
      | DrainMessage
      | ShutdownMessage,
  ): void {
    if (message.type === "link") {
      this.#instances.link(message, this.#mailbox.peer(STARTER));
    } else if (message.type === "serve") this.#mailbox.openUnbound();
    else if (message.type === "retire") this.#mailbox.closeUnbound();
    else if (message.type === "drain") this.#drain(message);
    else this.#shutDown(message);
  }

  #receive(from: Peer, kind: number, frame: Reader): void {
    if (kind === TASK) {
      // Its number follows once more.
      frame.word();
      frame.word();
    }
    if (kind === CALL || kind === TASK) {
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
    this.#mailbox.servesFor(from);
    if (this.#mailbox.blocks && !this.#deferral.canRun(from, TASK, frame)) {
      const { words, at } = frame;
      const isUrgent = (words[at + 2]! & IS_URGENT) !== 0;
      if (this.#injection.giveBack(isUrgent ? URGENT : NORMAL)) return false;
      this.#deferral.receive(from, TASK, frame);
      return true;
    }
    this.#run(from, TASK, frame);
    return true;
  }

  /** Wakes another thread for an unbound task. */
  #wake(slot: number): boolean {
    const peer = this.#mailbox.renew(slot);
    if (!this.#threads.isLive(peer.thread)) return false;
    peer.bell.ringForMail(this.#boot.slot);
    return true;
  }

  #run(from: Peer, kind: number, frame: Reader): void {
    frame.context = this.#member.callbacks.from(from);
    if (kind === TASK) return this.#tasks.run(from, frame);
    if (!this.#mailbox.blocks) return this.#instances.call(from, frame);
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

  /** Nothing runs here, and nobody was asked for anything. */
  async #idle(): Promise<void> {
    let activity = -1;
    let still = 0;
    const look = setInterval(() => {
      // Who is gone reads no further, and ends nothing.
      this.#outlets.endLost();
      // Nothing but generators: they may be those that tasks of this very worker
      // have left open.
      const { size } = this.#outlets;
      if (size === 0 || size !== this.#answers.running) return;
      still = activity === this.#outlets.activity ? still + 1 : 0;
      activity = this.#outlets.activity;
      if (still >= STILL) this.#member.endStreams();
    }, TICK);
    while (this.#answers.running > 0 || !this.#member.desk.isSettled) {
      await this.#answers.idle();
      this.#member.endStreams();
      await this.#member.desk.settled(Infinity);
    }
    clearInterval(look);
  }

  async #drain({ call }: DrainMessage): Promise<void> {
    await this.#idle();
    const { begun } = this.#answers;
    const starter = this.#mailbox.peer(STARTER);
    this.#answers.value(starter, call, begun - this.#told, "activity");
    this.#told = begun;
  }

  async #shutDown(message: ShutdownMessage): Promise<void> {
    await this.#idle();
    this.#mailbox.closeUnbound();
    this.#mailbox.flush();
    try {
      // Nobody lets go of what others may still refer to before all are done.
      await Barrier.from(message.barrier).waitAsync();
    } catch {
      // A thread was lost on the way: it refers to nothing any more.
    }
    if (!message.alone) this.#home.commons.close();
    this.#member.desk.closed = true; // who would answer is about to end, too
    const { commons, isEmpty } = this.#home;
    commons.setDisposing(this.#boot.index, !isEmpty);
    await closeHome(this.#home);
    commons.setDisposing(this.#boot.index, false);
    const failures = sendableFailures(this.#home.takeFailures());
    const starter = this.#mailbox.peer(STARTER);
    this.#answers.value(starter, message.call, failures, "failures");
    this.#ending = true;
    this.#instances.clear();
    this.#threads.leave(this.#boot.thread);
    this.#member.close();
    this.#mailbox.close();
    closeScope();
  }

  /** Sees to it that this thread never ends without a word. */
  #guard(): void {
    globalThis.addEventListener("error", (event) => {
      event.preventDefault();
      this.#die("it threw an error that nobody caught", event.error);
      closeScope();
    });
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.#die("a promise was rejected and nobody handled it", event.reason);
      closeScope();
    });
    scope.close = () => {
      this.#die("it closed itself");
      closeScope();
    };
    const deno = (globalThis as { Deno?: { exit?(code?: number): never } })
      .Deno;
    const exit = deno?.exit;
    if (deno === undefined || exit === undefined) return;
    deno.exit = (code) => {
      this.#die(`it called Deno.exit(${code ?? ""})`);
      return exit(code);
    };
  }

  /** The last words of this thread. */
  #die(reason: string, error?: unknown): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#threads.markLost(this.#boot.thread);
    const out = new Writer(256);
    out.word(0);
    try {
      encode(out, { reason, error }, "error");
    } catch {
      encode(out, { reason, error: inWords(error) }, "error");
    }
    this.#mailbox.peer(STARTER);
    for (const { slot } of this.#mailbox.peers) {
      if (slot !== this.#boot.slot) this.#mailbox.send(slot, FAULT, out);
    }
    this.#mailbox.close();
  }
}

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
import { Barrier } from "../sync/barrier.ts";
import { becomeThread, ThreadRegistry } from "../sync/thread.ts";
import { platform } from "../ffi/detect.ts";
import {
  type BootMessage,
  type ControlMessage,
  type LinkMessage,
  type ReadyMessage,
  RING,
  type ShutdownMessage,
  STARTER,
} from "./control.ts";
import { Fabric } from "./fabric.ts";
import { CALL, FAULT } from "./frame_kind.ts";
import { enterWorker } from "./inside.ts";
import { Instances } from "./instances.ts";
import { holdForLife } from "./life.ts";
import { Mailbox } from "./mailbox.ts";
import type { Peer } from "./peer.ts";
import { pinHere } from "./pin_here.ts";

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
  readonly #instances: Instances;
  #ending = false;

  constructor(message: BootMessage) {
    this.#boot = message;
    this.#threads = ThreadRegistry.from(message.threads);
    becomeThread({ threads: this.#threads, id: message.thread });
    enterWorker(message.index);
    this.#mailbox = new Mailbox(new Fabric(message.fabric), {
      slot: message.slot,
      call: () => scope.postMessage(RING), // nobody but the starter
      receive: (from, kind, frame) => this.#receive(from, kind, frame),
      serves: true,
    });
    this.#instances = new Instances(this.#mailbox);
    this.#guard();
  }

  async boot(): Promise<void> {
    const { life, processor, thread } = this.#boot;
    const pinningFailure = processor === undefined
      ? undefined
      : pinHere(processor);
    const os = platform();
    const here = os.currentProcessor();
    if (here !== undefined) this.#threads.setProcessor(thread, here);
    await holdForLife(life);
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

  control(message: LinkMessage | ShutdownMessage): void {
    if (message.type === "link") this.#instances.link(message, STARTER);
    else this.#shutDown(message);
  }

  #receive(from: Peer, kind: number, frame: Reader): void {
    if (kind === CALL) this.#instances.call(from, frame);
  }

  async #shutDown(message: ShutdownMessage): Promise<void> {
    await this.#instances.idle();
    this.#ending = true;
    this.#mailbox.flush();
    try {
      // Nobody lets go of what others may still refer to before all are done.
      await Barrier.from(message.barrier).waitAsync();
    } catch {
      // A thread was lost on the way: it refers to nothing any more.
    }
    this.#instances.clear();
    this.#threads.leave(this.#boot.thread);
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
    this.#mailbox.send(STARTER, FAULT, out);
    this.#mailbox.close();
  }
}

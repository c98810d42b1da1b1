/**
 * One worker as the starting thread sees it, from its start to its end.
 *
 * @module
 */

import type {
  ThreadId,
  ThreadRegistryHandle,
} from "../../sync/thread/thread.ts";
import {
  type BootMessage,
  type ControlMessage,
  type ReadyMessage,
  RING,
  type WorkerMessage,
} from "../life/control.ts";
import type { FabricHandle } from "../fabric/fabric.ts";
import type { FunctionStoreHandle } from "../functions/function_store.ts";
import type { InjectionHandle } from "../injection/injection_memory.ts";
import { lifeOf, watchLife } from "../life/life.ts";
import type { StatsTableHandle } from "../stats/stats_table.ts";
import type { CommonsHandle } from "../local/commons.ts";
import { HOST_MODULE } from "../life/surroundings.ts";
import { startThread, type WorkerThread } from "../engine/worker_thread.ts";

/** How long a module that the program names may take to host its worker, in ms. */
const TIME_TO_HOST = 10_000;

/** What a new worker is given. */
export interface HostedWorkerOptions {
  /** Its index in the runtime. */
  readonly index: number;
  /** The functions that threads send each other. */
  readonly functions: FunctionStoreHandle;
  /** The unbound tasks, and the cells of all tasks. */
  readonly injection: InjectionHandle;
  /** What all threads know of the data that they own. */
  readonly commons: CommonsHandle;
  /** Its place in the fabric. */
  readonly slot: number;
  /** Who it is. */
  readonly thread: ThreadId;
  /** The records of all threads. */
  readonly threads: ThreadRegistryHandle;
  /** Where the threads count what they do. */
  readonly stats: StatsTableHandle;
  /** Whether calls are shown to what the worker has registered. */
  readonly telemetry: boolean;
  /** The mailboxes. */
  readonly fabric: FabricHandle;
  /** The processor of each worker that there could be. */
  readonly candidates: readonly (number | undefined)[];
  /** The node of each worker that there could be. */
  readonly nodes: readonly (number | undefined)[];
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** How many processors the threads of the runtime share. */
  readonly parallelism: number;
  /** Where it pins itself; undefined: nowhere. */
  readonly processor: number | undefined;
  /** On which node it has its memory, once it is pinned; undefined: anywhere. */
  readonly memoryNode: number | undefined;
  /** The module that it runs. */
  readonly hostModule: URL;
  /** The worker calls the starting thread: there is mail. */
  readonly onCall: () => void;
  /** Its thread has ended. Where the engine does not tell, this is never called. */
  readonly onEnd: () => void;
  /** Whether a stray rejection was met before. */
  readonly followsStrays: boolean;
  /** What its heap may hold, in bytes. */
  readonly maxHeap: number;
  /** Its heap holds more than that. */
  readonly onFull: (worker: HostedWorker) => void;
}

/** A worker of a runtime. */
export class HostedWorker {
  /** Its index in the runtime. */
  readonly index: number;
  /** Its place in the fabric. */
  readonly slot: number;
  /** Who it is. */
  readonly thread: ThreadId;
  /** The name of the lock that it holds for as long as it lives. */
  readonly life: string;
  /**
   * Resolves when it is ready to work, and rejects if it never will be. It
   * keeps the event loop of the starting thread alive until then.
   */
  readonly ready: Promise<ReadyMessage>;
  /** Makes {@linkcode ready} reject, if it did not settle yet. */
  readonly abandon: (reason: string, cause?: unknown) => void;
  /** What travels beside the frames. */
  readonly side: MessagePort;
  /** Since when it is there, in ms of `performance.now()`. */
  readonly startedAt: number = performance.now();
  readonly #worker: WorkerThread;
  /** Whether it has answered that it goes: its end is no loss. */
  hasLeft = false;
  #isTerminated = false;
  /** Who waits for an answer about its load, by the number of the question. */
  readonly #rounds = new Map<number, (load: number) => void>();
  #round = 0;

  /** Starts a worker. */
  constructor(options: HostedWorkerOptions) {
    const { index, slot, thread, threads, fabric, processor, onCall } = options;
    this.index = index;
    this.slot = slot;
    this.thread = thread;
    this.life = lifeOf(fabric.lives, thread);
    const { promise, resolve, reject } = Promise.withResolvers<ReadyMessage>();
    this.abandon = (reason, cause) =>
      reject(new Error(`Cannot start worker ${index}: ${reason}`, { cause }));
    this.ready = promise;
    this.#worker = startThread({
      url: options.hostModule,
      name: `kindred-${index}`,
      onMessage: (received) => {
        const message = received as WorkerMessage;
        if (message === RING) return onCall();
        if (message.type === "full") return options.onFull(this);
        if (message.type === "load") {
          this.#rounds.get(message.round)?.(message.load);
          return void this.#rounds.delete(message.round);
        }
        this.#worker.letGo();
        resolve(message);
      },
      onError: this.abandon,
    });
    if (options.hostModule.href !== HOST_MODULE.href) {
      // One that never imports the host would be waited for in vain.
      const why =
        `${options.hostModule} did not host it within ${TIME_TO_HOST} ms: it has to import '@kindred/kindred/host'`;
      const limit = setTimeout(() => this.abandon(why), TIME_TO_HOST);
      const settled = () => clearTimeout(limit);
      promise.then(settled, settled);
    }
    const { ended } = this.#worker;
    if (ended !== undefined) {
      watchLife(this.life, ended);
      ended.then(() => {
        this.abandon(
          "it ended before it was ready: its module has to be, or import, '@kindred/kindred/host'",
        );
        options.onEnd();
      });
    }
    const { port1, port2 } = new MessageChannel();
    this.side = port1;
    this.#worker.post(
      {
        type: "boot",
        index,
        functions: options.functions,
        injection: options.injection,
        stats: options.stats,
        telemetry: options.telemetry,
        candidates: options.candidates,
        nodes: options.nodes,
        maxQueued: options.maxQueued,
        commons: options.commons,
        slot,
        fabric,
        threads,
        thread,
        parallelism: options.parallelism,
        processor,
        memoryNode: options.memoryNode,
        maxHeap: options.maxHeap,
        followsStrays: options.followsStrays,
        side: port2,
      } satisfies BootMessage,
      [port2],
    );
  }

  /** Sends a control message. */
  send(message: ControlMessage): void {
    this.#worker.post(message);
  }

  /**
   * Asks it how much it has to do with a worker: that is, if it is this one, what
   * runs there and what it calls; else its calls to that one. Resolves when it has
   * time to answer, and if it is lost, never.
   */
  askForLoad(worker: number): Promise<number> {
    const round = ++this.#round;
    this.send({ type: "load", round, worker });
    return new Promise((resolve) => this.#rounds.set(round, resolve));
  }

  /** Calls it: there is mail. */
  call(): void {
    this.#worker.post(RING);
  }

  /** Whether it was ended without asking. */
  get isTerminated(): boolean {
    return this.#isTerminated;
  }

  /** Ends it without asking. */
  terminate(): void {
    this.#isTerminated = true;
    this.#worker.terminate();
  }
}

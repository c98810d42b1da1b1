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
} from "../life/control.ts";
import type { FabricHandle } from "../fabric/fabric.ts";
import type { FunctionStoreHandle } from "../functions/function_store.ts";
import type { InjectionHandle } from "../injection/injection_memory.ts";
import { lifeOf } from "../life/life.ts";
import type { StatsTableHandle } from "../stats/stats_table.ts";
import type { CommonsHandle } from "../local/commons.ts";
import { unref } from "../life/unref.ts";

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
  /** The node of each worker that there could be. */
  readonly nodes: readonly (number | undefined)[];
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** Where it pins itself; undefined: nowhere. */
  readonly processor: number | undefined;
  /** The worker calls the starting thread: there is mail. */
  readonly onCall: () => void;
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
  readonly #worker: Worker;

  /** Starts a worker. */
  constructor(options: HostedWorkerOptions) {
    const { index, slot, thread, threads, fabric, processor, onCall } = options;
    this.index = index;
    this.slot = slot;
    this.thread = thread;
    this.life = lifeOf(fabric.id, thread);
    this.#worker = new Worker(new URL("../host.ts", import.meta.url), {
      type: "module",
      name: `kindred-${index}`,
    });
    const { promise, resolve, reject } = Promise.withResolvers<ReadyMessage>();
    this.#worker.onmessage = (
      { data }: MessageEvent<ReadyMessage | typeof RING>,
    ) => {
      if (data === RING) return onCall();
      unref(this.#worker);
      resolve(data);
    };
    this.abandon = (reason, cause) =>
      reject(new Error(`Cannot start worker ${index}: ${reason}`, { cause }));
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.abandon(event.message, event.error);
    };
    this.ready = promise;
    const { port1, port2 } = new MessageChannel();
    this.side = port1;
    this.#worker.postMessage(
      {
        type: "boot",
        index,
        functions: options.functions,
        injection: options.injection,
        stats: options.stats,
        telemetry: options.telemetry,
        nodes: options.nodes,
        maxQueued: options.maxQueued,
        commons: options.commons,
        slot,
        fabric,
        threads,
        thread,
        processor,
        side: port2,
      } satisfies BootMessage,
      [port2],
    );
  }

  /** Sends a control message. */
  send(message: ControlMessage): void {
    this.#worker.postMessage(message);
  }

  /** Calls it: there is mail. */
  call(): void {
    this.#worker.postMessage(RING);
  }

  /** Ends it without asking. */
  terminate(): void {
    this.#worker.terminate();
  }
}

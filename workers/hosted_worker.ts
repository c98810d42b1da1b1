/**
 * One worker as the starting thread sees it, from its start to its end.
 *
 * @module
 */

import type { ThreadId, ThreadRegistryHandle } from "../sync/thread.ts";
import {
  type BootMessage,
  type ControlMessage,
  type ReadyMessage,
  RING,
} from "./control.ts";
import type { FabricHandle } from "./fabric.ts";
import { unref } from "./unref.ts";

/** What a new worker is given. */
export interface HostedWorkerOptions {
  /** Its index in the runtime. */
  readonly index: number;
  /** Its place in the fabric. */
  readonly slot: number;
  /** Who it is. */
  readonly thread: ThreadId;
  /** The records of all threads. */
  readonly threads: ThreadRegistryHandle;
  /** The mailboxes. */
  readonly fabric: FabricHandle;
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
  readonly #worker: Worker;

  /** Starts a worker. */
  constructor(options: HostedWorkerOptions) {
    const { index, slot, thread, threads, fabric, processor, onCall } = options;
    this.index = index;
    this.slot = slot;
    this.thread = thread;
    this.life = `kindred/${crypto.randomUUID()}`;
    this.#worker = new Worker(new URL("./host.ts", import.meta.url), {
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
    this.#worker.postMessage(
      {
        type: "boot",
        index,
        slot,
        fabric,
        threads,
        thread,
        life: this.life,
        processor,
      } satisfies BootMessage,
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

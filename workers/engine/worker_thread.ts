/**
 * A module worker of this engine, as the thread that starts it sees it.
 *
 * @module
 */

import { node, type NodeThreads } from "./node.ts";
import { canUnref, unref } from "./unref.ts";

/** What a new thread runs, and who hears of it. */
export interface WorkerThreadOptions {
  /** Its module. */
  readonly url: URL;
  /** What the engine calls it, as in a debugger. */
  readonly name: string;
  /** It sent a message. */
  readonly onMessage: (message: unknown) => void;
  /** It failed where nobody in it could say so, as when its module cannot be loaded. */
  readonly onError: (message: string, error: unknown) => void;
}

/** A thread of this program. */
export interface WorkerThread {
  /** Sends a message. */
  post(message: unknown, transfer?: Transferable[]): void;
  /** Ends it without asking. */
  terminate(): void;
  /** Lets the program end although it lives. */
  letGo(): void;
  /** Resolves when it has ended; undefined where this engine does not tell. */
  readonly ended: Promise<void> | undefined;
}

/** Why this program has no threads, and which flag would give them; undefined if it has. */
export function whyNoWorkers(): { why: string; grant?: string } | undefined {
  if (node === undefined) {
    return typeof Worker === "undefined"
      ? { why: "this engine has no Worker" }
      : undefined;
  }
  return node.process.permission?.has("worker") === false
    ? { why: "this program may not start threads", grant: "--allow-worker" }
    : undefined;
}

/** Whether the program can end although a thread lives. */
export const canLetGo: boolean = node !== undefined || canUnref;

/** Whether this engine tells when a thread has ended. */
export const tellsEnds: boolean = node !== undefined;

/** Whether this engine ends any thread at once, also one in a loop without end. */
export const endsAnyThread: boolean = node !== undefined;

/** Starts a thread. */
export function startThread(options: WorkerThreadOptions): WorkerThread {
  return node === undefined
    ? startWebWorker(options)
    : startNodeWorker(node.threads, options);
}

function startWebWorker(options: WorkerThreadOptions): WorkerThread {
  const { url, name, onMessage, onError } = options;
  const worker = new Worker(url, { type: "module", name });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onError(event.message, event.error);
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
    letGo: () => unref(worker),
    ended: undefined,
  };
}

function startNodeWorker(
  { Worker }: NodeThreads,
  { url, name, onMessage, onError }: WorkerThreadOptions,
): WorkerThread {
  const worker = new Worker(url, { name });
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.on("message", onMessage);
  worker.on(
    "error",
    (error) =>
      onError(error instanceof Error ? error.message : String(error), error),
  );
  worker.on("exit", resolve);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
    letGo: () => worker.unref(),
    ended: promise,
  };
}

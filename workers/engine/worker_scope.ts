/**
 * What this engine gives the module of a worker: messages from the thread that started
 * it, and its own end.
 *
 * @module
 */

import { node, type NodePort, type NodeProcess } from "./node.ts";

/** Tells why this thread is about to end, and with which error. */
export type SayWhy = (reason: string, error?: unknown) => void;

/** Who is told before a thread ends. */
export interface Guard {
  /** Hears why it is about to end. */
  readonly sayWhy: SayWhy;
  /** Hears of a promise that nobody handles. Returns whether the thread is to end. */
  readonly rejected: (error: unknown) => boolean;
}

/** A worker from inside. */
export interface WorkerScope {
  /**
   * Hears of messages. To be called before the first await, or messages are lost. Modules
   * that workers import may set `onmessage`, which changes nothing here.
   */
  listen(listener: (message: unknown) => void): void;
  /** Sends a message to the thread that started this one. */
  post(message: unknown): void;
  /** Ends this thread. */
  close(): void;
  /** Has last words said before this thread ends, whatever makes it end. */
  guard(guard: Guard): void;
}

/** The scope of this worker. */
export const scope: WorkerScope = node?.threads.parentPort
  ? nodeScope(node.threads.parentPort, node.process)
  : webScope(globalThis as unknown as WebScope);

const THREW = "it threw an error that nobody caught";
const CLOSED = "it closed itself";

interface WebScope {
  addEventListener(
    type: "message",
    listener: (event: MessageEvent) => void,
  ): void;
  addEventListener(
    type: "error",
    listener: (event: ErrorEvent) => void,
  ): void;
  addEventListener(
    type: "unhandledrejection",
    listener: (event: PromiseRejectionEvent) => void,
  ): void;
  close(): void;
  postMessage(message: unknown): void;
  readonly Deno?: { exit?(code?: number): never };
}

function webScope(web: WebScope): WorkerScope {
  const close = web.close.bind(web);
  return {
    listen: (listener) =>
      web.addEventListener("message", ({ data }) => listener(data)),
    post: (message) => web.postMessage(message),
    close,
    guard({ sayWhy, rejected }) {
      web.addEventListener("error", (event) => {
        event.preventDefault();
        sayWhy(THREW, event.error);
        close();
      });
      web.addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        if (rejected(event.reason)) close();
      });
      web.close = () => {
        sayWhy(CLOSED);
        close();
      };
      const deno = web.Deno;
      const exit = deno?.exit;
      if (deno === undefined || exit === undefined) return;
      deno.exit = (code) => {
        sayWhy(`it called Deno.exit(${code ?? ""})`);
        return exit(code);
      };
    },
  };
}

function nodeScope(port: NodePort, process: NodeProcess): WorkerScope {
  const exit = process.exit.bind(process);
  // The port alone would let it end only when nothing else holds its event loop.
  const close = () => exit();
  return {
    listen: (listener) => port.on("message", listener),
    post: (message) => port.postMessage(message),
    close,
    guard({ sayWhy, rejected }) {
      process.on("uncaughtException", (error) => {
        sayWhy(THREW, error);
        close();
      });
      process.on("unhandledRejection", (error) => {
        if (rejected(error)) close();
      });
      process.exit = (code) => {
        sayWhy(`it called process.exit(${code ?? ""})`);
        return exit(code);
      };
    },
  };
}

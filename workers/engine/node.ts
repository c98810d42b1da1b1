/**
 * What Node and Bun have of their own: threads of `node:worker_threads`, whose end is an
 * event.
 *
 * Deno has that module, too, but its web workers are faster, and are what it documents.
 *
 * @module
 */

/** A thread, as the one that started it sees it. */
export interface NodeWorker {
  on(event: "message", listener: (message: unknown) => void): void;
  on(event: "error", listener: (error: unknown) => void): void;
  on(event: "exit", listener: () => void): void;
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  terminate(): void;
  unref(): void;
}

/** The port of a thread to the one that started it. */
export interface NodePort {
  on(event: "message", listener: (message: unknown) => void): void;
  postMessage(message: unknown): void;
}

/** What is needed of `node:worker_threads`. */
export interface NodeThreads {
  readonly Worker: new (url: URL, options: { name: string }) => NodeWorker;
  readonly parentPort: NodePort | null;
}

/** What is needed of `process`. */
export interface NodeProcess {
  on(
    event: "uncaughtException" | "unhandledRejection",
    listener: (error: unknown) => void,
  ): void;
  exit(code?: number | string | null): never;
  /** Only under `--permission`. */
  readonly permission?: {
    has(scope: string, reference?: string): boolean;
  };
}

/** An engine with threads of `node:worker_threads`. */
export interface NodeEngine {
  readonly threads: NodeThreads;
  readonly process: NodeProcess;
}

/** Node or Bun; undefined in Deno, and where there is nothing like it. */
export const node: NodeEngine | undefined = findNode();

function findNode(): NodeEngine | undefined {
  // Deno has a `process`, too, and loads it when it is looked at.
  if ("Deno" in globalThis) return undefined;
  const { process } = globalThis as {
    process?: NodeProcess & {
      getBuiltinModule?(name: string): NodeThreads | undefined;
    };
  };
  const threads = process?.getBuiltinModule?.("node:worker_threads");
  return threads && { threads, process: process! };
}

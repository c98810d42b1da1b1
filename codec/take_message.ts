/**
 * Taking a message from a port at once, without the event loop.
 *
 * Only `node:worker_threads` can do that. It is loaded when it is first needed: it takes
 * some milliseconds, and most threads never need it.
 *
 * @module
 */

/** Takes the next message of a port; undefined if there is none. */
export type TakeMessage = (
  port: MessagePort,
) => { readonly message: unknown } | undefined;

interface WorkerThreads {
  readonly receiveMessageOnPort: unknown;
}

let taker: TakeMessage | undefined;
let loading: Promise<void> | undefined;
let isMissing = false;

/**
 * How to take a message, if that is loaded: null if this engine has none, undefined if
 * nobody has tried yet.
 */
export function loadedTaker(): TakeMessage | null | undefined {
  return taker ?? (isMissing ? null : undefined);
}

/** Loads it. Never rejects; it is not there afterwards if this engine has none. */
export function loadTaker(): Promise<void> {
  return loading ??= import("node:worker_threads").then(use, () => {
    isMissing = true;
  });
}

/** Loads it now, which takes longer; null if this engine cannot do that. */
export function takerNow(): TakeMessage | null {
  if (taker !== undefined) return taker;
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): WorkerThreads | undefined };
  };
  const module = process?.getBuiltinModule?.("node:worker_threads");
  if (module !== undefined) use(module);
  return taker ?? null;
}

function use(module: WorkerThreads): void {
  taker = module.receiveMessageOnPort as TakeMessage;
}

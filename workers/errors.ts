/**
 * Errors of the runtime that callers may want to catch.
 *
 * @module
 */

import { registerError } from "../codec/error_classes.ts";

/** Options of {@linkcode WorkerLostError}. */
export interface WorkerLostErrorOptions extends ErrorOptions {
  /** Whether the call may have run. */
  readonly started: boolean;
  /** What was not completed. Default: `call`. */
  readonly label?: string;
}

/**
 * The worker that a call was bound to ended before it answered.
 *
 * What to do: a call that was not `started` can safely be made again; the
 * runtime has replaced the worker by then. One that was may have had effects.
 * The `cause` is the error that ended the worker, where there is one.
 *
 * @example Making a call again that certainly did not run
 * ```ts
 * import { WorkerLostError } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * async function again<T>(call: () => Promise<T>): Promise<T> {
 *   try {
 *     return await call();
 *   } catch (error) {
 *     if (error instanceof WorkerLostError && !error.started) return await call();
 *     throw error;
 *   }
 * }
 * assertEquals(await again(() => Promise.resolve(1)), 1);
 * ```
 */
export class WorkerLostError extends Error {
  /** The name of the class. */
  override readonly name = "WorkerLostError";
  /** The index of the worker. */
  readonly worker: number;
  /** Whether the call may have run: if false, it certainly has not. */
  readonly started: boolean;

  /** Made by the runtime. */
  constructor(worker: number, reason: string, options: WorkerLostErrorOptions) {
    super(
      `Cannot complete ${
        options.label ?? "call"
      } as worker ${worker} is lost: ${reason}`,
      options,
    );
    this.worker = worker;
    this.started = options.started;
  }
}

/**
 * The runtime was used after it was closed, or was closed before a call was
 * answered.
 *
 * What to do: close a runtime only when its work is done; `close()` waits for
 * calls under way unless a timeout ends it.
 *
 * @example Usage
 * ```ts
 * import { Runtime, RuntimeClosedError } from "@kindred/kindred";
 * import { assertRejects } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * const runtime = await Runtime.start({ workers: 1 });
 * await runtime.close();
 * await assertRejects(() => runtime.link(hits), RuntimeClosedError);
 * ```
 */
export class RuntimeClosedError extends Error {
  /** The name of the class. */
  override readonly name = "RuntimeClosedError";

  /** Made by the runtime. */
  constructor(action: string) {
    super(`Cannot ${action} as the runtime is closed`);
  }
}

/**
 * A task, or a call that was forwarded, was not taken as too many wait already: see
 * `maxQueued` of `Runtime.start()`.
 *
 * What to do: wait for some of them, or use `map()`, which takes no more than it may.
 *
 * @example Usage
 * ```ts
 * import { QueueFullError, Runtime } from "@kindred/kindred";
 * import { assert } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1, maxQueued: 2 });
 * const tasks = Array.from({ length: 9 }, () => runtime.spawn(() => 1));
 * const results = await Promise.allSettled(tasks);
 * assert(results.some((result) =>
 *   result.status === "rejected" && result.reason instanceof QueueFullError
 * ));
 * ```
 */
export class QueueFullError extends Error {
  /** The name of the class. */
  override readonly name = "QueueFullError";
  /** How many may wait. */
  readonly maxQueued: number;

  /** Made by the runtime. */
  constructor(label: string, maxQueued: number) {
    super(
      `Cannot start ${label} as ${maxQueued} others wait, which is the limit`,
    );
    this.maxQueued = maxQueued;
  }
}

registerError(QueueFullError);
registerError(WorkerLostError);
registerError(RuntimeClosedError);

/** Whether something was given up as its time was up. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

/**
 * Adds where a remote error was awaited to where it was thrown. Called in a
 * reaction of the call's promise, where the engine knows who awaits it.
 */
export function addLocalStack(error: unknown): never {
  // Errors of the runtime itself come in numbers, and stacks are slow to make.
  if (error instanceof WorkerLostError || error instanceof RuntimeClosedError) {
    throw error;
  }
  if (error instanceof Error && typeof error.stack === "string") {
    const here = new Error().stack ?? "";
    const awaiting = here.split("\n").filter((line) =>
      line.includes("at async")
    );
    if (awaiting.length > 0) {
      error.stack += `\n    at [call to another thread]\n${
        awaiting.join("\n")
      }`;
    }
  }
  throw error;
}

/**
 * Rejects a promise with an error that says who awaits it. The detour is for the
 * stack: a reaction knows that, once the promises are linked, which takes the
 * engine a turn. What succeeds needs no reaction, so that it costs nothing.
 *
 * @param resolve Of that promise.
 */
export function rejectWithStack(
  resolve: (value: unknown) => void,
  reason: unknown,
): void {
  const { promise, reject } = Promise.withResolvers<never>();
  resolve(promise.then(undefined, addLocalStack));
  queueMicrotask(() => reject(reason));
}

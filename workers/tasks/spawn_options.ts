/**
 * How a task is to be run.
 *
 * @module
 */

import { checkTimeout } from "../../sync/thread/timeout.ts";

/** How important a task is: urgent ones go before normal ones that wait. */
export type TaskPriority = "urgent" | "normal";

/**
 * Where a task goes that names no worker, key or node: to whichever worker is free
 * first; or, bound to it as soon as it is spawned, to the worker with the fewest calls
 * of this thread under way, or to one after the other.
 */
export type TaskPlacement = "free" | "least loaded" | "round robin";

/** Options of `with()`. */
export interface SpawnOptions {
  /** What errors and reports call the task. Default: the name of its function. */
  readonly name?: string;
  /**
   * How long it may take from now on, in ms. Then it is rejected with a
   * `TimeoutError`, does not start any more, and is told if it runs. Default:
   * for as long as it takes.
   */
  readonly timeout?: number;
  /** Cancels the task; it is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Whether it goes before others that wait for any worker. What is bound to a worker
   * runs in order, whatever this says. Default: `"normal"`.
   */
  readonly priority?: TaskPriority;
  /** The worker that runs it. Default: one that is free. */
  readonly worker?: number;
  /**
   * Tasks with the same key run on the same worker, in order, as long as there are as
   * many workers. Without effect where a worker is named.
   */
  readonly key?: string | number;
  /**
   * A NUMA node: a worker on a processor of it runs it, if there is one; of several
   * the one that has the fewest calls of this thread. Without effect where a worker or
   * a key is named.
   */
  readonly near?: number;
  /**
   * Which worker runs it. Without effect where a worker, a key or a node is named.
   * Default: `"free"`, which never lets a task wait behind a busy worker.
   */
  readonly placement?: TaskPlacement;
  /**
   * Of streams: how many items may be on their way, or here and not taken. Default:
   * 16.
   */
  readonly window?: number;
}

/** More items would wait here than anybody can want. */
const WIDEST = 1 << 20;

const PLACEMENTS: readonly unknown[] = [
  undefined,
  "free",
  "least loaded",
  "round robin",
] satisfies (TaskPlacement | undefined)[];

/**
 * Checks options before anything is done with them.
 *
 * @param size How many workers there are.
 * @throws {TypeError} If an option is of another type.
 * @throws {RangeError} If there is no such worker, or a timeout is negative or not
 * a number, or a node or a window is none.
 */
export function checkSpawnOptions(options: SpawnOptions, size: number): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot spawn as 'options' must be an object: received ${
        options === null ? "null" : typeof options
      }`,
    );
  }
  const { name, timeout, signal, priority, worker, key, near } = options;
  const { placement, window } = options;
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(
      `Cannot spawn as 'name' must be a string: received ${typeof name}`,
    );
  }
  checkTimeout(timeout, "spawn");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot spawn as 'signal' must be an AbortSignal: received ${
        signal === null ? "null" : typeof signal
      }`,
    );
  }
  if (
    priority !== undefined && priority !== "urgent" && priority !== "normal"
  ) {
    throw new TypeError(
      `Cannot spawn as 'priority' must be "urgent" or "normal": received ${priority}`,
    );
  }
  if (key !== undefined && typeof key !== "string" && typeof key !== "number") {
    throw new TypeError(
      `Cannot spawn as 'key' must be a string or a number: received ${
        key === null ? "null" : typeof key
      }`,
    );
  }
  if (near !== undefined && !(Number.isInteger(near) && near >= 0)) {
    throw new RangeError(
      `Cannot spawn as 'near' must be the id of a node: received ${
        String(near)
      }`,
    );
  }
  if (!PLACEMENTS.includes(placement)) {
    throw new TypeError(
      `Cannot spawn as 'placement' must be "free", "least loaded" or "round robin": received ${
        String(placement)
      }`,
    );
  }
  if (
    window !== undefined &&
    !(Number.isInteger(window) && window >= 1 && window <= WIDEST)
  ) {
    throw new RangeError(
      `Cannot spawn as 'window' must be an integer from 1 to ${WIDEST}: received ${
        String(window)
      }`,
    );
  }
  if (worker !== undefined) checkWorker(worker, size, "spawn on");
}

/**
 * Checks the index of a worker.
 *
 * @throws {RangeError} If there is no such worker.
 */
export function checkWorker(
  worker: number,
  size: number,
  action: string,
): void {
  if (Number.isInteger(worker) && worker >= 0 && worker < size) return;
  throw new RangeError(
    `Cannot ${action} worker ${
      String(worker)
    } as there is none: expected an index from 0 to ${size - 1}`,
  );
}

/**
 * How a task is to be run.
 *
 * @module
 */

import { checkTimeout } from "../../sync/thread/timeout.ts";

/** How important a task is: urgent ones go before normal ones that wait. */
export type TaskPriority = "urgent" | "normal";

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
}

/** What the runtime itself says besides. */
export interface PlacedOptions extends SpawnOptions {
  /** Whether it counts its tasks by itself: `maxQueued` does not hold for them. */
  readonly isBounded?: boolean;
}

/**
 * Checks options before anything is done with them.
 *
 * @param size How many workers there are.
 * @throws {TypeError} If an option is of another type.
 * @throws {RangeError} If there is no such worker, or a timeout is negative or not
 * a number, or a node is none.
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

/**
 * How an object on a worker is made.
 *
 * @module
 */

import type { PinnedAffinity } from "../../aware/affinity.ts";
import { checkWorker } from "../../workers/tasks/spawn_options.ts";
import { checkReserve } from "../../sync/channel/segment_layout.ts";
import { checkTimeout } from "../../sync/thread/timeout.ts";
import type { FailurePolicy, Reference } from "../ordered.ts";
import { checkOptions } from "../ordered_options.ts";
import type { LossPolicy } from "./host_object.ts";

/**
 * Options of objects on workers.
 *
 * @typeParam T What the data is.
 */
export interface RemoteDesyncOptions<T = unknown> {
  /** What the function gets that makes the data. Default: nothing. */
  readonly args?: readonly unknown[];
  /** The index of the worker. Default: the next one in turn. */
  readonly worker?: number;
  /** A NUMA node: a worker on a processor of it gets the object, if there is one. Without effect where a worker is named. */
  readonly near?: number;
  /** The worker that lives there gets the object. Without effect where a worker is named. */
  readonly affinity?: PinnedAffinity;
  /** What errors call it. Default: the name of what makes the data. */
  readonly name?: string;
  /** What becomes of the object when a job throws. Default: `"continue"`. */
  readonly onFailure?: FailurePolicy;
  /**
   * Gets what jobs throw that nobody waits for: a portable function, which runs on the
   * worker. Default: it is an unhandled rejection of the thread that asked for the job.
   */
  readonly onError?: (error: unknown) => void;
  /**
   * The last job, when the object is disposed of, or its runtime closed: a portable
   * function.
   */
  readonly dispose?: (ref: Reference<T>) => unknown;
  /**
   * What becomes of the object when its worker is lost. `"refuse"`: nobody can use it any
   * more. `"rebuild"`: its data are made anew, and what was asked for by `desync()` and
   * had not begun is run then. Default: `"refuse"`.
   */
  readonly onLoss?: LossPolicy;
  /**
   * How long `sync()` and `trySync()` block at most, in ms, and `join()` where it is not told
   * otherwise: then they throw a `DOMException` named `TimeoutError`, and their job, unless
   * it has begun, does not run. A job that never ends would else hold them up for ever.
   * Without effect on inline workers, where nobody blocks. Default: `Infinity`.
   */
  readonly timeout?: number;
  /** Bytes for jobs that wait: address space. Default: 2^24. */
  readonly reserve?: number;
}

/**
 * Checks options before anything is done with them.
 *
 * @throws {TypeError} If one is of another type.
 * @throws {RangeError} If there is no such worker, or too little or much is reserved.
 */
export function checkRemoteOptions<T>(
  options: RemoteDesyncOptions<T>,
  size: number,
): void {
  const action = "make object on a worker";
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot ${action} as 'options' must be an object: received ${
        options === null ? "null" : typeof options
      }`,
    );
  }
  const { worker, near, affinity, name, onLoss, timeout, reserve } = options;
  if (options.args !== undefined && !Array.isArray(options.args)) {
    throw new TypeError(
      `Cannot ${action} as 'args' must be an array: received ${
        String(options.args)
      }`,
    );
  }
  checkOptions(action, options as Parameters<typeof checkOptions>[1]);
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(
      `Cannot ${action} as 'name' must be a string: received ${typeof name}`,
    );
  }
  if (onLoss !== undefined && onLoss !== "refuse" && onLoss !== "rebuild") {
    throw new TypeError(
      `Cannot ${action} as 'onLoss' must be "refuse" or "rebuild": received ${
        String(onLoss)
      }`,
    );
  }
  if (near !== undefined && !(Number.isInteger(near) && near >= 0)) {
    throw new RangeError(
      `Cannot ${action} as 'near' must be the id of a node: received ${
        String(near)
      }`,
    );
  }
  if (
    affinity !== undefined &&
    (typeof affinity !== "object" || affinity === null ||
      !Number.isInteger(affinity.processor))
  ) {
    throw new TypeError(
      `Cannot ${action} as 'affinity' must be that of a worker: received ${
        String(affinity)
      }`,
    );
  }
  if (worker !== undefined) checkWorker(worker, size, "make object on");
  checkTimeout(timeout, action);
  if (reserve !== undefined) checkReserve(action, reserve);
}

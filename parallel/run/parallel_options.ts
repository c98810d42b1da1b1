/**
 * What a plan is run with.
 *
 * @module
 */

import { SharedCounter } from "../../sync/value/shared_counter.ts";
import { RuntimeFace } from "../../workers/runtime/runtime_face.ts";

/** Options of `par()`. */
export interface ParallelOptions {
  /**
   * Whose workers take part. Default: the runtime that this thread is in; else one for
   * the whole program, which the first plan starts that is worth it.
   */
  readonly runtime?: RuntimeFace;
  /**
   * Whether the workers are asked at once, rather than when this thread has found out
   * that it would take long: for few values that take long each. Default: false.
   */
  readonly eager?: boolean;
  /** Ends it early: it is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Grows with the number of indices of the source that are done. */
  readonly progress?: SharedCounter;
}

/**
 * Checks options.
 *
 * @throws {TypeError} If one is of another type.
 */
export function checkParallelOptions(options: ParallelOptions): void {
  if (typeof options !== "object" || options === null) {
    throw wrongOption("options", "an object", options);
  }
  const { runtime, eager, signal, progress } = options;
  if (runtime !== undefined && !(runtime instanceof RuntimeFace)) {
    throw wrongOption("runtime", "a runtime", runtime);
  }
  if (eager !== undefined && typeof eager !== "boolean") {
    throw wrongOption("eager", "a boolean", eager);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongOption("signal", "an AbortSignal", signal);
  }
  if (progress !== undefined && !(progress instanceof SharedCounter)) {
    throw wrongOption("progress", "a SharedCounter", progress);
  }
}

/** What to throw if an option is of another type. */
export function wrongOption(
  name: string,
  what: string,
  received: unknown,
): TypeError {
  return new TypeError(
    `Cannot plan in parallel as '${name}' must be ${what}: received ${
      received === null ? "null" : typeof received
    }`,
  );
}

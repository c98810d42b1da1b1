/**
 * A function that another thread asked for, ready to run here.
 *
 * @module
 */

import type { AnyFunction } from "./portable.ts";

/** A function on the thread that runs it. */
export interface LoadedFunction {
  /** Its name; "" if it has none. */
  readonly name: string;
  /**
   * The function. It is called without `this`: `const { run } = loaded`, then
   * `run(...args)`.
   */
  readonly run: AnyFunction;
  /** Whether it is an `async function`; others may return promises too. */
  readonly isAsync: boolean;
  /** Whether it is a generator function; with `isAsync` an async one. */
  readonly isGenerator: boolean;
  /** The source of a self-contained function. */
  readonly source: string | undefined;
  /** How stack traces name that source. */
  readonly origin: string;
}

/** Describes a function. */
export function loadedFunction(
  name: string,
  run: AnyFunction,
  source: string | undefined,
  origin: string,
): LoadedFunction {
  const tag = Object.prototype.toString.call(run);
  return {
    name,
    run,
    isAsync: tag.includes("Async"),
    isGenerator: tag.includes("Generator"),
    source,
    origin,
  };
}

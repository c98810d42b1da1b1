/**
 * Closures as the functions of tasks.
 *
 * @module
 */

import { type Closure, isClosure } from "../../aware/closure.ts";
import type { AnyFunction } from "../functions/portable.ts";
import type { SpawnOptions } from "./spawn_options.ts";

/** What a task does. */
export interface TaskParts {
  /** Its function. */
  readonly fn: AnyFunction;
  /** What that is called with. */
  readonly args: readonly unknown[];
  /** How it is run. */
  readonly options: SpawnOptions;
}

type AnyClosure = Closure<unknown[], unknown>;

/** A closure goes as the first argument of a function that calls it. */
export function withoutClosure(
  fn: AnyFunction,
  args: readonly unknown[],
  options: SpawnOptions,
): TaskParts {
  // Most functions are none: they lack a property of all closures, which is quicker
  // to see.
  if (
    (fn as Partial<AnyClosure>)?.isRepeatable === undefined || !isClosure(fn)
  ) {
    return { fn, args, options };
  }
  const named = fn.name === "" ? options : { name: fn.name, ...options };
  return { fn: callClosure, args: [fn, ...args], options: named };
}

/** Runs on a worker, from its source. */
function callClosure(closure: AnyFunction, ...args: unknown[]): unknown {
  return closure(...args);
}

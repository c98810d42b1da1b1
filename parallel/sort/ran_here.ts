/**
 * The functions of sorts on the thread that sorts.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import { explained } from "../plan/loop.ts";
import { functionNumber, planFunction } from "../plan/plan_function.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";

/** How many functions this thread keeps. */
const KEPT = 1000;

/** By their numbers. */
const known = new Map<number, LoadedFunction>();

/**
 * Has a function used on this thread: the same code as on others, and what it throws is
 * explained.
 *
 * @throws {TypeError} If the function is not portable.
 */
export function ranHere<F extends AnyFunction>(
  fn: F,
): <R>(use: (fn: F) => R) => R {
  if (isClosure(fn)) return (use) => use(fn);
  const number = functionNumber(fn);
  let loaded = known.get(number);
  if (loaded === undefined) {
    loaded = planFunction(fn)!.loaded;
    if (known.size >= KEPT) known.clear();
    known.set(number, loaded);
  }
  return (use) => {
    try {
      return use(loaded.run as F);
    } catch (error) {
      throw explained(error, [loaded]);
    }
  };
}

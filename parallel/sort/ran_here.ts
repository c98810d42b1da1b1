/**
 * The functions of sorts on the thread that sorts.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import { explained } from "../plan/loop.ts";
import { functionKey, planFunction } from "../plan/plan_function.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";

/** By what tells them from others: to look at a source takes long. */
const known = new Map<string, LoadedFunction>();

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
  const key = functionKey(fn);
  let loaded = known.get(key);
  if (loaded === undefined) {
    loaded = planFunction(fn)!.loaded;
    known.set(key, loaded);
  }
  return (use) => {
    try {
      return use(loaded.run as F);
    } catch (error) {
      throw explained(error, [loaded]);
    }
  };
}

/**
 * Making a function from its source.
 *
 * @module
 */

import { type FunctionDefinition, inQuotes } from "./function_definition.ts";
import { type LoadedFunction, loadedFunction } from "./loaded_function.ts";

/** What self-contained functions may use besides arguments and globals. */
export interface FunctionScope {
  /** In scope under this name. */
  readonly currentTask: () => unknown;
}

/** What stands before the source, on its first line. */
const BEFORE = `"use strict";(function(currentTask){return (`;

/** How many characters of the first line are not the function's. */
export const COLUMNS_BEFORE: number = BEFORE.length;

/**
 * Compiles a self-contained function.
 *
 * It sees the globals and the names of its scope, nothing else, and is strict,
 * as it was in its module. In stack traces its lines are counted from its own
 * first one.
 *
 * @throws {TypeError} If the source is none.
 */
export function compile(
  { name, text }: FunctionDefinition,
  number: number,
  { currentTask }: FunctionScope,
): LoadedFunction {
  const origin = `kindred-function-${number}:${
    encodeURIComponent((name || "anonymous").toWellFormed())
  }`;
  let run: unknown;
  try {
    // Indirect, so that it is global code: it sees nothing of this module.
    const make = (0, eval)(`${BEFORE}${text}\n)})\n//# sourceURL=${origin}`);
    run = make(currentTask);
  } catch (cause) {
    throw new TypeError(
      `Cannot run ${
        inQuotes(name)
      } on a worker as its source cannot be compiled`,
      { cause },
    );
  }
  if (typeof run !== "function") {
    throw new TypeError(
      `Cannot run ${
        inQuotes(name)
      } on a worker as its source is not that of a function: received ${typeof run}`,
    );
  }
  if (run.name !== name) Object.defineProperty(run, "name", { value: name });
  return loadedFunction(name, run as LoadedFunction["run"], text, origin);
}

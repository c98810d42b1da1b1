/**
 * Self-contained functions that this thread compiled, by their sources.
 *
 * @module
 */

import { currentTask } from "../tasks/task_context.ts";
import { compile } from "./compile.ts";
import { SOURCE } from "./function_definition.ts";
import type { LoadedFunction } from "./loaded_function.ts";

/** By name and source. */
const compiled = new Map<string, LoadedFunction>();

/**
 * The function of a source: the same one each time.
 *
 * Functions of tasks are none of these: they have their numbers.
 *
 * @throws {TypeError} If the source is none.
 */
export function compiledSource(name: string, text: string): LoadedFunction {
  const key = JSON.stringify([name, text]);
  let loaded = compiled.get(key);
  if (loaded === undefined) {
    const definition = { kind: SOURCE, name, text } as const;
    // The functions of tasks have the other numbers.
    loaded = compile(definition, -1 - compiled.size, { currentTask });
    compiled.set(key, loaded);
  }
  return loaded;
}

/**
 * Getting an exported function from its module.
 *
 * @module
 */

import { exportedAt } from "../../codec/module_exports.ts";
import type { FunctionDefinition } from "./function_definition.ts";
import { type LoadedFunction, loadedFunction } from "./loaded_function.ts";
import type { AnyFunction } from "./portable.ts";

/**
 * Imports a function and checks that it is the one that was asked for.
 *
 * @throws {TypeError} If its module does not export it.
 * @throws What the module throws when it is imported.
 */
export async function importFunction(
  { name, text: url }: FunctionDefinition,
): Promise<LoadedFunction> {
  const module = await import(url) as Record<string, unknown>;
  if (!Object.hasOwn(module, name)) {
    throw new TypeError(
      `Cannot run function '${name}' on a worker as its module has no export of that name: ${url}`,
    );
  }
  const found = module[name];
  const at = typeof found === "function"
    ? exportedAt(found as AnyFunction)
    : undefined;
  if (at === undefined) {
    throw new TypeError(
      `Cannot run function '${name}' on a worker as that export is not made by portable(): received ${
        found === null ? "null" : typeof found
      } from ${url}`,
    );
  }
  if (at.name !== name || at.url !== url) {
    throw new TypeError(
      `Cannot run function '${name}' of ${url} on a worker as that export is the function '${at.name}' of ${at.url}`,
    );
  }
  return loadedFunction(name, found as AnyFunction, undefined, url);
}

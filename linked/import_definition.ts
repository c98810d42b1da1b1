/**
 * Definitions, as a message names them.
 *
 * @module
 */

import type { Linked } from "./definition.ts";
import { isDefinition } from "./definition_mark.ts";

/**
 * Imports a definition.
 *
 * @throws {TypeError} If its module does not export it under its own name.
 * @throws What the module throws when it is imported.
 */
export async function importDefinition(
  url: string,
  name: string,
): Promise<Linked<object>> {
  const module = await import(url) as Record<string, unknown>;
  const found = module[name];
  if (!Object.hasOwn(module, name)) {
    throw new TypeError(
      `Cannot link '${name}' as its module has no export of that name: ${url}`,
    );
  }
  if (!isDefinition(found)) {
    throw new TypeError(
      `Cannot link '${name}' as that export is not made by linked(): received ${
        found === null ? "null" : typeof found
      } from ${url}`,
    );
  }
  if (found.name !== name || found.url !== url) {
    throw new TypeError(
      `Cannot link '${name}' of ${url} as that export is the definition '${found.name}' of ${found.url}`,
    );
  }
  return found;
}

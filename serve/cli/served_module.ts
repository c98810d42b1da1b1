/**
 * The module that a command line names, as the starting thread sees it.
 *
 * @module
 */

import type { Linked } from "../../linked/definition.ts";
import type { LocalFamily } from "../../linked/local_family.ts";

/** What a module is to serve. */
export interface ServedModule {
  /** Which protocol. */
  readonly kind: "http" | "tcp";
  /** The families to be linked, by name. */
  readonly families: Readonly<
    Record<string, Linked<object> | LocalFamily<object>>
  >;
}

/**
 * Imports a module, to see what it exports.
 *
 * @throws {TypeError} If that is no application.
 * @throws What the module throws.
 */
export async function readModule(url: URL): Promise<ServedModule> {
  const { default: app, families = {} } = await load(url);
  if (typeof families !== "object" || families === null) {
    throw new TypeError(
      `Cannot serve as the export 'families' of ${url} must be an object: received ${
        families === null ? "null" : typeof families
      }`,
    );
  }
  const isTcp = typeof app === "object" && app !== null && "connection" in app;
  return { kind: isTcp ? "tcp" : "http", families };
}

async function load(
  { href }: URL,
): Promise<{ default?: unknown; families?: ServedModule["families"] }> {
  try {
    return await import(href);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new TypeError(
      `Cannot serve as a module is not there: ${String(message)}`,
      { cause: error },
    );
  }
}

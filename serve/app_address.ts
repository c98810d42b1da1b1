/**
 * Where workers find an application.
 *
 * @module
 */

import { inWords } from "../codec/in_words.ts";
import { exportedAt, exportFrom } from "../codec/module_exports.ts";
import type { AnyFunction } from "../workers/functions/portable.ts";
import type { AppExport } from "./app.ts";

/** An export of a module, as a message names it. */
export interface AppAddress {
  /** The module, without fragment. */
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
}

/** What can be told as an application. */
export type AppSource = URL | string | AppExport | AnyFunction;

/**
 * Where workers find an application.
 *
 * @param action What it is needed for, for errors.
 * @throws {TypeError} If it is not told by a URL, and is no function that another thread
 * can import.
 */
export function addressOf(app: AppSource, action: string): AppAddress {
  if (typeof app === "function") return exportOf(app, action);
  if (typeof app === "string" || app instanceof URL) {
    return { url: urlOf(app, action), name: "default" };
  }
  if (typeof app === "object" && app !== null && app.module !== undefined) {
    const { module, export: name = "default" } = app;
    if (typeof name !== "string" || name === "") {
      throw new TypeError(
        `Cannot ${action} as 'export' must be a string that is not empty: received ${
          name === "" ? '""' : typeof name
        }`,
      );
    }
    return { url: urlOf(module, action), name };
  }
  throw new TypeError(
    `Cannot ${action} as 'app' must be told by the URL of its module, such as import.meta.url, or as a function made by portable(): received ${
      app === null ? "null" : typeof app
    }`,
  );
}

function exportOf(app: AnyFunction, action: string): AppAddress {
  const at = exportedAt(app);
  if (at !== undefined) return { url: at.url, name: at.name };
  throw new TypeError(
    `Cannot ${action} as '${
      app.name || "app"
    }' is a function that workers cannot import: export it, made by portable(import.meta.url, …), or tell its module by URL`,
  );
}

function urlOf(module: unknown, action: string): string {
  if (
    (typeof module !== "string" && !(module instanceof URL)) ||
    !URL.canParse(module)
  ) {
    throw new TypeError(
      `Cannot ${action} as the module of 'app' must be an absolute URL, such as import.meta.url: received ${
        typeof module === "string" ? `"${module}"` : inWords(module)
      }`,
    );
  }
  return new URL(module).href.replace(/#.*$/s, "");
}

/**
 * Imports what an address names.
 *
 * @throws {TypeError} If its module has no such export.
 * @throws What the module throws when it is imported.
 */
export async function importApp(
  { url, name }: AppAddress,
): Promise<unknown> {
  // Without threads this one has it, and may not be allowed to import it again.
  const known = exportFrom({ url, name });
  if (known !== undefined) return known;
  const module = await import(url) as Record<string, unknown>;
  if (Object.hasOwn(module, name)) return module[name];
  throw new TypeError(
    name === "default"
      ? `Cannot serve as the module has no default export: received ${url}`
      : `Cannot serve as the module has no export '${name}': received ${url}`,
  );
}

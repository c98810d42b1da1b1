/**
 * Functions that a module exports, and that other threads import from there.
 *
 * @module
 */

import type { AnyFunction } from "../../codec/function_values.ts";
import { exportAt, exportedAt } from "../../codec/module_exports.ts";

export type { AnyFunction };

/**
 * Makes an exported function run on other threads with all that its module
 * gives it: its imports, its constants, its helpers.
 *
 * A function that uses only its arguments and globals needs none of this: it is
 * shipped as its source. Any other one has to be exported under its own name,
 * so that a worker can import its module and find it there. The module runs
 * once on each such worker.
 *
 * The function that is returned is the one that was given: here, it is called
 * like any other.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * // export const gross = portable(import.meta.url, function gross(net) {
 * //   return net * (1 + TAX);
 * // });
 * import { gross } from "../../examples/prices.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * assertEquals(await runtime.spawn(gross, 100), 125); // on a worker
 * assertEquals(gross(100), 125); //                      here
 * ```
 *
 * @typeParam F The type of the function.
 * @param url The module that exports the function: `import.meta.url`.
 * @param fn The function; its `name` is the name under which it is exported.
 * @throws {TypeError} If an argument is of another type, the function has no
 * name, or it is a class.
 */
export function portable<F extends AnyFunction>(url: string, fn: F): F {
  if (typeof url !== "string") {
    throw new TypeError(
      `Cannot make function portable as 'url' must be a string: received ${
        url === null ? "null" : typeof url
      }`,
    );
  }
  if (!URL.canParse(url)) {
    throw new TypeError(
      `Cannot make function portable as 'url' must be an absolute URL: received "${url}"`,
    );
  }
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot make function portable as 'fn' must be a function: received ${
        fn === null ? "null" : typeof fn
      }`,
    );
  }
  const { name } = fn;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      "Cannot make function portable as it has no name: write it as a function with the name under which its module exports it",
    );
  }
  if (isClass(fn)) {
    throw new TypeError(
      `Cannot make function portable as '${name}' is a class: export a function that makes the instance`,
    );
  }
  const at = { url: url.replace(/#.*$/s, ""), name };
  const known = exportedAt(fn);
  if (known !== undefined && (known.url !== at.url || known.name !== name)) {
    throw new TypeError(
      `Cannot make function portable as '${name}' is the export '${known.name}' of ${known.url} already: received ${at.url}`,
    );
  }
  if (known === undefined) exportAt(fn, at);
  return fn;
}

/** Whether a function is a class, which cannot be called. */
export function isClass(fn: AnyFunction): boolean {
  const prototype = Object.getOwnPropertyDescriptor(fn, "prototype");
  return prototype?.writable === false &&
    Function.prototype.toString.call(fn).startsWith("class");
}

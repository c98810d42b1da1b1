/**
 * Functions that a module exports, and that other threads import from there.
 *
 * @module
 */

import { perRealm } from "../../sync/thread/realm.ts";

/** Any function, whatever it takes. */
// deno-lint-ignore no-explicit-any -- `unknown` would refuse typed parameters
export type AnyFunction = (...args: any[]) => unknown;

/** Where the other threads find a function. */
export interface ExportedAt {
  /** The module that exports it, without fragment. */
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
}

/** Which functions were made portable, also by another copy of the package. */
function exported(): WeakMap<AnyFunction, ExportedAt> {
  return perRealm("portable functions", () => new WeakMap());
}

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
  const functions = exported();
  const at = { url: url.replace(/#.*$/s, ""), name };
  const known = functions.get(fn);
  if (known !== undefined && (known.url !== at.url || known.name !== name)) {
    throw new TypeError(
      `Cannot make function portable as '${name}' is the export '${known.name}' of ${known.url} already: received ${at.url}`,
    );
  }
  if (known === undefined) functions.set(fn, at);
  return fn;
}

/** Where a function is exported; undefined if it is not portable by that. */
export function exportOf(fn: AnyFunction): ExportedAt | undefined {
  return exported().get(fn);
}

/** Whether a function is a class, which cannot be called. */
export function isClass(fn: AnyFunction): boolean {
  const prototype = Object.getOwnPropertyDescriptor(fn, "prototype");
  return prototype?.writable === false &&
    Function.prototype.toString.call(fn).startsWith("class");
}

/**
 * A plugin for `deno lint`, for programs that use Kindred.
 *
 * In your `deno.json`:
 *
 * ```json
 * { "lint": { "plugins": ["jsr:@kindred/kindred/lint"] } }
 * ```
 *
 * | rule                            | what it finds                                              |
 * | ------------------------------- | ---------------------------------------------------------- |
 * | `kindred/no-captured-variables` | functions for workers that use something that stays behind |
 *
 * A function that is given to `spawn()`, `map()`, `broadcast()` or `stream()`
 * of a runtime is sent to a worker as its source: there it has its arguments,
 * the globals and `currentTask`. When it runs, a captured variable gives an
 * error; this rule finds it before.
 *
 * ```ts ignore
 * const rate = 0.25;
 * await runtime.spawn((net: number) => net * (1 + rate), 100);
 * //                                             ^^^^ found
 * await runtime.spawn((net: number, rate: number) => net * (1 + rate), 100, rate);
 * ```
 *
 * The rule looks at functions whose source stands in the same module, and at
 * runtimes that it can follow back to an import of Kindred: from
 * `Runtime.start()`, a parameter or field of type `Runtime`, the argument of a
 * `scope()`, or `currentTask().runtime`. What it cannot follow it leaves alone,
 * so that the `map()` of an array is never mistaken for that of a runtime.
 *
 * @module
 */

import { noCapturedVariables } from "./no_captured_variables.ts";

/**
 * The plugin; what its rules find is said at the head of this module.
 *
 * @example Trying it
 * ```ts
 * import plugin from "@kindred/kindred/lint";
 * import { assertEquals } from "@std/assert";
 *
 * const source = `
 *   import { Runtime } from "@kindred/kindred";
 *   const runtime = await Runtime.start();
 *   const rate = 0.25;
 *   await runtime.spawn((net) => net * rate, 100);
 * `;
 * const [found] = Deno.lint.runPlugin(plugin, "main.ts", source);
 * assertEquals(found?.id, "kindred/no-captured-variables");
 * ```
 */
const plugin: Deno.lint.Plugin = {
  name: "kindred",
  rules: { "no-captured-variables": noCapturedVariables },
};

export default plugin;

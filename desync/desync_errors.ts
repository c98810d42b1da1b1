/**
 * Why an object takes no more jobs.
 *
 * @module
 */

import { registerError } from "../codec/error_classes.ts";

/**
 * A job has thrown, and the object was made with `onFailure: "poison"`: its data
 * may be half changed. The error of that job is the `cause`.
 *
 * What to do: repair the data after `clearPoison()`, or make the object anew.
 *
 * @example Usage
 * ```ts
 * import { Desync, DesyncPoisonedError } from "@kindred/kindred/desync";
 * import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
 *
 * const text = new Desync("{", { onFailure: "poison" });
 * assertThrows(() => text.sync((t) => JSON.parse(t.value)), SyntaxError);
 * const refusal = assertThrows(() => text.sync((t) => t.value), DesyncPoisonedError);
 * assertInstanceOf(refusal.cause, SyntaxError);
 *
 * text.clearPoison();
 * text.sync((t) => t.value = "{}"); //             the repair
 * assertEquals(text.sync((t) => JSON.parse(t.value)), {});
 * ```
 */
export class DesyncPoisonedError extends Error {
  /** The name of the class. */
  override readonly name = "DesyncPoisonedError";
}

/**
 * The object is disposed of, or was before this could be done.
 *
 * What to do: dispose of it when all that use it are done; jobs that were asked
 * for before are waited for.
 *
 * @example Usage
 * ```ts
 * import { Desync, DesyncClosedError } from "@kindred/kindred/desync";
 * import { assertThrows } from "@std/assert";
 *
 * const number = new Desync(1);
 * await number[Symbol.asyncDispose]();
 * assertThrows(() => number.sync((n) => n.value), DesyncClosedError);
 * ```
 */
export class DesyncClosedError extends Error {
  /** The name of the class. */
  override readonly name = "DesyncClosedError";
}

registerError(DesyncPoisonedError);
registerError(DesyncClosedError);

/**
 * Which arm of a select an error came from.
 *
 * @module
 */

/** What was thrown in arms, and their keys. Errors may be anybody's, or frozen. */
const keys = new WeakMap<object, unknown>();

/**
 * The key of the arm that an error of a select came from: one of
 * {@linkcode select}, {@linkcode selectAsync}, {@linkcode trySelect} or a
 * {@linkcode Selector}.
 *
 * @param error What the select threw.
 * @returns The key, or the index in an array of arms; `undefined` if the error
 * came from no arm, as a timeout.
 *
 * @example Usage
 * ```ts
 * import { Broadcast, failedArm, LaggedError, select } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const news = new Broadcast("i32", { capacity: 1 });
 * const [tx, rx] = [news.sender(), news.receiver()];
 * tx.send(1);
 * tx.send(2);
 * const error = assertThrows(() => select({ news: rx }), LaggedError);
 * assertEquals(failedArm(error), "news");
 * ```
 */
export function failedArm(error: unknown): unknown {
  return typeof error === "object" && error !== null
    ? keys.get(error)
    : undefined;
}

/** Says which arm an error came from. Returns the error. */
export function failedIn(key: unknown, error: unknown): unknown {
  if (typeof error === "object" && error !== null) keys.set(error, key);
  return error;
}

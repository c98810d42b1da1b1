/**
 * Saying that a value means something that its reader does not have.
 *
 * @module
 */

/**
 * A value that arrives names something which this thread does not have: a family or a
 * reference of another runtime, an instance that was disposed meanwhile, a callback that
 * nobody can call from here. What was sent is whole; it came to the wrong place, or too
 * late.
 *
 * @example Usage
 * ```ts
 * import { NotHereError } from "@kindred/kindred/codec";
 * import { assertInstanceOf } from "@std/assert";
 *
 * const error = new NotHereError(
 *   "Cannot receive family 'hits' on this thread as it belongs to another runtime",
 * );
 * assertInstanceOf(error, TypeError);
 * ```
 */
export class NotHereError extends TypeError {
  /** The name of the class. */
  override readonly name = "NotHereError";
}

/**
 * The error of who waits at a deque that nobody fills any more.
 *
 * @module
 */

/**
 * A wait cannot end well, as the thread that owned the deque was lost.
 *
 * What to do: let another thread own it, or give up the deque.
 *
 * @example Usage
 * ```ts
 * import { DequeOwnerLostError } from "@kindred/kindred/sync";
 * import { assert } from "@std/assert";
 *
 * assert(new DequeOwnerLostError("the owner is gone") instanceof Error);
 * ```
 */
export class DequeOwnerLostError extends Error {
  /** The name of the class. */
  override readonly name = "DequeOwnerLostError";
}

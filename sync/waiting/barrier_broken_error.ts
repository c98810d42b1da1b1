/**
 * What the parties of a broken barrier are told.
 *
 * @module
 */

/**
 * A barrier can no longer be used, as one of its parties gave up or was lost.
 *
 * What to do: make a new barrier for the threads that are left.
 *
 * @example Usage
 * ```ts
 * import { Barrier, BarrierBrokenError } from "@kindred/kindred/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const barrier = new Barrier(2);
 * assertThrows(() => barrier.wait({ timeout: 1 }), DOMException); // nobody came
 * assertThrows(() => barrier.wait(), BarrierBrokenError);
 * ```
 */
export class BarrierBrokenError extends Error {
  /** The name of the class. */
  override readonly name = "BarrierBrokenError";
}

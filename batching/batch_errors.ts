/**
 * What those learn whose batch was not completed.
 *
 * @module
 */

import { registerError } from "../codec/error_classes.ts";

/**
 * A batch ended without a value for each of its tasks: its processor returned
 * too early, gave too few or too many values, or dropped it. What a processor
 * throws is not wrapped: it reaches each task as it is.
 *
 * What to do: put the processor in order. The tasks may have been processed.
 *
 * @example Usage
 * ```ts
 * import { BatchIncompleteError, TaskQueue } from "@kindred/kindred/batching";
 * import { assertRejects } from "@std/assert";
 *
 * const queue = new TaskQueue<number, number>((batch) => {
 *   batch.bound(); // and nothing more
 * });
 * await assertRejects(() => queue.push(1), BatchIncompleteError);
 * ```
 */
export class BatchIncompleteError extends Error {
  /** The name of the class. */
  override readonly name = "BatchIncompleteError";
  /** How many tasks the batch had. */
  readonly size: number;

  /** Made by a queue. */
  constructor(size: number, reason: string, options?: ErrorOptions) {
    super(`Cannot complete batch of ${size} as ${reason}`, options);
    this.size = size;
  }
}

registerError(BatchIncompleteError);

/**
 * How a bounded batch is named in a message.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import type { FormOf } from "../record/record.ts";

/**
 * Names a bounded batch in a message: its ring, and where in it the batch lies.
 *
 * @typeParam T One record.
 */
export interface BatchViewHandle<T = number> extends SharedHandle<"BatchView"> {
  /** What the records are, if they are no frames. */
  readonly record?: FormOf<T>;
  /** How many records there can be in the ring. */
  readonly capacity: number;
  /** How many bytes the ring has for frames, if it has such. */
  readonly byteCapacity?: number;
  /** The position of the first record. */
  readonly start: number;
  /** How many records. */
  readonly length: number;
}

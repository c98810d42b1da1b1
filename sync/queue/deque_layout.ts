/**
 * Where the parts of a deque stand. The protocol is in the folder's README,
 * "Deque".
 *
 * @module
 */

import { EVENT_COUNT_SIZE } from "../thread/event_count.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { LINE } from "../memory/memory.ts";
import type { FormOf } from "../record/record_type.ts";

/**
 * From which end its owner takes: `"lifo"` the record that it added last,
 * `"fifo"` the oldest one, as stealers do.
 */
export type DequeOrder = "lifo" | "fifo";

/**
 * Names a {@linkcode Deque} in a message.
 *
 * @typeParam T One record.
 */
export interface DequeHandle<T = number> extends SharedHandle<"Deque"> {
  /** What the records are. */
  readonly record: FormOf<T>;
  /** How many records there can be. */
  readonly capacity: number;
  /** From which end its owner takes. */
  readonly order: DequeOrder;
}

// Control words, on lines of their own; positions count records modulo 2^32. The
// first one is that of `bounded_records.ts`.
/** Written once: 1 if the owner takes the oldest record. */
export const ORDER = 1;
/** Written once: the thread that made the deque, and how many it had made before. */
export const MAKER = 2;
/** See {@linkcode MAKER}. */
export const NUMBER = 3;
/** The oldest record; moved by whoever takes it. */
export const TOP: number = LINE / 4;
/** Where the next record goes; written by the owner. */
export const BOTTOM: number = 2 * LINE / 4;
/** The thread that has the owner's end, or 0. */
export const OWNER: number = 3 * LINE / 4;
/** In bytes: where stealers wait for a record. */
export const ITEMS: number = 4 * LINE;
/** In bytes: where the owner waits for room. */
export const ROOM: number = ITEMS + EVENT_COUNT_SIZE;
/** The first word of the first record. */
export const RECORDS: number = (ROOM + EVENT_COUNT_SIZE) / 4;

/** The most records that a deque can hold. */
export const MAX_DEQUE_CAPACITY: number = 2 ** 24;

/** The memory that a deque takes, in bytes. */
export function byteLengthOf(capacity: number, width: number): number {
  return 4 * (RECORDS + capacity * width);
}

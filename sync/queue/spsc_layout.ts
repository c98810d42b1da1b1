/**
 * Where the parts of an `SpscRing` stand. The protocol is in the folder's
 * README, "SpscRing".
 *
 * @module
 */

import { EVENT_COUNT_SIZE } from "../thread/event_count.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { LINE } from "../memory/memory.ts";
import type { FormOf, RecordType } from "../record/record.ts";

// Control words, on lines of their own; positions count records modulo 2^32. The
// first one is that of `bounded_records.ts`.
/** Written by the consumer: all before it is free. */
export const HEAD: number = LINE / 4;
/** Written by the producer: all before it is full. */
export const TAIL: number = 2 * LINE / 4;
/** The thread that has this end, or 0. */
export const PRODUCER: number = 3 * LINE / 4;
/** See {@linkcode PRODUCER}. */
export const CONSUMER: number = PRODUCER + 1;
/** In bytes: where the consumer waits. */
export const ITEMS: number = 4 * LINE;
/** In bytes: where the producer waits. */
export const ROOM: number = ITEMS + EVENT_COUNT_SIZE;
/** The first word of the first record. */
export const RECORDS: number = (ROOM + EVENT_COUNT_SIZE) / 4;

/** The most records that a ring can hold. */
export const MAX_RING_CAPACITY: number = 2 ** 26;

/**
 * Names an `SpscRing` in a message.
 *
 * @typeParam T One record.
 */
export interface SpscRingHandle<T = number> extends SharedHandle<"SpscRing"> {
  /** What the records are. */
  readonly record: FormOf<T>;
  /** How many records there can be. */
  readonly capacity: number;
}

/** How many words a ring takes. */
export function wordCountOf(
  type: RecordType<unknown>,
  capacity: number,
): number {
  return RECORDS + capacity * type.width;
}

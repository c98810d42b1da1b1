/**
 * Where the parts of a `BatchRing` stand. The protocol is in the folder's README.
 *
 * @module
 */

import type { BoundedKind } from "../queue/bounded_records.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { LINE } from "../memory/memory.ts";
import type { FormOf, RecordType } from "../record/record.ts";
import { EVENT_COUNT_SIZE } from "../thread/event_count.ts";

// Control words; positions count records modulo 2^32. The first line is that of
// `bounded_records.ts`, the second one that of the pushing threads.
/** Minus the id of the thread that adds records, or 0; a 0 follows. */
export const CLAIM: number = LINE / 4;
/** All before it is written. */
export const TAIL: number = CLAIM + 2;
/** `HEAD` as the pushing threads saw it last; plain, of who has the claim. */
export const KNOWN: number = CLAIM + 3;

// The line of the consumer.
/** All before it is free. */
export const HEAD: number = 2 * LINE / 4;
/** Where the open batch begins: all before it is in bounded ones. */
export const BOUND: number = HEAD + 1;
/** The thread that has the consumer's end, or 0. */
export const CONSUMER: number = HEAD + 2;

/** In bytes: where the consumer waits for records. */
export const ITEMS: number = 3 * LINE;
/** In bytes: where the pushing threads wait for room. */
export const ROOM: number = ITEMS + EVENT_COUNT_SIZE;
/** The first word of the first record. */
export const RECORDS: number = (ROOM + EVENT_COUNT_SIZE) / 4;

/** For each record: the thread that pushed it, and its ticket. */
export const SENDER = 2;

/** The least capacity of a ring. */
export const MIN_BATCH_CAPACITY = 64;
/** The most records that a ring can hold. */
export const MAX_BATCH_CAPACITY: number = 2 ** 24;

/** What batch rings have in common. */
export const BATCHES: BoundedKind<"BatchRing"> = {
  kind: "BatchRing",
  name: "batch ring",
  least: MIN_BATCH_CAPACITY,
  most: MAX_BATCH_CAPACITY,
  // With its sender, and the span of a batch that begins there.
  widthOf: (type) => type.width + SENDER + 1,
  sizeOf: (type, capacity) => 4 * (spansAt(type, capacity) + capacity),
};

/**
 * Names a {@linkcode BatchRing} in a message.
 *
 * @typeParam T One record.
 */
export interface BatchRingHandle<T = number> extends SharedHandle<"BatchRing"> {
  /** What the records are. */
  readonly record: FormOf<T>;
  /** How many records there can be. */
  readonly capacity: number;
}

/** The first word of the first sender. */
export function sendersAt(
  type: RecordType<unknown>,
  capacity: number,
): number {
  return RECORDS + capacity * type.width;
}

/** The first of the words that say how long the batch is that begins there. */
export function spansAt(type: RecordType<unknown>, capacity: number): number {
  return sendersAt(type, capacity) + capacity * SENDER;
}

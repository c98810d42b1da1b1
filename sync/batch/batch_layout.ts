/**
 * Where the parts of a ring of batches stand. The protocol is in the folder's README.
 *
 * @module
 */

import { LINE } from "../memory/memory.ts";
import { EVENT_COUNT_SIZE } from "../thread/event_count.ts";
import { MAX_THREADS } from "../thread/thread.ts";

// Control words; positions count records modulo 2^32. The first line says what the
// ring is made of, the second one is that of the pushing threads.
/** The claim and the tail, before which all is written: see `claim_word.ts`. */
export const TAIL: number = LINE / 4;
/** `HEAD` as the pushing threads saw it last; plain, of who has the claim. */
export const KNOWN: number = TAIL + 1;

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
/** For each index of a thread: the one that pushed last as such. */
export const PUSHERS: number = (ROOM + EVENT_COUNT_SIZE) / 4;
/** The first word of the first record. */
export const RECORDS: number = PUSHERS + MAX_THREADS;

/** For each record: the thread that pushed it, and its ticket. */
export const SENDER = 2;

/** The least capacity of a ring. */
export const MIN_BATCH_CAPACITY = 64;
/** The most records that a ring can hold. */
export const MAX_BATCH_CAPACITY: number = 2 ** 17;

/** The words that a record takes with what stands beside it: its sender, a span. */
export function wordsBeside(width: number): number {
  return width + SENDER + 1;
}

/**
 * The first word of the first sender.
 *
 * @param width Words of a record.
 */
export function sendersAt(width: number, capacity: number): number {
  return RECORDS + capacity * width;
}

/** The first of the words that say how long the batch is that begins there. */
export function spansAt(width: number, capacity: number): number {
  return sendersAt(width, capacity) + capacity * SENDER;
}

/** All words of a ring, but for the bytes of frames. */
export function wordsOfRing(width: number, capacity: number): number {
  return RECORDS + capacity * wordsBeside(width);
}

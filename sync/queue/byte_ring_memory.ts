/**
 * Where the parts of a byte ring stand in its memory.
 *
 * The protocol is in the folder's README, "ByteRing".
 *
 * @module
 */

import { EVENT_COUNT_SIZE } from "../thread/event_count.ts";
import { frameRingSize } from "./frame_ring.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { LINE } from "../memory/memory.ts";

/** Names a {@linkcode ByteRing} in a message. */
export interface ByteRingHandle extends SharedHandle<"ByteRing"> {
  /** What the ring holds, in bytes. */
  readonly capacity: number;
}

// Words of the first line.
/** Written once: log2(capacity). */
export const FORM = 0;
/** The thread that has the end that writes, or 0. */
export const PRODUCER = 1;
/** The thread that has the end that reads, or 0. */
export const CONSUMER = 2;
/** How many words there are before the event counts. */
export const OWN_WORDS: number = LINE / 4;

// In bytes.
/** Where the consumer waits for a frame. */
export const ITEMS: number = LINE;
/** Where the producer waits for room. */
export const ROOM: number = ITEMS + EVENT_COUNT_SIZE;
/** The frame ring. */
export const FRAMES: number = ROOM + EVENT_COUNT_SIZE;

const FEWEST = 64;
const MOST = 2 ** 30;

/** The memory that a ring takes, in bytes. */
export function byteLengthOf(capacity: number): number {
  return FRAMES + frameRingSize(capacity);
}

/**
 * Checks the capacity of a ring.
 *
 * @throws {RangeError} If it is not a power of two in the range.
 */
export function checkByteCapacity(action: string, capacity: number): void {
  if (
    Number.isInteger(capacity) && capacity >= FEWEST && capacity <= MOST &&
    (capacity & (capacity - 1)) === 0
  ) return;
  throw new RangeError(
    `Cannot ${action} as 'capacity' must be a power of two from ${FEWEST} to 2^30: received ${capacity}`,
  );
}

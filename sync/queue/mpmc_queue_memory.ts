/**
 * How the memory of an `MpmcQueue` is made and attached to.
 *
 * The protocol is in the folder's README, "MpmcQueue".
 *
 * @module
 */

import {
  attachBounded,
  type BoundedKind,
  createBounded,
} from "./bounded_records.ts";
import { EVENT_COUNT_SIZE, EventCount } from "../thread/event_count.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { LINE, partOf } from "../memory/memory.ts";
import type { FormOf, RecordSource, RecordType } from "../record/record.ts";
import { RecordSlots, slotOf, slotsSize } from "./record_slots.ts";

// In bytes, on lines of their own. The first line is that of `bounded_records.ts`.
const ITEMS = LINE; // who waits for a record
const ROOM = ITEMS + EVENT_COUNT_SIZE; // who waits for room
const SLOTS = ROOM + EVENT_COUNT_SIZE;

/** The most records that a queue can hold. */
export const MAX_QUEUE_CAPACITY: number = 2 ** 24;

const QUEUE: BoundedKind<"MpmcQueue"> = {
  kind: "MpmcQueue",
  name: "queue",
  most: MAX_QUEUE_CAPACITY,
  widthOf: slotOf,
  sizeOf: (type, capacity) => SLOTS + slotsSize(type, capacity),
};

/**
 * Names an {@linkcode MpmcQueue} in a message.
 *
 * @typeParam T One record.
 */
export interface MpmcQueueHandle<T = number> extends SharedHandle<"MpmcQueue"> {
  /** What the records are. */
  readonly record: FormOf<T>;
  /** How many records there can be. */
  readonly capacity: number;
}

/**
 * The parts of a queue.
 *
 * @typeParam T One record.
 */
export interface QueueMemory<T> {
  /** Names the queue. */
  readonly handle: MpmcQueueHandle<T>;
  /** What the records are. */
  readonly type: RecordType<T>;
  /** The records. */
  readonly slots: RecordSlots<T>;
  /** Where threads wait for a record. */
  readonly items: EventCount;
  /** Where threads wait for room. */
  readonly room: EventCount;
}

/**
 * Makes an empty queue.
 *
 * @throws {TypeError} If there are no such records.
 * @throws {RangeError} If the capacity is none.
 */
export function createQueue<T>(
  source: RecordSource<T>,
  capacity: number,
): QueueMemory<T> {
  const { handle, type } = createBounded(QUEUE, source, capacity);
  const memory = memoryOf(handle, type);
  memory.slots.init();
  return memory;
}

/**
 * Attaches to a queue.
 *
 * @throws {TypeError} If the handle is none, or one of another class, or names no
 * records.
 * @throws {RangeError} If the buffer is too small, the offset misaligned, or
 * something else is there than the handle says.
 */
export function attachQueue<T>(handle: MpmcQueueHandle<T>): QueueMemory<T> {
  return memoryOf(handle, attachBounded(QUEUE, handle));
}

function memoryOf<T>(
  handle: MpmcQueueHandle<T>,
  type: RecordType<T>,
): QueueMemory<T> {
  return {
    handle,
    type,
    slots: new RecordSlots(type, partOf(handle, SLOTS), handle.capacity),
    items: new EventCount(partOf(handle, ITEMS)),
    room: new EventCount(partOf(handle, ROOM)),
  };
}

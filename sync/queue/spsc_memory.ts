/**
 * The memory of an `SpscRing`, as one of its ends sees it.
 *
 * @module
 */

import { EventCount } from "../thread/event_count.ts";
import { partOf } from "../memory/memory.ts";
import { type RecordType, recordTypeOf } from "../record/record.ts";
import { RecordMemory } from "../record/record_memory.ts";
import {
  ITEMS,
  ROOM,
  type SpscRingHandle,
  wordCountOf,
} from "./spsc_layout.ts";

/**
 * The parts of a ring.
 *
 * @typeParam T One record.
 */
interface SpscMemory<T> {
  /** What the records are. */
  readonly type: RecordType<T>;
  /** The records, and all words. */
  readonly records: RecordMemory<T>;
  /** Where the consumer waits. */
  readonly items: EventCount;
  /** Where the producer waits. */
  readonly room: EventCount;
}

/**
 * Attaches to the memory of a ring.
 *
 * @throws {TypeError} If the handle names no records.
 */
export function memoryOf<T>(handle: SpscRingHandle<T>): SpscMemory<T> {
  const { record, capacity } = handle;
  const type = recordTypeOf<T>("take end of ring", record);
  return {
    type,
    records: new RecordMemory(type, handle, wordCountOf(type, capacity)),
    items: new EventCount(partOf(handle, ITEMS)),
    room: new EventCount(partOf(handle, ROOM)),
  };
}

/**
 * The memory of a `BatchRing`, as one thread sees it.
 *
 * @module
 */

import { attachBounded, createBounded } from "../queue/bounded_records.ts";
import { doublesOf, integersOf, partOf } from "../memory/memory.ts";
import { RecordMemory } from "../record/record_memory.ts";
import type {
  RecordArray,
  RecordSource,
  RecordType,
} from "../record/record.ts";
import { EventCount } from "../thread/event_count.ts";
import {
  BATCHES,
  type BatchRingHandle,
  BOUND,
  HEAD,
  ITEMS,
  KNOWN,
  RECORDS,
  ROOM,
  SENDER,
  sendersAt,
  spansAt,
  TAIL,
} from "./batch_layout.ts";

/** Positions begin so many records before they wrap: each user goes through that soon. */
const BEFORE_WRAP = 64;

/**
 * The parts of a ring.
 *
 * @typeParam T One record.
 */
export class BatchMemory<T> {
  /** Names the ring. */
  readonly handle: BatchRingHandle<T>;
  /** What the records are. */
  readonly type: RecordType<T>;
  /** The records. */
  readonly records: RecordMemory<T>;
  /** All words. */
  readonly words: Int32Array;
  /** How many records there can be, less one. */
  readonly mask: number;
  /** Where the consumer waits for records. */
  readonly items: EventCount;
  /** Where the pushing threads wait for room. */
  readonly room: EventCount;
  readonly #senders: number;
  readonly #spans: number;
  #numbers: RecordArray | undefined;

  /** Attaches to a ring whose handle was checked. */
  constructor(handle: BatchRingHandle<T>, type: RecordType<T>) {
    const { capacity } = handle;
    this.handle = handle;
    this.type = type;
    this.#senders = sendersAt(type, capacity);
    this.#spans = spansAt(type, capacity);
    this.records = new RecordMemory(type, handle, this.#spans + capacity);
    this.words = this.records.words;
    this.mask = capacity - 1;
    this.items = new EventCount(partOf(handle, ITEMS));
    this.room = new EventCount(partOf(handle, ROOM));
  }

  /** All records, if they are numbers. */
  get numbers(): RecordArray | undefined {
    if (this.records.hasNumbers) this.#numbers ??= this.#viewNumbers();
    return this.#numbers;
  }

  /** The first word of the record at a position. */
  recordAt(position: number): number {
    return RECORDS + (position & this.mask) * this.type.width;
  }

  /** The word of who pushed the record at a position; that of its ticket follows. */
  senderAt(position: number): number {
    return this.#senders + (position & this.mask) * SENDER;
  }

  /** The word of how long the batch is that begins at a position. */
  spanAt(position: number): number {
    return this.#spans + (position & this.mask);
  }

  /** How many of these records stand before the ring wraps around. */
  beforeWrap(position: number, count: number): number {
    return Math.min(count, this.mask + 1 - (position & this.mask));
  }

  #viewNumbers(): RecordArray {
    const { form, width } = this.type;
    const slice = partOf(this.handle, 4 * RECORDS);
    const capacity = this.mask + 1;
    if (form === "f64") return doublesOf(slice, capacity);
    const { i32, u32 } = integersOf(slice, 4 * width * capacity);
    return form === "i32" ? i32 : u32;
  }
}

/**
 * Makes an empty ring.
 *
 * @throws {TypeError} If there are no such records.
 * @throws {RangeError} If the capacity is none.
 */
export function createBatchRing<T>(
  source: RecordSource<T>,
  capacity: number,
): BatchMemory<T> {
  const { handle, type } = createBounded(BATCHES, source, capacity);
  const memory = new BatchMemory(handle, type);
  startAt(memory.words, -BEFORE_WRAP);
  return memory;
}

/**
 * Attaches to a ring.
 *
 * @throws {TypeError} If the handle is none, or one of another class, or names no
 * records.
 * @throws {RangeError} If the buffer is too small, the offset misaligned, or
 * something else is there than the handle says.
 */
export function attachBatchRing<T>(
  handle: BatchRingHandle<T>,
): BatchMemory<T> {
  return new BatchMemory(handle, attachBounded(BATCHES, handle));
}

/** Puts an empty ring that nobody uses to where its positions start. */
export function startAt(words: Int32Array, position: number): void {
  words[KNOWN] = position;
  for (const at of [TAIL, HEAD, BOUND]) Atomics.store(words, at, position | 0);
}

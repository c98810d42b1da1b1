/**
 * The memory of a `BatchRing`: batches of numbers or structs.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import { doublesOf, integersOf, partOf } from "../memory/memory.ts";
import {
  attachBounded,
  type BoundedKind,
  createBounded,
} from "../queue/bounded_records.ts";
import { RecordMemory } from "../record/record_memory.ts";
import type {
  FormOf,
  RecordArray,
  RecordSource,
  RecordType,
} from "../record/record.ts";
import {
  MAX_BATCH_CAPACITY,
  MIN_BATCH_CAPACITY,
  RECORDS,
  wordsBeside,
  wordsOfRing,
} from "./batch_layout.ts";
import { BatchMemory, start } from "./batch_memory.ts";

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

/** What batch rings have in common. */
const BATCHES: BoundedKind<"BatchRing"> = {
  kind: "BatchRing",
  name: "batch ring",
  least: MIN_BATCH_CAPACITY,
  most: MAX_BATCH_CAPACITY,
  widthOf: ({ width }) => wordsBeside(width),
  sizeOf: ({ width }, capacity) => 4 * wordsOfRing(width, capacity),
};

/**
 * The parts of a ring of records.
 *
 * @typeParam T One record.
 */
export class RecordBatches<T> extends BatchMemory<T> {
  /** See {@linkcode BatchMemory.handle}. */
  readonly handle: BatchRingHandle<T>;
  /** What the records are. */
  readonly type: RecordType<T>;
  /** The records. */
  readonly records: RecordMemory<T>;
  #numbers: RecordArray | undefined;

  /** Attaches to a ring whose handle was checked. */
  constructor(handle: BatchRingHandle<T>, type: RecordType<T>) {
    const words = wordsOfRing(type.width, handle.capacity);
    const records = new RecordMemory(type, handle, words);
    super(handle, records.words, type.width);
    this.handle = handle;
    this.type = type;
    this.records = records;
  }

  /** See {@linkcode BatchMemory.numbers}. */
  get numbers(): RecordArray | undefined {
    if (this.records.hasNumbers) this.#numbers ??= this.#viewNumbers();
    return this.#numbers;
  }

  /** See {@linkcode BatchMemory.checkInto}. */
  checkInto(action: string, into: T | undefined): void {
    this.records.checkInto(action, into);
  }

  /** See {@linkcode BatchMemory.read}. */
  read(position: number, into?: T): T {
    const { records } = this;
    return records.take(records.fetch(this.recordAt(position)), into);
  }

  /** See {@linkcode BatchMemory.copy}. */
  copy(position: number): T {
    return this.read(position);
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
export function createRecordBatches<T>(
  source: RecordSource<T>,
  capacity: number,
): RecordBatches<T> {
  const { handle, type } = createBounded(BATCHES, source, capacity);
  const memory = new RecordBatches(handle, type);
  start(memory.words);
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
export function attachRecordBatches<T>(
  handle: BatchRingHandle<T>,
): RecordBatches<T> {
  return new RecordBatches(handle, attachBounded(BATCHES, handle));
}

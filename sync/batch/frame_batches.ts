/**
 * The memory of a `ByteBatchRing`: batches of byte frames.
 *
 * A record is where a frame lies in the bytes, and how long it is.
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { bytesOf, partOf, wordsOf } from "../memory/memory.ts";
import { checkSlots, type RecordArray } from "../record/record.ts";
import {
  MAX_BATCH_CAPACITY,
  MIN_BATCH_CAPACITY,
  wordsBeside,
  wordsOfRing,
} from "./batch_layout.ts";
import { BatchMemory, start } from "./batch_memory.ts";

// Words that are written once. The first one is never that of records.
const CAPACITY = 0;
const BYTE_CAPACITY = 1;

/** Words of a record: the frame's first byte, and its length in bytes. */
const PLACE = 2;

const FEWEST_BYTES = 64;
const MOST_BYTES = 2 ** 30;

/** Frames start at multiples of so many bytes. */
export const ALIGNMENT = 8;

/** Names a {@linkcode ByteBatchRing} in a message. */
export interface ByteBatchRingHandle extends SharedHandle<"ByteBatchRing"> {
  /** How many frames there can be. */
  readonly capacity: number;
  /** How many bytes all of them can have. */
  readonly byteCapacity: number;
}

/** The parts of a ring of frames. */
export class FrameBatches extends BatchMemory<Uint8Array> {
  /** See {@linkcode BatchMemory.handle}. */
  readonly handle: ByteBatchRingHandle;
  /** The bytes of all frames. */
  readonly bytes: Uint8Array;

  /** Attaches to a ring whose handle was checked. */
  constructor(handle: ByteBatchRingHandle) {
    const words = wordsOfRing(PLACE, handle.capacity);
    super(handle, wordsOf(handle, words), PLACE);
    this.handle = handle;
    this.bytes = bytesOf(partOf(handle, 4 * words), handle.byteCapacity);
  }

  /** Frames are no numbers. */
  get numbers(): RecordArray | undefined {
    return undefined;
  }

  /** A frame is not put anywhere. */
  checkInto(): void {}

  /** The frame at a position, where it lies. */
  read(position: number): Uint8Array {
    const at = this.recordAt(position);
    const start = this.words[at]!;
    return this.bytes.subarray(start, start + this.words[at + 1]!);
  }

  /** See {@linkcode BatchMemory.copy}. */
  copy(position: number): Uint8Array {
    // deno-lint-ignore kindred/no-shared-views -- not shared
    return new Uint8Array(this.read(position));
  }
}

/**
 * Makes an empty ring.
 *
 * @throws {RangeError} If one of the capacities is none.
 */
export function createFrameBatches(
  capacity: number,
  byteCapacity: number,
): FrameBatches {
  checkCapacities("create byte batch ring", capacity, byteCapacity);
  const slice = allocate(sizeOf(capacity, byteCapacity));
  const kind = "ByteBatchRing";
  const memory = new FrameBatches({ kind, ...slice, capacity, byteCapacity });
  Atomics.store(memory.words, CAPACITY, capacity);
  Atomics.store(memory.words, BYTE_CAPACITY, byteCapacity);
  start(memory.words);
  return memory;
}

/**
 * Attaches to a ring.
 *
 * @throws {TypeError} If the handle is none, or one of another class.
 * @throws {RangeError} If the buffer is too small, the offset misaligned, or
 * something else is there than the handle says.
 */
export function attachFrameBatches(handle: ByteBatchRingHandle): FrameBatches {
  const action = "attach to byte batch ring";
  checkHandle("ByteBatchRing", handle, () => {
    checkCapacities(action, handle.capacity, handle.byteCapacity);
    return sizeOf(handle.capacity, handle.byteCapacity);
  });
  const { capacity, byteCapacity } = handle;
  const words = wordsOf(handle, BYTE_CAPACITY + 1);
  if (
    Atomics.load(words, CAPACITY) === capacity &&
    Atomics.load(words, BYTE_CAPACITY) === byteCapacity
  ) return new FrameBatches(handle);
  throw new RangeError(
    `Cannot ${action} as it is of another form: the handle says ${capacity} frames, in ${byteCapacity} bytes`,
  );
}

function checkCapacities(
  action: string,
  capacity: number,
  byteCapacity: number,
): void {
  const width = wordsBeside(PLACE);
  checkSlots(action, capacity, MAX_BATCH_CAPACITY, width, MIN_BATCH_CAPACITY);
  if (
    Number.isInteger(byteCapacity) && byteCapacity % ALIGNMENT === 0 &&
    byteCapacity >= FEWEST_BYTES && byteCapacity <= MOST_BYTES
  ) return;
  throw new RangeError(
    `Cannot ${action} as 'byteCapacity' must be a multiple of ${ALIGNMENT} from ${FEWEST_BYTES} to 2^30: received ${byteCapacity}`,
  );
}

/** In bytes. */
function sizeOf(capacity: number, byteCapacity: number): number {
  return 4 * wordsOfRing(PLACE, capacity) + byteCapacity;
}

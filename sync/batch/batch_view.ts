/**
 * A bounded batch, as another thread reads it.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import { checkKind } from "../memory/handle.ts";
import type { FormOf } from "../record/record.ts";
import { BOUND, HEAD } from "./batch_layout.ts";
import type { BatchMemory } from "./batch_memory.ts";
import { BatchReading, freedError } from "./batch_reading.ts";
import type { BatchViewHandle } from "./batch_view_handle.ts";
import { attachFrameBatches } from "./frame_batches.ts";
import { attachRecordBatches } from "./record_batches.ts";

/**
 * A bounded batch that the thread which bounded it lends to others: they read its
 * records where they lie. To be freed by that thread alone, when all of them are
 * done.
 *
 * If it was freed too early, that is found out as soon as others may write to its
 * places: no view of it can be made then, and one that was made before refuses to be
 * read. A look at {@linkcode BatchView.isFreed} tells afterwards whether what was read
 * was good to the end.
 *
 * @example Usage
 * ```ts
 * import { BatchRing, BatchView } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const ring = new BatchRing("f64", 64);
 * using consumer = ring.consumer();
 * ring.pushMany(Float64Array.of(0.5, 1.5));
 * const batch = consumer.bound()!;
 * const { handle } = batch; //                  for a message
 *
 * const view = BatchView.from(handle); //       in another thread
 * assertEquals(view.toArray(), [0.5, 1.5]);
 * batch.free(); //                              when that is done
 * assertThrows(() => view.at(0), TypeError);
 * ```
 *
 * @typeParam T One record.
 */
export class BatchView<T = number> extends BatchReading<T> {
  /** Names this batch in a message. */
  readonly handle: BatchViewHandle<T>;
  readonly #words: Int32Array;

  /** See {@linkcode BatchView.from}. */
  constructor(handle: BatchViewHandle<T>) {
    const memory = memoryOf(checkKind("BatchView", handle));
    const { start, length, capacity } = handle;
    checkPlace("start", start, 0, 2 ** 32 - 1);
    checkPlace("length", length, 1, capacity);
    super(memory, start, length);
    this.handle = handle;
    this.#words = memory.words;
    // All that was written before the batch was bounded is seen from here on.
    const bound = Atomics.load(memory.words, BOUND);
    if (((bound - start) | 0) >= length && !this.isFreed) return;
    throw freedError("attach to batch", handle);
  }

  /**
   * Attaches to a batch that another thread has bounded.
   *
   * @throws {TypeError} If the handle is none, or one of another class, or the batch
   * was freed.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from<T = number>(handle: BatchViewHandle<T>): BatchView<T> {
    return new BatchView(handle);
  }

  /** Whether the room of the batch was given back: its records can no longer be read. */
  get isFreed(): boolean {
    // Until the head has passed them, nobody writes to its places.
    return ((this.start - Atomics.load(this.#words, HEAD)) | 0) < 0;
  }
}

function memoryOf<T>(handle: BatchViewHandle<T>): BatchMemory<T> {
  const { buffer, byteOffset, capacity, byteCapacity } = handle;
  if (byteCapacity === undefined) {
    const record = handle.record as FormOf<T>;
    const kind = "BatchRing";
    return attachRecordBatches({ kind, buffer, byteOffset, record, capacity });
  }
  const kind = "ByteBatchRing";
  return attachFrameBatches(
    { kind, buffer, byteOffset, capacity, byteCapacity },
  ) as unknown as BatchMemory<T>;
}

function checkPlace(
  name: "start" | "length",
  value: number,
  least: number,
  most: number,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `Cannot attach to batch as its '${name}' must be an integer from ${least} to ${most}: received ${value}`,
  );
}

/**
 * Rings of batches for the explorer, whose records stand for numbers.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { BatchesHandle } from "../../sync/batch/batch_memory.ts";
import { BatchRing } from "../../sync/batch/batch_ring.ts";
import { ByteBatchRing } from "../../sync/batch/byte_batch_ring.ts";
import type { ByteBatchRingHandle } from "../../sync/batch/frame_batches.ts";
import type { PushedBatches } from "../../sync/batch/pushed_batches.ts";
import type { BatchRingHandle } from "../../sync/batch/record_batches.ts";

/** The classes, or those of a mutant. */
export interface Module {
  readonly BatchRing: typeof BatchRing;
  readonly ByteBatchRing: typeof ByteBatchRing;
}
/** The library's own. */
export const ORIGINAL: Module = { BatchRing, ByteBatchRing };

/** A ring whose records stand for numbers. */
export interface Kind<T = unknown> {
  /** How many records have room. */
  readonly places: number;
  make(): PushedBatches<T>;
  attach(module: Module, handle: BatchesHandle): PushedBatches<T>;
  recordOf(number: number): T;
  numberOf(record: T): number;
}

/** A ring of 64 numbers. */
export function numbers(record: "i32" | "f64"): Kind<number> {
  return {
    places: 64,
    make: () => new BatchRing(record, 64),
    attach: ({ BatchRing }, handle) =>
      BatchRing.from(handle as BatchRingHandle),
    recordOf: (number) => number,
    numberOf: (record) => record,
  };
}

/** What frames are like. */
interface FramesOptions {
  /** How many bytes a frame has; each of them stands for the number. */
  readonly length?: (number: number) => number;
  /** Default: 64. */
  readonly byteCapacity?: number;
  /** Default: 8. */
  readonly places?: number;
}

/** A ring of frames: of up to eight bytes, unless given. */
export function frames(options: FramesOptions = {}): Kind<Uint8Array> {
  const {
    length = (number) => 1 + number % 8,
    byteCapacity = 64,
    places = 8,
  } = options;
  return {
    places,
    make: () => new ByteBatchRing(64, byteCapacity),
    attach: ({ ByteBatchRing }, handle) =>
      ByteBatchRing.from(handle as ByteBatchRingHandle),
    recordOf: (number) => new Uint8Array(length(number)).fill(number),
    numberOf: (record) => {
      const number = record[0]!;
      assertEquals(record.length, length(number));
      for (let k = 1; k < record.length; k++) assertEquals(record[k], number);
      return number;
    },
  };
}

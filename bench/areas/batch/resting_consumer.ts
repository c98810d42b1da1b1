import { equal } from "node:assert";
import { BatchRing, type BatchRingHandle } from "../../../sync/mod.ts";
import type { Side } from "../sync/duel.ts";

/** How many numbers have room. */
export const CAPACITY = 4096;
/** How many numbers a batch has at least, but for the last one of a run. */
export const LEAST = 64;

/** Between two looks so many: about as long as a batch takes to push. */
const PAUSES = 100;

/** Rests until there are as many numbers as a batch has. */
export function awaitBatch(left: number, size: () => number): void {
  const least = Math.min(LEAST, left);
  while (size() < least) {
    for (let k = 0; k < PAUSES; k++) Atomics.pause();
  }
}

/** Bounds batches of numbers that count up from 0.5, and compares each. */
export function takeBatches(handle: BatchRingHandle): Side {
  const consumer = BatchRing.from(handle).consumer();
  return (count) => {
    let wrong = 0;
    for (let next = 0; next < count;) {
      awaitBatch(count - next, () => consumer.openSize);
      using batch = consumer.bound()!;
      for (const slice of batch.slices()) {
        for (let k = 0; k < slice.length; k++) {
          if (slice[k] !== next++ + 0.5) wrong++;
        }
      }
    }
    equal(wrong, 0);
  };
}

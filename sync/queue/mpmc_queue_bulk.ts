/**
 * Many records of an `MpmcQueue` at once, each as by a single call.
 *
 * @module
 */

import { checkRecords, type RecordBatch } from "../record/record.ts";
import { RecordDrafts } from "../record/record_drafts.ts";
import type { QueueMemory } from "./mpmc_queue_memory.ts";

/**
 * The bulk calls of a queue, as one thread makes them: who waits is told once.
 *
 * @typeParam T One record.
 */
export class QueueBulk<T> {
  readonly #memory: QueueMemory<T>;
  readonly #drafts: RecordDrafts<T>;

  /** For a queue. */
  constructor(memory: QueueMemory<T>) {
    this.#memory = memory;
    this.#drafts = new RecordDrafts(memory.type);
  }

  /**
   * Adds records until there is no more room.
   *
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} If the array is of another kind, or a value is no record;
   * none was added then.
   * @throws {RangeError} If a number is out of range; likewise.
   */
  push(values: RecordBatch<T>): number {
    const { type, slots, items } = this.#memory;
    checkRecords("push records", type.form, values);
    if (typeof type.form !== "string") return this.#pushStructs(values as T[]);
    let count = 0;
    while (count < values.length && slots.offer(values[count] as T)) count++;
    if (count > 0) items.signal();
    return count;
  }

  /**
   * Takes records until there is none, or the array is full.
   *
   * @returns How many were taken, to the start of the array.
   * @throws {TypeError} If the array is of another kind, or has something else than
   * objects; those before that were taken then.
   */
  pop(target: RecordBatch<T>): number {
    const { type, slots, room } = this.#memory;
    checkRecords("pop records", type.form, target);
    const records = target as T[];
    let count = 0;
    let taken = 0;
    try {
      for (; count < records.length; count++) {
        const into = records[count] ?? undefined;
        slots.checkInto("pop record", into);
        const fetched = slots.poll();
        if (fetched === undefined) break;
        taken++;
        records[count] = slots.take(fetched, into);
      }
    } finally {
      if (taken > 0) room.signal();
    }
    return count;
  }

  #pushStructs(values: readonly T[]): number {
    const { type, slots, items } = this.#memory;
    const { length } = values;
    const drafts = this.#drafts.take("push record", values);
    let count = 0;
    while (
      count < length && slots.offer(type.redraft(drafts, count * type.width))
    ) count++;
    this.#drafts.giveBack(drafts);
    if (count > 0) items.signal();
    return count;
  }
}

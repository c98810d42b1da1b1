/**
 * How records get into a `BatchRing`.
 *
 * @module
 */

import type { RecordArray } from "../record/record.ts";
import { BatchClaim } from "./batch_claim.ts";
import type { RecordBatches } from "./record_batches.ts";

/**
 * The pushing side of a ring of records, as one thread has it. Values were checked
 * before.
 *
 * @typeParam T One record.
 */
export class BatchIntake<T> {
  readonly #memory: RecordBatches<T>;
  readonly #claim: BatchClaim;

  /** For a ring. */
  constructor(memory: RecordBatches<T>) {
    this.#memory = memory;
    this.#claim = new BatchClaim(memory);
  }

  /** Adds a record. Returns whether there was room. */
  offer(value: T, ticket: number): boolean {
    const claim = this.#claim;
    const tail = claim.take();
    const hasRoom = claim.roomFor(tail, 1) > 0;
    if (hasRoom) {
      this.#memory.records.write(this.#memory.recordAt(tail), value);
      claim.sign(tail, ticket);
    }
    claim.giveBack(tail, hasRoom ? 1 : 0);
    return hasRoom;
  }

  /** Adds as many numbers as there is room for; they come next to each other. */
  offerNumbers(values: RecordArray, ticket: number): number {
    const claim = this.#claim;
    const memory = this.#memory;
    const { length } = values;
    const tail = claim.take();
    const count = Math.min(length, claim.roomFor(tail, length));
    const first = memory.beforeWrap(tail, count);
    memory.records.writeMany(memory.recordAt(tail), values, 0, first);
    memory.records.writeMany(
      memory.recordAt(tail + first),
      values,
      first,
      count,
    );
    claim.signMany(tail, count, ticket);
    claim.giveBack(tail, count);
    return count;
  }

  /** The same for so many structs that were drafted in private words. */
  offerDrafts(drafts: Int32Array, length: number, ticket: number): number {
    const claim = this.#claim;
    const { type, records } = this.#memory;
    const tail = claim.take();
    const count = Math.min(length, claim.roomFor(tail, length));
    for (let k = 0; k < count; k++) {
      const value = type.redraft(drafts, k * type.width);
      records.write(this.#memory.recordAt(tail + k), value);
    }
    claim.signMany(tail, count, ticket);
    claim.giveBack(tail, count);
    return count;
  }
}

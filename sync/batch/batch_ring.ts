/**
 * A ring of batches: records from any number of threads, in batches that grow until
 * one thread bounds them.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import { checkKind } from "../memory/handle.ts";
import {
  checkRecords,
  isRecordSource,
  type RecordArray,
  type RecordBatch,
  type RecordSource,
} from "../record/record.ts";
import { RecordDrafts } from "../record/record_drafts.ts";
import { BatchIntake } from "./batch_intake.ts";
import { checkTicket, PushedBatches } from "./pushed_batches.ts";
import {
  attachRecordBatches,
  type BatchRingHandle,
  createRecordBatches,
  type RecordBatches,
} from "./record_batches.ts";

/**
 * A bounded ring of numbers, or structs, that any thread pushes into. They collect
 * in the open batch, until the one thread that has the consumer's end bounds it: by
 * one atomic operation, however many there are. What comes later is in the next one.
 *
 * A bounded batch stays where it is, and its records are read there, until it is
 * freed. Several may be unfinished, and they may be freed in any order; their room
 * comes back when all before them are free.
 *
 * Beside each record stand the thread that pushed it and a ticket of its own, by
 * which an answer can find its way back.
 *
 * A thread that is lost in the middle of a push blocks nobody: its record is in the
 * batch as a whole or not at all. After the loss of a consumer the next one finds
 * what that had bounded and not freed.
 *
 * @example Usage
 * ```ts
 * import { BatchRing } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ring = new BatchRing("u32", 64);
 * const same = BatchRing.from(ring.handle); // in any thread
 * same.push(7);
 * same.push(8);
 *
 * using consumer = ring.consumer();
 * assertEquals(consumer.wait(), 2); //         the batch may still grow
 * same.push(9);
 * using batch = consumer.bound()!;
 * same.push(10); //                            in the next one
 * assertEquals(batch.toArray(), [7, 8, 9]);
 * assertEquals(consumer.openSize, 1);
 * ```
 *
 * @example Structs, and who pushed them
 * ```ts
 * import { BatchRing, struct } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const Query = struct({ id: "u32", limit: "u8" });
 * const ring = new BatchRing(Query, 1024);
 * ring.push({ id: 5, limit: 10 }, { ticket: 77 });
 *
 * using consumer = ring.consumer();
 * using batch = consumer.bound()!;
 * for (const slice of batch.slices()) {
 *   for (const query of slice) assertEquals(query, { id: 5, limit: 10 });
 * }
 * assertEquals(batch.ticketOf(0), 77);
 * ```
 *
 * @typeParam T One record: a number, or an object with a struct's fields.
 */
export class BatchRing<T = number> extends PushedBatches<T> {
  /** Names this ring in a message. */
  readonly handle: BatchRingHandle<T>;
  readonly #memory: RecordBatches<T>;
  readonly #intake: BatchIntake<T>;
  readonly #drafts: RecordDrafts<T>;

  /**
   * Makes a ring.
   *
   * @param record What the records are: `"i32"`, `"u32"`, `"f64"`, or a type that
   * {@linkcode struct} made.
   * @param capacity How many there can be: a power of two from 64 to 2^17.
   * @throws {TypeError} If there are no such records.
   * @throws {RangeError} If the capacity is not such a number.
   */
  constructor(record: RecordSource<T>, capacity: number);
  /** Attaches to a ring that another thread made. */
  constructor(handle: BatchRingHandle<T>);
  constructor(
    source: RecordSource<T> | BatchRingHandle<T>,
    capacity: number = NaN,
  ) {
    const memory = isRecordSource(source)
      ? createRecordBatches(source as RecordSource<T>, capacity)
      : attachRecordBatches(source as BatchRingHandle<T>);
    super(memory);
    this.handle = memory.handle;
    this.#memory = memory;
    this.#intake = new BatchIntake(memory);
    this.#drafts = new RecordDrafts(memory.type);
  }

  /**
   * Attaches to a ring that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from<T = number>(handle: BatchRingHandle<T>): BatchRing<T> {
    return new BatchRing(checkKind("BatchRing", handle));
  }

  /**
   * Adds a record to the open batch if there is room.
   *
   * @param ticket A number that stands beside it. Default: 0.
   * @returns Whether there was.
   * @throws {TypeError} If the value is none of the ring's records, or the ticket is
   * no number.
   * @throws {RangeError} If a number is out of range, or the ticket is.
   */
  tryPush(value: T, ticket: number = 0): boolean {
    if (ticket !== 0) checkTicket(ticket);
    this.#memory.records.check("push record", value);
    return this.#intake.offer(value, ticket);
  }

  /**
   * Adds as many records as there is room for. They stand next to each other in one
   * batch, and other threads that push wait until all are written.
   *
   * @param values The typed array of the ring's kind; an array of structs.
   * @param ticket That of the first one; each has that of the one before, plus 1.
   * Default: 0.
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} If the array is of another kind, or a value is none of the
   * ring's records. None was added then: all are checked before.
   * @throws {RangeError} If a number is out of range, or the ticket is; likewise.
   *
   * @example Usage
   * ```ts
   * import { BatchRing } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const ring = new BatchRing("f64", 64);
   * assertEquals(ring.pushMany(Float64Array.of(0.5, 1.5), 100), 2);
   * using consumer = ring.consumer();
   * assertEquals(consumer.bound()?.ticketOf(1), 101);
   * ```
   */
  pushMany(values: RecordBatch<T>, ticket: number = 0): number {
    checkTicket(ticket);
    const { type, records } = this.#memory;
    checkRecords("push records", type.form, values);
    return records.hasNumbers
      ? this.#intake.offerNumbers(values as RecordArray, ticket)
      : this.#pushStructs(values as T[], ticket);
  }

  /** Checks a record, as each try does. */
  protected check(value: T): void {
    this.#memory.records.check("push record", value);
  }

  #pushStructs(values: readonly T[], ticket: number): number {
    const { length } = values;
    // A getter may push by this object itself: before the first one is written.
    const drafts = this.#drafts.take("push records", values);
    const count = this.#intake.offerDrafts(drafts, length, ticket);
    this.#drafts.giveBack(drafts);
    return count;
  }
}

/**
 * A ring of batches: records from any number of threads, in batches that grow until
 * one thread bounds them.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import { checkKind } from "../memory/handle.ts";
import { unlessLost } from "../queue/held_end.ts";
import { RingEndLostError } from "../queue/ring_end.ts";
import {
  checkRecords,
  isRecordSource,
  type RecordArray,
  type RecordBatch,
  type RecordSource,
} from "../record/record.ts";
import { checkNumber, I32 } from "../record/number_record.ts";
import { RecordDrafts } from "../record/record_drafts.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { BatchConsumer } from "./batch_consumer.ts";
import { BatchIntake } from "./batch_intake.ts";
import { type BatchRingHandle, CONSUMER, HEAD, TAIL } from "./batch_layout.ts";
import {
  attachBatchRing,
  type BatchMemory,
  createBatchRing,
} from "./batch_memory.ts";

/** Options of {@linkcode BatchRing.push}. */
export interface BatchPushOptions extends WaitOptions {
  /** A number that stands beside the record: a 32-bit integer with a sign. Default: 0. */
  readonly ticket?: number;
}

/** Options of {@linkcode BatchRing.pushAsync}. */
export interface BatchPushAsyncOptions extends WaitAsyncOptions {
  /** A number that stands beside the record: a 32-bit integer with a sign. Default: 0. */
  readonly ticket?: number;
}

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
export class BatchRing<T = number> {
  /** Names this ring in a message. */
  readonly handle: BatchRingHandle<T>;
  /** How many records there can be. */
  readonly capacity: number;
  readonly #memory: BatchMemory<T>;
  readonly #intake: BatchIntake<T>;
  readonly #drafts: RecordDrafts<T>;
  /** How often `push()` of this object succeeded, modulo 2^32. */
  #pushed = 0;

  /**
   * Makes a ring.
   *
   * @param record What the records are: `"i32"`, `"u32"`, `"f64"`, or a type that
   * {@linkcode struct} made.
   * @param capacity How many there can be: a power of two from 64 to 2^24, and 2 GiB
   * in all.
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
      ? createBatchRing(source as RecordSource<T>, capacity)
      : attachBatchRing(source as BatchRingHandle<T>);
    this.handle = memory.handle;
    this.capacity = memory.handle.capacity;
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
   * How many records take room: those of the open batch, and those from the oldest
   * batch on that is not free.
   */
  get size(): number {
    const { words } = this.#memory;
    // The head never passes a tail that is read after it.
    const head = Atomics.load(words, HEAD);
    const tail = Atomics.load(words, TAIL);
    return Math.min((tail - head) | 0, this.capacity);
  }

  /**
   * Takes the end that bounds batches, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  consumer(): BatchConsumer<T> {
    return new BatchConsumer(this.#memory);
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
    checkTicket(ticket);
    this.#memory.records.check("push record", value);
    if (!this.#intake.offer(value, ticket)) return false;
    this.#memory.items.signal();
    return true;
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
    const { type, records, items } = this.#memory;
    checkRecords("push records", type.form, values);
    const count = records.hasNumbers
      ? this.#intake.offerNumbers(values as RecordArray, ticket)
      : this.#pushStructs(values as T[], ticket);
    if (count > 0) items.signal();
    return count;
  }

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is none of the ring's records.
   * @throws {RangeError} If a number is out of range, or the timeout or the ticket is.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  push(value: T, options?: BatchPushOptions): void {
    const timeout = options?.timeout;
    const ticket = options?.ticket;
    checkTimeout(timeout, "push");
    if (!this.tryPush(value, ticket)) {
      this.#memory.room.wait(() => this.#pushUnlessLost(value, ticket), {
        action: "push",
        timeout,
        progress: this.#pushed,
        room: this.capacity,
      });
    }
    this.#pushed = (this.#pushed + 1) | 0;
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @param value It must stay as it is until then: each try reads it anew.
   * @throws {TypeError} If the value is none of the ring's records.
   * @throws {RangeError} If a number is out of range, or the timeout or the ticket is.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  async pushAsync(
    value: T,
    options: BatchPushAsyncOptions = {},
  ): Promise<void> {
    const { ticket = 0 } = options;
    checkTimeout(options.timeout, "push");
    checkTicket(ticket);
    this.#memory.records.check("push record", value);
    await this.#memory.room.waitAsync(
      () => this.#pushUnlessLost(value, ticket),
      { ...options, action: "push" },
    );
  }

  #pushUnlessLost(value: T, ticket: number | undefined): true | undefined {
    return unlessLost(
      this.#memory.words,
      CONSUMER,
      () => this.tryPush(value, ticket) || undefined,
      () =>
        new RingEndLostError(
          "Cannot push to batch ring as it is full and its consumer was lost",
        ),
    );
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

function checkTicket(ticket: number): void {
  checkNumber("push ticket", I32, ticket);
}

/**
 * The end of an `SpscRing` that writes.
 *
 * @module
 */

import type { EventCount } from "../thread/event_count.ts";
import {
  checkRecords,
  type RecordArray,
  type RecordBatch,
  type RecordType,
} from "../record/record.ts";
import { RecordDrafts } from "../record/record_drafts.ts";
import type { RecordMemory } from "../record/record_memory.ts";
import { RingEnd } from "./ring_end.ts";
import { RoomLines } from "./room_lines.ts";
import {
  CONSUMER,
  HEAD,
  PRODUCER,
  RECORDS,
  type SpscRingHandle,
  TAIL,
} from "./spsc_layout.ts";
import { memoryOf } from "./spsc_memory.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

/**
 * The end of an `SpscRing` that writes. For one thread.
 *
 * @typeParam T One record.
 */
export class SpscProducer<T = number> extends RingEnd {
  readonly #capacity: number;
  readonly #type: RecordType<T>;
  /** Words of a record. */
  readonly #width: number;
  readonly #records: RecordMemory<T>;
  readonly #drafts: RecordDrafts<T>;
  readonly #words: Int32Array;
  readonly #lines: RoomLines;
  readonly #items: EventCount;
  readonly #room: EventCount;
  /** Where the next record goes: all before it is written, if not published. */
  #tail: number;
  /** As it was when last looked at. */
  #head: number;
  /** Up to this position there is room, and nothing to see to. */
  #clear: number;

  /** See `SpscRing.producer`. */
  constructor(handle: SpscRingHandle<T>) {
    const { type, records, items, room } = memoryOf(handle);
    super("ring", "producer", records.words, PRODUCER, CONSUMER);
    this.#capacity = handle.capacity;
    this.#type = type;
    this.#width = type.width;
    this.#records = records;
    this.#drafts = new RecordDrafts(type);
    this.#words = records.words;
    this.#lines = new RoomLines(
      records.words,
      RECORDS,
      handle.capacity * type.width,
    );
    this.#items = items;
    this.#room = room;
    this.#tail = Atomics.load(this.#words, TAIL);
    this.#head = Atomics.load(this.#words, HEAD);
    this.#clear = this.#tail;
  }

  /**
   * Adds a record if there is room. Wait-free.
   *
   * @returns Whether there was.
   * @throws {TypeError} If the value is none of the ring's records.
   * @throws {RangeError} If a number is out of range.
   */
  tryPush(value: T): boolean {
    this.#records.check("push record", value);
    if (this.#tail === this.#clear && !this.#look()) return false;
    this.#write(value);
    this.#publish();
    return true;
  }

  /**
   * Adds as many records as there is room for; the consumer sees all of them at
   * once. Wait-free.
   *
   * @param values The typed array of the ring's kind; an array of structs.
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} If the array is of another kind, or a value is none of the
   * ring's records. None was added then: all are checked before.
   * @throws {RangeError} If a number is out of range; likewise.
   *
   * @example Usage
   * ```ts
   * import { SpscRing } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const ring = new SpscRing("f64", 2);
   * using producer = ring.producer();
   * assertEquals(producer.pushMany(Float64Array.of(0.5, 1.5, 2.5)), 2);
   * using consumer = ring.consumer();
   * const records = new Float64Array(4);
   * assertEquals(consumer.popMany(records), 2);
   * assertEquals([...records], [0.5, 1.5, 0, 0]);
   * ```
   */
  pushMany(values: RecordBatch<T>): number {
    checkRecords("push records", this.#type.form, values);
    if (!this.#records.hasNumbers) return this.#pushStructs(values as T[]);
    const numbers = values as RecordArray;
    const count = Math.min(numbers.length, this.#roomFor(numbers.length));
    if (count === 0) return 0;
    const slot = this.#tail & (this.#capacity - 1);
    const first = Math.min(count, this.#capacity - slot);
    this.#records.writeMany(this.#at(slot), numbers, 0, first);
    this.#records.writeMany(this.#at(0), numbers, first, count);
    this.#tail = this.#clear = (this.#tail + count) | 0;
    this.#publish();
    return count;
  }

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is none of the ring's records, or this end was
   * given back.
   * @throws {RangeError} If a number is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  push(value: T, options?: WaitOptions): void {
    const timeout = options?.timeout;
    checkTimeout(timeout, "push");
    this.checkKept("push");
    if (!this.tryPush(value)) this.#pushSlowly(value, timeout);
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @param value It must stay as it is until then: each try reads it anew.
   * @throws {TypeError} If the value is none of the ring's records, or this end is
   * given back meanwhile; nothing was added then.
   * @throws {RangeError} If a number is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  async pushAsync(
    value: T,
    options: WaitAsyncOptions = {},
  ): Promise<void> {
    checkTimeout(options.timeout, "push");
    this.#records.check("push record", value);
    const attempt = () => this.tryPush(value) || undefined;
    await this.#room.waitAsync(
      () => this.whileHeld("push", attempt),
      { ...options, action: "push" },
    );
  }

  #pushSlowly(value: T, timeout: number | undefined): void {
    const attempt = () => this.tryPush(value) || undefined;
    this.#room.wait(
      () => this.whileHeld("push", attempt),
      {
        action: "push",
        timeout,
        progress: this.#tail,
        room: this.#capacity,
      },
    );
  }

  /** How much room there is; looks anew unless so much is known of. */
  #roomFor(count: number): number {
    const capacity = this.#capacity;
    const known = capacity - ((this.#tail - this.#head) | 0);
    if (known >= count) return known;
    this.#head = Atomics.load(this.#words, HEAD);
    return capacity - ((this.#tail - this.#head) | 0);
  }

  #pushStructs(values: readonly T[]): number {
    const type = this.#type;
    const { length } = values;
    // A getter may push by this end itself: before the first one is written.
    const drafts = this.#drafts.take("push record", values);
    const count = Math.min(length, this.#roomFor(length));
    for (let k = 0; k < count; k++) {
      this.#write(type.redraft(drafts, k * type.width));
    }
    this.#clear = this.#tail;
    this.#drafts.giveBack(drafts);
    if (count > 0) this.#publish();
    return count;
  }

  /** Whether there is room for a record; takes the lines of more. */
  #look(): boolean {
    const room = this.#roomFor(1);
    if (room === 0) return false;
    const tail = this.#tail;
    const width = this.#width;
    const at = (tail & (this.#capacity - 1)) * width;
    const words = this.#lines.enter(at, room * width);
    this.#clear = (tail + Math.min(room, Math.ceil(words / width))) | 0;
    return true;
  }

  #write(value: T): void {
    const tail = this.#tail;
    this.#records.write(this.#at(tail & (this.#capacity - 1)), value);
    this.#tail = (tail + 1) | 0;
  }

  #publish(): void {
    // Publishes the plain stores of the records.
    Atomics.store(this.#words, TAIL, this.#tail);
    this.#items.signal();
  }

  /** The first word of a record. */
  #at(slot: number): number {
    return RECORDS + slot * this.#width;
  }
}

/**
 * The end of an `SpscRing` that reads.
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
import type { RecordMemory } from "../record/record_memory.ts";
import type { RingPopAsyncOptions, RingPopOptions } from "./pop_options.ts";
import { RingEnd } from "./ring_end.ts";
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

/**
 * The end of an `SpscRing` that reads. For one thread.
 *
 * @typeParam T One record.
 */
export class SpscConsumer<T = number> extends RingEnd {
  readonly #capacity: number;
  readonly #type: RecordType<T>;
  /** Words of a record. */
  readonly #width: number;
  readonly #records: RecordMemory<T>;
  readonly #words: Int32Array;
  readonly #items: EventCount;
  readonly #room: EventCount;
  /** The next record: all before it is read, if not given back. */
  #head: number;
  /** As it was when last looked at. */
  #tail: number;

  /** See `SpscRing.consumer`. */
  constructor(handle: SpscRingHandle<T>) {
    const { type, records, items, room } = memoryOf(handle);
    super("ring", "consumer", records.words, CONSUMER, PRODUCER);
    this.#capacity = handle.capacity;
    this.#type = type;
    this.#width = type.width;
    this.#records = records;
    this.#words = records.words;
    this.#items = items;
    this.#room = room;
    this.#head = Atomics.load(this.#words, HEAD);
    this.#tail = Atomics.load(this.#words, TAIL);
  }

  /**
   * Takes the oldest record; `undefined` if there is none. Wait-free.
   *
   * @param into An object to put the record's fields into. Default: a new one. If it
   * refuses them, as a frozen one does or a setter that throws, the record is gone.
   * @throws {TypeError} If that is no object; no record was taken then.
   */
  tryPop(into?: T): T | undefined {
    this.#records.checkInto("pop record", into);
    if (this.#available(1) === 0) return undefined;
    const fetched = this.#fetch();
    this.#free();
    return this.#records.take(fetched, into);
  }

  /**
   * Takes as many records as there are, or fit into the array. Wait-free.
   *
   * @param target Where to put them: the typed array of the ring's kind, or an
   * array of that length, whose objects take the structs; where it has none, new
   * ones are made.
   * @returns How many were taken, to the start of the array.
   * @throws {TypeError} If the array is of another kind, or has something else than
   * objects. Those before that were taken then.
   */
  popMany(target: RecordBatch<T>): number {
    checkRecords("pop records", this.#type.form, target);
    if (!this.#records.hasNumbers) return this.#popStructs(target as T[]);
    const numbers = target as RecordArray;
    const count = Math.min(numbers.length, this.#available(numbers.length));
    if (count === 0) return 0;
    const slot = this.#head & (this.#capacity - 1);
    const first = Math.min(count, this.#capacity - slot);
    this.#records.readMany(this.#at(slot), numbers, 0, first);
    this.#records.readMany(this.#at(0), numbers, first, count);
    this.#head = (this.#head + count) | 0;
    this.#free();
    return count;
  }

  /**
   * Takes the oldest record; blocks the thread while there is none.
   *
   * @throws {TypeError} If `into` is no object, or this end was given back.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RingEndLostError} If there is no record and the producer was lost.
   */
  pop(options?: RingPopOptions<T>): T {
    const timeout = options?.timeout;
    const into = options?.into;
    checkTimeout(timeout, "pop");
    this.checkKept("pop");
    return this.tryPop(into) ?? this.#popSlowly(into, timeout);
  }

  /**
   * Takes the oldest record as soon as there is one, without blocking the
   * thread.
   *
   * @throws {TypeError} If `into` is no object, or this end is given back meanwhile;
   * no record was taken then.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no record was taken then.
   * @throws {RingEndLostError} If there is no record and the producer was lost.
   */
  async popAsync(options: RingPopAsyncOptions<T> = {}): Promise<T> {
    checkTimeout(options.timeout, "pop");
    const attempt = () => this.tryPop(options.into);
    return await this.#items.waitAsync(
      () => this.whileHeld("pop", attempt),
      { ...options, action: "pop" },
    );
  }

  #popSlowly(into: T | undefined, timeout: number | undefined): T {
    const attempt = () => this.tryPop(into);
    return this.#items.wait(
      () => this.whileHeld("pop", attempt),
      { action: "pop", timeout, progress: this.#head },
    );
  }

  /** How many records there are; looks anew unless so many are known of. */
  #available(count: number): number {
    const known = (this.#tail - this.#head) | 0;
    if (known >= count) return known;
    this.#tail = Atomics.load(this.#words, TAIL);
    return (this.#tail - this.#head) | 0;
  }

  #popStructs(target: T[]): number {
    const start = this.#head;
    let count = 0;
    try {
      for (; count < target.length; count++) {
        const into = target[count] ?? undefined;
        this.#records.checkInto("pop record", into);
        if (this.#available(1) === 0) break;
        const fetched = this.#fetch();
        // A setter may pop by this end itself.
        target[count] = this.#records.take(fetched, into);
      }
    } finally {
      if (this.#head !== start) this.#free();
    }
    return count;
  }

  #fetch(): number {
    const head = this.#head;
    const fetched = this.#records.fetch(this.#at(head & (this.#capacity - 1)));
    this.#head = (head + 1) | 0;
    return fetched;
  }

  #free(): void {
    // The records were read before.
    Atomics.store(this.#words, HEAD, this.#head);
    this.#room.signal();
  }

  /** The first word of a record. */
  #at(slot: number): number {
    return RECORDS + slot * this.#width;
  }
}

/**
 * A bounded ring of records from one thread to one other.
 *
 * Lamport's ring (1977), whose ends each remember how far the other one was, as
 * in Torquati, "Single-Producer/Single-Consumer Queues on Shared Cache
 * Multi-Core Systems" (2010). The protocol is in the folder's README,
 * "SpscRing".
 *
 * @module
 */

import {
  attachBounded,
  type BoundedKind,
  createBounded,
} from "./bounded_records.ts";
import { checkKind } from "../memory/handle.ts";
import { wordsOf } from "../memory/memory.ts";
import { isRecordSource, type RecordSource } from "../record/record.ts";
import { SpscConsumer } from "./spsc_consumer.ts";
import {
  HEAD,
  MAX_RING_CAPACITY,
  RECORDS,
  type SpscRingHandle,
  TAIL,
  wordCountOf,
} from "./spsc_layout.ts";
import { SpscProducer } from "./spsc_producer.ts";

const RING: BoundedKind<"SpscRing"> = {
  kind: "SpscRing",
  name: "ring",
  most: MAX_RING_CAPACITY,
  widthOf: (type) => type.width,
  sizeOf: (type, capacity) => 4 * wordCountOf(type, capacity),
};

/**
 * A bounded first-in first-out ring of numbers, or structs, from one producer
 * to one consumer.
 *
 * Each end belongs to one thread at a time, which takes it by
 * {@linkcode SpscRing.producer} or {@linkcode SpscRing.consumer} and can give it
 * back. The end of a lost thread can be taken as if it had been given back: all
 * that was published is in the ring, and nothing else.
 *
 * @example Usage
 * ```ts
 * import { SpscRing } from "@kindred/kindred/sync";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const ring = new SpscRing("i32", 4);
 * using producer = ring.producer();
 * assert(producer.tryPush(7));
 *
 * const same = SpscRing.from(ring.handle); //    in another thread
 * using consumer = same.consumer();
 * assertEquals(consumer.pop(), 7);
 * assertEquals(consumer.tryPop(), undefined);
 * ```
 *
 * @example Structs
 * ```ts
 * import { SpscRing, struct } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const Tick = struct({ price: "f64", amount: "u32", buys: "bool" });
 * const ring = new SpscRing(Tick, 1024);
 * using producer = ring.producer();
 * producer.push({ price: 9.5, amount: 3, buys: true });
 *
 * using consumer = ring.consumer();
 * const tick = { price: 0, amount: 0, buys: false }; // reused: nothing is allocated
 * while (consumer.tryPop(tick) !== undefined) assertEquals(tick.amount, 3);
 * ```
 *
 * @typeParam T One record: a number, or an object with a struct's fields.
 */
export class SpscRing<T = number> {
  /** Names this ring in a message. */
  readonly handle: SpscRingHandle<T>;
  /** How many records there can be. */
  readonly capacity: number;
  readonly #words: Int32Array;

  /**
   * Makes a ring.
   *
   * @param record What the records are: `"i32"`, `"u32"`, `"f64"`, or a type that
   * {@linkcode struct} made.
   * @param capacity How many there can be: a power of two from 1 to 2^26, and 2 GiB
   * in all.
   * @throws {TypeError} If there are no such records.
   * @throws {RangeError} If the capacity is not such a number.
   */
  constructor(record: RecordSource<T>, capacity: number);
  /** Attaches to a ring that another thread made. */
  constructor(handle: SpscRingHandle<T>);
  constructor(
    source: RecordSource<T> | SpscRingHandle<T>,
    capacity: number = NaN,
  ) {
    if (isRecordSource(source)) {
      const record = source as RecordSource<T>;
      this.handle = createBounded(RING, record, capacity).handle;
    } else {
      this.handle = source as SpscRingHandle<T>;
      attachBounded(RING, this.handle);
    }
    this.capacity = this.handle.capacity;
    this.#words = wordsOf(this.handle, RECORDS);
  }

  /**
   * Attaches to a ring that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from<T = number>(handle: SpscRingHandle<T>): SpscRing<T> {
    return new SpscRing(checkKind("SpscRing", handle));
  }

  /** How many records there are. Between two loads either end may go on. */
  get size(): number {
    // The head never passes a tail that is read after it.
    const head = Atomics.load(this.#words, HEAD);
    const tail = Atomics.load(this.#words, TAIL);
    return Math.min((tail - head) | 0, this.capacity);
  }

  /** Whether there is no record. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there is no room. */
  get isFull(): boolean {
    return this.size === this.capacity;
  }

  /**
   * Takes the end that writes, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  producer(): SpscProducer<T> {
    return new SpscProducer(this.handle);
  }

  /**
   * Takes the end that reads, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  consumer(): SpscConsumer<T> {
    return new SpscConsumer(this.handle);
  }
}

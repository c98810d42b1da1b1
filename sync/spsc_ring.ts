/**
 * A bounded ring of numbers from one thread to one other.
 *
 * Lamport's ring (1977), whose ends each remember how far the other one was, as
 * in Torquati, "Single-Producer/Single-Consumer Queues on Shared Cache
 * Multi-Core Systems" (2010). The protocol is in the folder's README,
 * "SpscRing".
 *
 * @module
 */

import { allocate } from "./arena.ts";
import { EVENT_COUNT_SIZE, EventCount } from "./event_count.ts";
import { checkHandle, type SharedHandle } from "./handle.ts";
import { LINE, type SharedSlice, wordsOf } from "./memory.ts";
import {
  checkRecord,
  checkRecords,
  checkSlots,
  codeOf,
  F64,
  readRecord,
  type RecordArray,
  type RecordKind,
  writeRecord,
} from "./record.ts";
import { currentThread } from "./thread.ts";
import { checkTimeout } from "./timeout.ts";

// Control words, on lines of their own; positions count records modulo 2^32.
const FORM = 0; //            written once: kind << 28 | log2(capacity)
const HEAD = LINE / 4; //     written by the consumer: all before it is free
const TAIL = 2 * LINE / 4; // written by the producer: all before it is full
const PRODUCER = 3 * LINE / 4; // the thread that has this end, or 0
const CONSUMER = PRODUCER + 1;
const ITEMS = 4 * LINE; //    in bytes: where the consumer waits
const ROOM = ITEMS + EVENT_COUNT_SIZE; // where the producer waits
const RECORDS = (ROOM + EVENT_COUNT_SIZE) / 4;

/** From so many records on a built-in copy is quicker than a loop. */
const MANY = 32;

/** The most records that a ring can hold. */
export const MAX_RING_CAPACITY: number = 2 ** 26;

/** Names an {@linkcode SpscRing} in a message. */
export interface SpscRingHandle extends SharedHandle<"SpscRing"> {
  /** What the records are. */
  readonly record: RecordKind;
  /** How many records there can be. */
  readonly capacity: number;
}

/** Options of {@linkcode SpscProducer.push} and {@linkcode SpscConsumer.pop}. */
export interface RingWaitOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/**
 * Options of {@linkcode SpscProducer.pushAsync} and
 * {@linkcode SpscConsumer.popAsync}.
 */
export interface RingWaitAsyncOptions extends RingWaitOptions {
  /** Gives up the wait; the ring stays as it is. */
  readonly signal?: AbortSignal;
}

/**
 * A wait cannot end well, as the thread at the other end of the ring was lost.
 *
 * What to do: let another thread take that end, or give up the ring.
 *
 * @example Usage
 * ```ts
 * import { RingEndLostError } from "@kindred/kindred/sync";
 * import { assert } from "@std/assert";
 *
 * assert(new RingEndLostError("the producer is gone") instanceof Error);
 * ```
 */
export class RingEndLostError extends Error {
  /** The name of the class. */
  override readonly name = "RingEndLostError";
}

/**
 * A bounded first-in first-out ring of numbers from one producer to one
 * consumer.
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
 */
export class SpscRing {
  /** Names this ring in a message. */
  readonly handle: SpscRingHandle;
  /** How many records there can be. */
  readonly capacity: number;
  readonly #words: Int32Array;

  /**
   * Makes a ring.
   *
   * @param kind What the records are.
   * @param capacity How many there can be: a power of two from 1 to 2^26.
   * @throws {TypeError} If there is no such kind.
   * @throws {RangeError} If the capacity is not such a number.
   */
  constructor(kind: RecordKind, capacity: number);
  /** Attaches to a ring that another thread made. */
  constructor(handle: SpscRingHandle);
  constructor(source: RecordKind | SpscRingHandle, capacity: number = NaN) {
    if (typeof source !== "object") {
      const code = codeOf("create ring", source);
      checkSlots("create ring", capacity, MAX_RING_CAPACITY);
      const slice = allocate(4 * wordCountOf(code, capacity));
      this.handle = { kind: "SpscRing", ...slice, record: source, capacity };
      this.#words = wordsOf(slice, RECORDS);
      Atomics.store(this.#words, FORM, formOf(code, capacity));
    } else {
      this.handle = checkHandle("SpscRing", source, () => {
        checkSlots("attach to ring", source.capacity, MAX_RING_CAPACITY);
        const code = codeOf("attach to ring", source.record);
        return 4 * wordCountOf(code, source.capacity);
      }) as SpscRingHandle;
      const { record, capacity } = source;
      const form = formOf(codeOf("attach to ring", record), capacity);
      this.#words = wordsOf(source, RECORDS);
      if (Atomics.load(this.#words, FORM) !== form) {
        throw new RangeError(
          `Cannot attach to ring as it is of another form: the handle says ${capacity} of "${record}"`,
        );
      }
    }
    this.capacity = this.handle.capacity;
  }

  /** Attaches to a ring that another thread made. */
  static from(handle: SpscRingHandle): SpscRing {
    return new SpscRing(handle);
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
  producer(): SpscProducer {
    return new SpscProducer(this.handle);
  }

  /**
   * Takes the end that reads, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  consumer(): SpscConsumer {
    return new SpscConsumer(this.handle);
  }
}

/** What both ends of an {@linkcode SpscRing} have. */
export abstract class RingEnd implements Disposable {
  /** How many records there can be. */
  protected readonly capacity: number;
  /** What the records are. */
  protected readonly code: number;
  /** Words of a record. */
  protected readonly width: number;
  /** The ring. */
  protected readonly words: Int32Array;
  readonly #mine: number;
  readonly #other: number;
  #held = true;

  /** Takes the end whose word this is; the other one has the other word. */
  constructor(handle: SpscRingHandle, mine: number, other: number) {
    const { record, capacity } = handle;
    this.capacity = capacity;
    this.code = codeOf("take end of ring", record);
    this.width = widthOf(this.code);
    this.words = wordsOf(handle, wordCountOf(this.code, capacity));
    this.#mine = mine;
    this.#other = other;
    this.#take();
  }

  /**
   * Gives this end back; it must not be used any more. What it published stays
   * in the ring. A second call does nothing.
   */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    const { id } = currentThread();
    Atomics.compareExchange(this.words, this.#mine, id, 0);
  }

  /** The same as {@linkcode release}. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** Tries, and throws where nobody is left who could make it succeed. */
  protected unlessLost<T>(attempt: () => T | undefined): T | undefined {
    const other = Atomics.load(this.words, this.#other);
    const lost = other !== 0 && !currentThread().threads.isLive(other);
    // All that the lost one did is seen by this attempt.
    const result = attempt();
    if (result === undefined && lost) {
      throw new RingEndLostError(
        "Cannot wait at ring as the thread at its other end was lost",
      );
    }
    return result;
  }

  #take(): void {
    const { threads, id } = currentThread();
    const holder = Atomics.load(this.words, this.#mine);
    if (
      (holder === 0 || !threads.isLive(holder)) &&
      Atomics.compareExchange(this.words, this.#mine, holder, id) === holder
    ) return;
    const end = this.#mine === PRODUCER ? "producer" : "consumer";
    throw new TypeError(
      `Cannot take end of ring as a thread is its ${end} already: release it there`,
    );
  }
}

/** The end of an {@linkcode SpscRing} that writes. For one thread. */
export class SpscProducer extends RingEnd {
  readonly #items: EventCount;
  readonly #room: EventCount;
  #tail: number;
  /** As it was when last looked at. */
  #head: number;

  /** See {@linkcode SpscRing.producer}. */
  constructor(handle: SpscRingHandle) {
    super(handle, PRODUCER, CONSUMER);
    this.#items = new EventCount(at(handle, ITEMS));
    this.#room = new EventCount(at(handle, ROOM));
    this.#tail = Atomics.load(this.words, TAIL);
    this.#head = Atomics.load(this.words, HEAD);
  }

  /**
   * Adds a record if there is room. Wait-free.
   *
   * @returns Whether there was.
   * @throws {TypeError} If the value is not a number.
   * @throws {RangeError} If it is not of the ring's kind.
   */
  tryPush(value: number): boolean {
    checkRecord(this.code, value);
    const tail = this.#tail;
    if (this.#roomFor(1) === 0) return false;
    const slot = tail & (this.capacity - 1);
    writeRecord(this.words, RECORDS + slot * this.width, this.code, value);
    this.#publish((tail + 1) | 0);
    return true;
  }

  /**
   * Adds as many records as there is room for; the consumer sees all of them at
   * once. Wait-free.
   *
   * @param values The typed array of the ring's kind.
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} If the array is of another kind.
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
  pushMany(values: RecordArray): number {
    checkRecords("push records", this.code, values);
    const count = Math.min(values.length, this.#roomFor(values.length));
    if (count === 0) return 0;
    const slot = this.#tail & (this.capacity - 1);
    const first = Math.min(count, this.capacity - slot);
    this.#write(slot, values, 0, first);
    this.#write(0, values, first, count);
    this.#publish((this.#tail + count) | 0);
    return count;
  }

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is not a number.
   * @throws {RangeError} If it is not of the ring's kind.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  push(value: number, options: RingWaitOptions = {}): void {
    const { timeout } = options;
    checkTimeout(timeout, "push");
    if (this.tryPush(value)) return;
    this.#room.wait(
      () => this.unlessLost(() => this.tryPush(value) || undefined),
      { action: "push", timeout },
    );
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @throws {TypeError} If the value is not a number.
   * @throws {RangeError} If it is not of the ring's kind.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  async pushAsync(
    value: number,
    options: RingWaitAsyncOptions = {},
  ): Promise<void> {
    checkTimeout(options.timeout, "push");
    checkRecord(this.code, value);
    await this.#room.waitAsync(
      () => this.unlessLost(() => this.tryPush(value) || undefined),
      { ...options, action: "push" },
    );
  }

  /** How much room there is; looks anew unless so much is known of. */
  #roomFor(count: number): number {
    const { capacity } = this;
    const known = capacity - ((this.#tail - this.#head) | 0);
    if (known >= count) return known;
    this.#head = Atomics.load(this.words, HEAD);
    return capacity - ((this.#tail - this.#head) | 0);
  }

  #publish(tail: number): void {
    this.#tail = tail;
    // Publishes the plain stores of the records.
    Atomics.store(this.words, TAIL, tail);
    this.#items.signal();
  }

  #write(slot: number, values: RecordArray, from: number, to: number): void {
    const { words, width, code } = this;
    const start = RECORDS + slot * width;
    if (code !== F64 && to - from >= MANY) {
      words.set(values.subarray(from, to), start);
      return;
    }
    for (let k = from; k < to; k++) {
      writeRecord(words, start + (k - from) * width, code, values[k]!);
    }
  }
}

/** The end of an {@linkcode SpscRing} that reads. For one thread. */
export class SpscConsumer extends RingEnd {
  readonly #items: EventCount;
  readonly #room: EventCount;
  #head: number;
  /** As it was when last looked at. */
  #tail: number;

  /** See {@linkcode SpscRing.consumer}. */
  constructor(handle: SpscRingHandle) {
    super(handle, CONSUMER, PRODUCER);
    this.#items = new EventCount(at(handle, ITEMS));
    this.#room = new EventCount(at(handle, ROOM));
    this.#head = Atomics.load(this.words, HEAD);
    this.#tail = Atomics.load(this.words, TAIL);
  }

  /** Takes the oldest record; `undefined` if there is none. Wait-free. */
  tryPop(): number | undefined {
    const head = this.#head;
    if (this.#available(1) === 0) return undefined;
    const slot = head & (this.capacity - 1);
    const value = readRecord(
      this.words,
      RECORDS + slot * this.width,
      this.code,
    );
    this.#free((head + 1) | 0);
    return value;
  }

  /**
   * Takes as many records as there are, or fit into the array. Wait-free.
   *
   * @param target Where to put them: the typed array of the ring's kind.
   * @returns How many were taken, to the start of the array.
   * @throws {TypeError} If the array is of another kind.
   */
  popMany(target: RecordArray): number {
    checkRecords("pop records", this.code, target);
    const count = Math.min(target.length, this.#available(target.length));
    if (count === 0) return 0;
    const slot = this.#head & (this.capacity - 1);
    const first = Math.min(count, this.capacity - slot);
    this.#read(slot, target, 0, first);
    this.#read(0, target, first, count);
    this.#free((this.#head + count) | 0);
    return count;
  }

  /**
   * Takes the oldest record; blocks the thread while there is none.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RingEndLostError} If there is no record and the producer was lost.
   */
  pop(options: RingWaitOptions = {}): number {
    const { timeout } = options;
    checkTimeout(timeout, "pop");
    return this.tryPop() ??
      this.#items.wait(() => this.unlessLost(() => this.tryPop()), {
        action: "pop",
        timeout,
      });
  }

  /**
   * Takes the oldest record as soon as there is one, without blocking the
   * thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no record was taken then.
   * @throws {RingEndLostError} If there is no record and the producer was lost.
   */
  async popAsync(options: RingWaitAsyncOptions = {}): Promise<number> {
    checkTimeout(options.timeout, "pop");
    return await this.#items.waitAsync(
      () => this.unlessLost(() => this.tryPop()),
      { ...options, action: "pop" },
    );
  }

  /** How many records there are; looks anew unless so many are known of. */
  #available(count: number): number {
    const known = (this.#tail - this.#head) | 0;
    if (known >= count) return known;
    this.#tail = Atomics.load(this.words, TAIL);
    return (this.#tail - this.#head) | 0;
  }

  #free(head: number): void {
    this.#head = head;
    // The records were read before.
    Atomics.store(this.words, HEAD, head);
    this.#room.signal();
  }

  #read(slot: number, target: RecordArray, from: number, to: number): void {
    const { words, width, code } = this;
    const start = RECORDS + slot * width;
    if (code !== F64 && to - from >= MANY) {
      target.set(words.subarray(start, start + to - from), from);
      return;
    }
    for (let k = from; k < to; k++) {
      target[k] = readRecord(words, start + (k - from) * width, code);
    }
  }
}

function at(slice: SharedSlice, offset: number): SharedSlice {
  return { buffer: slice.buffer, byteOffset: slice.byteOffset + offset };
}

function widthOf(code: number): number {
  return code === F64 ? 2 : 1;
}

function formOf(code: number, capacity: number): number {
  return code << 28 | 31 - Math.clz32(capacity);
}

function wordCountOf(code: number, capacity: number): number {
  return RECORDS + capacity * widthOf(code);
}

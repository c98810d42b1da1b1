/**
 * A bounded queue of records between any number of threads.
 *
 * How records stand in it is said in `record_slots.ts`, and in the folder's
 * README, "MpmcQueue".
 *
 * @module
 */

import { allocate } from "./arena.ts";
import { EVENT_COUNT_SIZE, EventCount } from "./event_count.ts";
import { checkHandle, type SharedHandle } from "./handle.ts";
import { LINE, type SharedSlice, wordsOf } from "./memory.ts";
import {
  checkRecords,
  checkSlots,
  type FormOf,
  formText,
  isRecordSource,
  type RecordBatch,
  type RecordSource,
  type RecordType,
  recordTypeOf,
} from "./record.ts";
import { RecordSlots, slotOf, slotsSize } from "./record_slots.ts";
import { checkTimeout } from "./timeout.ts";

// In bytes, on lines of their own.
const FORM = 0; //    written once: the records' mark | log2(capacity)
const ITEMS = LINE; // who waits for a record
const ROOM = ITEMS + EVENT_COUNT_SIZE; // who waits for room
const SLOTS = ROOM + EVENT_COUNT_SIZE;

/** The most records that a queue can hold. */
export const MAX_QUEUE_CAPACITY: number = 2 ** 24;

/**
 * Names an {@linkcode MpmcQueue} in a message.
 *
 * @typeParam T One record.
 */
export interface MpmcQueueHandle<T = number> extends SharedHandle<"MpmcQueue"> {
  /** What the records are. */
  readonly record: FormOf<T>;
  /** How many records there can be. */
  readonly capacity: number;
}

/** Options of {@linkcode MpmcQueue.push}. */
export interface QueueWaitOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/** Options of {@linkcode MpmcQueue.pushAsync}. */
export interface QueueWaitAsyncOptions extends QueueWaitOptions {
  /** Gives up the wait; the queue stays as it is. */
  readonly signal?: AbortSignal;
}

/**
 * Options of {@linkcode MpmcQueue.pop}.
 *
 * @typeParam T One record.
 */
export interface QueuePopOptions<T> extends QueueWaitOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}

/**
 * Options of {@linkcode MpmcQueue.popAsync}.
 *
 * @typeParam T One record.
 */
export interface QueuePopAsyncOptions<T> extends QueueWaitAsyncOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}

/**
 * A bounded first-in first-out queue of numbers, or structs, for many producers
 * and many consumers.
 *
 * Every call but the bulk ones takes effect at one moment; bulk calls are as
 * many single ones. No call allocates, but for waiting ones that have to wait, and
 * those that make an object for a struct as none was given to put it into.
 *
 * A thread that is lost in the middle of a call blocks nobody: its record in the
 * registry of threads says so, and the next one that comes to its slot puts that
 * right. A record that it was adding is in the queue as a whole or not at all; one
 * that it was taking is still there or gone with it.
 * Nobody closes a queue: who waits for records that will never come waits until
 * its `timeout`.
 *
 * @example Usage
 * ```ts
 * import { MpmcQueue } from "@kindred/kindred/sync";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const queue = new MpmcQueue("f64", 2);
 * assert(queue.tryPush(0.5));
 * assert(queue.tryPush(1.5));
 * assert(!queue.tryPush(2.5)); //                   full
 *
 * const same = MpmcQueue.from(queue.handle); //     in any thread
 * assertEquals(same.pop(), 0.5);
 * assertEquals(await same.popAsync(), 1.5);
 * assertEquals(same.tryPop(), undefined);
 * ```
 *
 * @example Structs
 * ```ts
 * import { MpmcQueue, struct } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const Point = struct({ x: "f64", y: "f64", visible: "bool" });
 * const queue = new MpmcQueue(Point, 256);
 * queue.push({ x: 1, y: 2, visible: true });
 *
 * const point = { x: 0, y: 0, visible: false }; // reused: nothing is allocated
 * while (queue.tryPop(point) !== undefined) assertEquals(point.y, 2);
 * ```
 *
 * @typeParam T One record: a number, or an object with a struct's fields.
 */
export class MpmcQueue<T = number> {
  /** Names this queue in a message. */
  readonly handle: MpmcQueueHandle<T>;
  /** How many records there can be. */
  readonly capacity: number;
  readonly #type: RecordType<T>;
  readonly #slots: RecordSlots<T>;
  readonly #items: EventCount;
  readonly #room: EventCount;
  /** How often `push()` and `pop()` of this object succeeded, modulo 2^32. */
  #pushed = 0;
  #popped = 0;

  /**
   * Makes a queue.
   *
   * @param record What the records are: `"i32"`, `"u32"`, `"f64"`, or a type that
   * {@linkcode struct} made.
   * @param capacity How many there can be: a power of two from 1 to 2^24, and 2 GiB
   * in all.
   * @throws {TypeError} If there are no such records.
   * @throws {RangeError} If the capacity is not such a number.
   */
  constructor(record: RecordSource<T>, capacity: number);
  /** Attaches to a queue that another thread made. */
  constructor(handle: MpmcQueueHandle<T>);
  constructor(
    source: RecordSource<T> | MpmcQueueHandle<T>,
    capacity: number = NaN,
  ) {
    const isNew = isRecordSource(source);
    if (isNew) {
      const type = recordTypeOf("create queue", source as RecordSource<T>);
      checkCapacity("create queue", type, capacity);
      const slice = allocate(SLOTS + slotsSize(type, capacity));
      const record = type.form as FormOf<T>;
      this.#type = type;
      this.handle = { kind: "MpmcQueue", ...slice, record, capacity };
    } else {
      const handle = source as MpmcQueueHandle<T>;
      let type: RecordType<T>;
      checkHandle("MpmcQueue", handle, () => {
        type = recordTypeOf("attach to queue", handle.record);
        checkCapacity("attach to queue", type, handle.capacity);
        return SLOTS + slotsSize(type, handle.capacity);
      });
      this.#type = type!;
      this.handle = handle;
    }
    this.capacity = this.handle.capacity;
    this.#slots = new RecordSlots(this.#type, this.#at(SLOTS), this.capacity);
    const words = wordsOf(this.handle, 1);
    const form = this.#type.mark | 31 - Math.clz32(this.capacity);
    if (isNew) {
      this.#slots.init();
      Atomics.store(words, FORM, form);
    } else if (Atomics.load(words, FORM) !== form) {
      throw new RangeError(
        `Cannot attach to queue as it is of another form: the handle says ${this.capacity} of ${
          formText(this.#type.form)
        }`,
      );
    }
    this.#items = new EventCount(this.#at(ITEMS));
    this.#room = new EventCount(this.#at(ROOM));
  }

  /** Attaches to a queue that another thread made. */
  static from<T = number>(handle: MpmcQueueHandle<T>): MpmcQueue<T> {
    return new MpmcQueue(handle);
  }

  /**
   * How many records there are. Exact while no other thread is in a call; else
   * calls that go on may be counted or not.
   */
  get size(): number {
    return this.#slots.size;
  }

  /** Whether there is no record; as exact as {@linkcode size}. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there is no room; as exact as {@linkcode size}. */
  get isFull(): boolean {
    return this.size === this.capacity;
  }

  /**
   * Adds a record if there is room.
   *
   * @returns Whether there was.
   * @throws {TypeError} If the value is none of the queue's records.
   * @throws {RangeError} If a number is out of range.
   */
  tryPush(value: T): boolean {
    this.#slots.check("push record", value);
    if (!this.#slots.offer(value)) return false;
    this.#items.signal();
    return true;
  }

  /**
   * Takes the oldest record; `undefined` if there is none.
   *
   * @param into An object to put the record's fields into. Default: a new one.
   */
  tryPop(into?: T): T | undefined {
    const value = this.#slots.poll(into);
    if (value !== undefined) this.#room.signal();
    return value;
  }

  /**
   * Adds a record, in place of the oldest one if there is no room.
   *
   * @param into An object to put the fields of the oldest record into.
   * @returns The record that had to go, or `undefined`.
   * @throws {TypeError} If the value is none of the queue's records.
   * @throws {RangeError} If a number is out of range.
   *
   * @example Usage
   * ```ts
   * import { MpmcQueue } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const latest = new MpmcQueue("i32", 1);
   * assertEquals(latest.forcePush(1), undefined);
   * assertEquals(latest.forcePush(2), 1);
   * assertEquals(latest.tryPop(), 2);
   * ```
   */
  forcePush(value: T, into?: T): T | undefined {
    this.#slots.check("push record", value);
    for (;;) {
      if (this.#slots.offer(value)) {
        this.#items.signal();
        return undefined;
      }
      const oldest = this.#slots.replace(value, into);
      // There are as many records as before: nobody waits for that.
      if (oldest !== undefined) return oldest;
    }
  }

  /**
   * Adds records until there is no more room, each as by
   * {@linkcode tryPush}; those of other threads may come in between.
   *
   * @param values The typed array of the queue's kind; an array of structs.
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} If the array is of another kind, or a value is none of the
   * queue's records. Those before it are added then.
   * @throws {RangeError} If a number is out of range; likewise.
   *
   * @example Usage
   * ```ts
   * import { MpmcQueue } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const queue = new MpmcQueue("u32", 2);
   * assertEquals(queue.pushMany(Uint32Array.of(7, 8, 9)), 2);
   * const records = new Uint32Array(4);
   * assertEquals(queue.popMany(records), 2);
   * assertEquals([...records], [7, 8, 0, 0]);
   * ```
   */
  pushMany(values: RecordBatch<T>): number {
    checkRecords("push records", this.#type.form, values);
    let count = 0;
    try {
      for (; count < values.length; count++) {
        const value = values[count] as T;
        this.#slots.check("push record", value);
        if (!this.#slots.offer(value)) break;
      }
    } finally {
      if (count > 0) this.#items.signal();
    }
    return count;
  }

  /**
   * Takes records until there is none, or the array is full; each as by
   * {@linkcode tryPop}.
   *
   * @param target Where to put them: the typed array of the queue's kind, or an
   * array of that length, whose objects take the structs; where it has none, new
   * ones are made.
   * @returns How many were taken, to the start of the array.
   * @throws {TypeError} If the array is of another kind.
   */
  popMany(target: RecordBatch<T>): number {
    checkRecords("pop records", this.#type.form, target);
    const records = target as T[];
    let count = 0;
    try {
      for (; count < records.length; count++) {
        const value = this.#slots.poll(records[count]);
        if (value === undefined) break;
        records[count] = value;
      }
    } finally {
      if (count > 0) this.#room.signal();
    }
    return count;
  }

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is none of the queue's records.
   * @throws {RangeError} If a number is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   */
  push(value: T, options?: QueueWaitOptions): void {
    const timeout = options?.timeout;
    checkTimeout(timeout, "push");
    if (!this.tryPush(value)) {
      this.#room.wait(
        () => this.tryPush(value) || undefined,
        { action: "push", timeout },
        this.#pushed,
        this.capacity,
      );
    }
    this.#pushed = (this.#pushed + 1) | 0;
  }

  /**
   * Takes the oldest record; blocks the thread while there is none.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  pop(options?: QueuePopOptions<T>): T {
    const timeout = options?.timeout;
    const into = options?.into;
    checkTimeout(timeout, "pop");
    const value = this.tryPop(into) ??
      this.#items.wait(
        () => this.tryPop(into),
        { action: "pop", timeout },
        this.#popped,
      );
    this.#popped = (this.#popped + 1) | 0;
    return value;
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @throws {TypeError} If the value is none of the queue's records.
   * @throws {RangeError} If a number is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   */
  async pushAsync(
    value: T,
    options: QueueWaitAsyncOptions = {},
  ): Promise<void> {
    checkTimeout(options.timeout, "push");
    this.#slots.check("push record", value);
    await this.#room.waitAsync(() => this.tryPush(value) || undefined, {
      ...options,
      action: "push",
    });
  }

  /**
   * Takes the oldest record as soon as there is one, without blocking the
   * thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no record was taken then.
   */
  async popAsync(options: QueuePopAsyncOptions<T> = {}): Promise<T> {
    checkTimeout(options.timeout, "pop");
    return await this.#items.waitAsync(() => this.tryPop(options.into), {
      ...options,
      action: "pop",
    });
  }

  #at(offset: number): SharedSlice {
    const { buffer, byteOffset } = this.handle;
    return { buffer, byteOffset: byteOffset + offset };
  }
}

function checkCapacity(
  action: string,
  type: RecordType<unknown>,
  capacity: number,
): void {
  checkSlots(action, capacity, MAX_QUEUE_CAPACITY, slotOf(type));
}

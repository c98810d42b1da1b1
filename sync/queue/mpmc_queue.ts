/**
 * A bounded queue of records between any number of threads.
 *
 * How records stand in it is said in `record_slots.ts`, and in the folder's
 * README, "MpmcQueue".
 *
 * @module
 */

import type { EventCount } from "../thread/event_count.ts";
import { checkKind } from "../memory/handle.ts";
import { QueueBulk } from "./mpmc_queue_bulk.ts";
import {
  attachQueue,
  createQueue,
  type MpmcQueueHandle,
} from "./mpmc_queue_memory.ts";
import type { QueuePopAsyncOptions, QueuePopOptions } from "./pop_options.ts";
import {
  isRecordSource,
  type RecordBatch,
  type RecordSource,
} from "../record/record.ts";
import type { RecordSlots } from "./record_slots.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

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
  readonly #slots: RecordSlots<T>;
  readonly #bulk: QueueBulk<T>;
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
    const memory = isRecordSource(source)
      ? createQueue(source as RecordSource<T>, capacity)
      : attachQueue(source as MpmcQueueHandle<T>);
    this.handle = memory.handle;
    this.capacity = memory.handle.capacity;
    this.#slots = memory.slots;
    this.#bulk = new QueueBulk(memory);
    this.#items = memory.items;
    this.#room = memory.room;
  }

  /**
   * Attaches to a queue that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from<T = number>(handle: MpmcQueueHandle<T>): MpmcQueue<T> {
    return new MpmcQueue(checkKind("MpmcQueue", handle));
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
   * @param into An object to put the record's fields into. Default: a new one. If it
   * refuses them, as a frozen one does or a setter that throws, the record is gone.
   * @throws {TypeError} If that is no object; no record was taken then.
   */
  tryPop(into?: T): T | undefined {
    this.#slots.checkInto("pop record", into);
    const fetched = this.#slots.poll();
    if (fetched === undefined) return undefined;
    // First of all: a setter may throw.
    this.#room.signal();
    return this.#slots.take(fetched, into);
  }

  /**
   * Adds a record, in place of the oldest one if there is no room.
   *
   * @param into An object to put the fields of the oldest record into.
   * @returns The record that had to go, or `undefined`.
   * @throws {TypeError} If the value is none of the queue's records, or `into` is no
   * object.
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
    this.#slots.checkInto("push record", into);
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
   * queue's records. None was added then: all are checked before.
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
    return this.#bulk.push(values);
  }

  /**
   * Takes records until there is none, or the array is full; each as by
   * {@linkcode tryPop}.
   *
   * @param target Where to put them: the typed array of the queue's kind, or an
   * array of that length, whose objects take the structs; where it has none, new
   * ones are made.
   * @returns How many were taken, to the start of the array.
   * @throws {TypeError} If the array is of another kind, or has something else than
   * objects. Those before that were taken then.
   */
  popMany(target: RecordBatch<T>): number {
    return this.#bulk.pop(target);
  }

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is none of the queue's records.
   * @throws {RangeError} If a number is out of range, or the timeout is.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   */
  push(value: T, options?: WaitOptions): void {
    const timeout = options?.timeout;
    checkTimeout(timeout, "push");
    if (!this.tryPush(value)) this.#pushSlowly(value, timeout);
    this.#pushed = (this.#pushed + 1) | 0;
  }

  /**
   * Takes the oldest record; blocks the thread while there is none.
   *
   * @throws {TypeError} If `into` is no object; no record was taken then.
   * @throws {RangeError} If the timeout is negative or not a number.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  pop(options?: QueuePopOptions<T>): T {
    const timeout = options?.timeout;
    const into = options?.into;
    checkTimeout(timeout, "pop");
    const value = this.tryPop(into) ?? this.#popSlowly(into, timeout);
    this.#popped = (this.#popped + 1) | 0;
    return value;
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @param value It must stay as it is until then: each try reads it anew.
   * @throws {TypeError} If the value is none of the queue's records.
   * @throws {RangeError} If a number is out of range, or the timeout is.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   */
  async pushAsync(
    value: T,
    options: WaitAsyncOptions = {},
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
   * @throws {TypeError} If `into` is no object; no record was taken then.
   * @throws {RangeError} If the timeout is negative or not a number.
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

  #pushSlowly(value: T, timeout: number | undefined): void {
    this.#room.wait(
      () => this.tryPush(value) || undefined,
      {
        action: "push",
        timeout,
        progress: this.#pushed,
        room: this.capacity,
      },
    );
  }

  #popSlowly(into: T | undefined, timeout: number | undefined): T {
    return this.#items.wait(
      () => this.tryPop(into),
      { action: "pop", timeout, progress: this.#popped },
    );
  }
}

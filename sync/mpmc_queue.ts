/**
 * A bounded queue of numbers between any number of threads.
 *
 * The slots and their stamps are those of Dmitry Vyukov's bounded queue
 * (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue),
 * but a thread claims the slot and not the position, by its own id: so others
 * can take over from a thread that was lost in the middle. The protocol is in
 * the folder's README, "MpmcQueue".
 *
 * @module
 */

import { allocate } from "./arena.ts";
import { EVENT_COUNT_SIZE, EventCount } from "./event_count.ts";
import { checkHandle, type SharedHandle } from "./handle.ts";
import { LINE, wordsOf } from "./memory.ts";
import {
  checkRecord,
  checkRecords,
  checkSlots,
  codeOf,
  readRecord,
  type RecordArray,
  type RecordKind,
  writeRecord,
} from "./record.ts";
import { currentThread, type ThreadRegistry } from "./thread.ts";
import { checkTimeout } from "./timeout.ts";

// Control words, on lines of their own; positions count records modulo 2^32.
const FORM = 0; //            written once: kind << 28 | log2(capacity)
const HEAD = LINE / 4; //     the oldest record; may be behind, never ahead
const TAIL = 2 * LINE / 4; // where the next one goes; likewise
const ITEMS = 3 * LINE; //    in bytes: who waits for a record
const ROOM = ITEMS + EVENT_COUNT_SIZE; // who waits for room
const SLOTS = (ROOM + EVENT_COUNT_SIZE) / 4;

/** Words of a slot. */
const SLOT = 4;
/** Before the claim, and then what the claimer will make of the slot. */
const DRAFT = 1;
const RECORD = 2;

/** The most records that a queue can hold. */
export const MAX_QUEUE_CAPACITY: number = 2 ** 24;

/** Names an {@linkcode MpmcQueue} in a message. */
export interface MpmcQueueHandle extends SharedHandle<"MpmcQueue"> {
  /** What the records are. */
  readonly record: RecordKind;
  /** How many records there can be. */
  readonly capacity: number;
}

/** Options of {@linkcode MpmcQueue.push} and {@linkcode MpmcQueue.pop}. */
export interface QueueWaitOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/**
 * Options of {@linkcode MpmcQueue.pushAsync} and
 * {@linkcode MpmcQueue.popAsync}.
 */
export interface QueueWaitAsyncOptions extends QueueWaitOptions {
  /** Gives up the wait; the queue stays as it is. */
  readonly signal?: AbortSignal;
}

/**
 * A bounded first-in first-out queue of numbers for many producers and many
 * consumers.
 *
 * Every call but the bulk ones takes effect at one moment; bulk calls are as
 * many single ones. No call allocates, but for waiting ones that have to wait.
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
 */
export class MpmcQueue {
  /** Names this queue in a message. */
  readonly handle: MpmcQueueHandle;
  /** How many records there can be. */
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #code: number;
  readonly #items: EventCount;
  readonly #room: EventCount;
  /** What stands in a slot that this thread claims. */
  readonly #claim: number;
  readonly #threads: ThreadRegistry;

  /**
   * Makes a queue.
   *
   * @param kind What the records are.
   * @param capacity How many there can be: a power of two from 1 to 2^24.
   * @throws {TypeError} If there is no such kind.
   * @throws {RangeError} If the capacity is not such a number.
   */
  constructor(kind: RecordKind, capacity: number);
  /** Attaches to a queue that another thread made. */
  constructor(handle: MpmcQueueHandle);
  constructor(source: RecordKind | MpmcQueueHandle, capacity: number = NaN) {
    const isNew = typeof source !== "object";
    if (isNew) {
      this.#code = codeOf("create queue", source);
      checkSlots("create queue", capacity, MAX_QUEUE_CAPACITY);
      const slice = allocate(byteLengthOf(capacity));
      this.handle = { kind: "MpmcQueue", ...slice, record: source, capacity };
    } else {
      this.handle = checkHandle("MpmcQueue", source, () => {
        checkSlots("attach to queue", source.capacity, MAX_QUEUE_CAPACITY);
        return byteLengthOf(source.capacity);
      }) as MpmcQueueHandle;
      this.#code = codeOf("attach to queue", source.record);
    }
    this.capacity = this.handle.capacity;
    const words = wordsOf(this.handle, byteLengthOf(this.capacity) / 4);
    const form = this.#code << 28 | 31 - Math.clz32(this.capacity);
    if (isNew) {
      for (let k = 0; k < this.capacity; k++) {
        words[SLOTS + k * SLOT + DRAFT] = free(k);
        Atomics.store(words, SLOTS + k * SLOT, free(k));
      }
      Atomics.store(words, FORM, form);
    } else if (Atomics.load(words, FORM) !== form) {
      throw new RangeError(
        `Cannot attach to queue as it is of another form: the handle says ${this.capacity} of "${this.handle.record}"`,
      );
    }
    this.#words = words;
    const { buffer, byteOffset } = this.handle;
    this.#items = new EventCount({ buffer, byteOffset: byteOffset + ITEMS });
    this.#room = new EventCount({ buffer, byteOffset: byteOffset + ROOM });
    const { id, threads } = currentThread();
    this.#claim = -id;
    this.#threads = threads;
  }

  /** Attaches to a queue that another thread made. */
  static from(handle: MpmcQueueHandle): MpmcQueue {
    return new MpmcQueue(handle);
  }

  /**
   * How many records there are. Exact while no other thread is in a call; else
   * calls that go on may be counted or not.
   */
  get size(): number {
    for (;;) {
      const tail = this.#settle(TAIL);
      const head = this.#settle(HEAD);
      if (Atomics.load(this.#words, TAIL) !== tail) continue;
      // A head that was read later may have overtaken the tail.
      return Math.min(Math.max((tail - head) | 0, 0), this.capacity);
    }
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
   * @throws {TypeError} If the value is not a number.
   * @throws {RangeError} If it is not of the queue's kind.
   */
  tryPush(value: number): boolean {
    checkRecord(this.#code, value);
    if (!this.#offer(value)) return false;
    this.#items.signal();
    return true;
  }

  /** Takes the oldest record; `undefined` if there is none. */
  tryPop(): number | undefined {
    const value = this.#take();
    if (value !== undefined) this.#room.signal();
    return value;
  }

  /**
   * Adds a record, in place of the oldest one if there is no room.
   *
   * @returns The record that had to go, or `undefined`.
   * @throws {TypeError} If the value is not a number.
   * @throws {RangeError} If it is not of the queue's kind.
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
  forcePush(value: number): number | undefined {
    checkRecord(this.#code, value);
    for (;;) {
      if (this.#offer(value)) {
        this.#items.signal();
        return undefined;
      }
      const oldest = this.#replace(value);
      // There are as many records as before: nobody waits for that.
      if (oldest !== undefined) return oldest;
    }
  }

  /**
   * Adds records until there is no more room, each as by
   * {@linkcode tryPush}; those of other threads may come in between.
   *
   * @param values The typed array of the queue's kind.
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} If the array is of another kind.
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
  pushMany(values: RecordArray): number {
    checkRecords("push records", this.#code, values);
    let count = 0;
    while (count < values.length && this.#offer(values[count]!)) count++;
    if (count > 0) this.#items.signal();
    return count;
  }

  /**
   * Takes records until there is none, or the array is full; each as by
   * {@linkcode tryPop}.
   *
   * @param target Where to put them: the typed array of the queue's kind.
   * @returns How many were taken, to the start of the array.
   * @throws {TypeError} If the array is of another kind.
   */
  popMany(target: RecordArray): number {
    checkRecords("pop records", this.#code, target);
    let count = 0;
    while (count < target.length) {
      const value = this.#take();
      if (value === undefined) break;
      target[count++] = value;
    }
    if (count > 0) this.#room.signal();
    return count;
  }

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is not a number.
   * @throws {RangeError} If it is not of the queue's kind.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   */
  push(value: number, options: QueueWaitOptions = {}): void {
    const { timeout } = options;
    checkTimeout(timeout, "push");
    if (this.tryPush(value)) return;
    this.#room.wait(() => this.tryPush(value) || undefined, {
      action: "push",
      timeout,
    });
  }

  /**
   * Takes the oldest record; blocks the thread while there is none.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  pop(options: QueueWaitOptions = {}): number {
    const { timeout } = options;
    checkTimeout(timeout, "pop");
    return this.tryPop() ??
      this.#items.wait(() => this.tryPop(), { action: "pop", timeout });
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @throws {TypeError} If the value is not a number.
   * @throws {RangeError} If it is not of the queue's kind.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   */
  async pushAsync(
    value: number,
    options: QueueWaitAsyncOptions = {},
  ): Promise<void> {
    checkTimeout(options.timeout, "push");
    checkRecord(this.#code, value);
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
  async popAsync(options: QueueWaitAsyncOptions = {}): Promise<number> {
    checkTimeout(options.timeout, "pop");
    return await this.#items.waitAsync(() => this.tryPop(), {
      ...options,
      action: "pop",
    });
  }

  /** Adds a record and tells nobody. */
  #offer(value: number): boolean {
    const words = this.#words;
    for (;;) {
      const tail = Atomics.load(words, TAIL);
      const at = this.#at(tail);
      const seen = Atomics.load(words, at);
      const stamp = free(tail);
      if (seen === stamp) {
        if (Atomics.compareExchange(words, at, stamp, this.#claim) !== stamp) {
          continue;
        }
        writeRecord(words, at + RECORD, this.#code, value);
        words[at + DRAFT] = full(tail);
        // From here on the record is in the queue.
        Atomics.store(words, at, full(tail));
        Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
        return true;
      }
      if (seen < 0) this.#passOver(at, seen);
      else if (seen === full(tail - this.capacity)) return false;
      else Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
    }
  }

  /** Takes a record and tells nobody. */
  #take(): number | undefined {
    const words = this.#words;
    for (;;) {
      const head = Atomics.load(words, HEAD);
      const at = this.#at(head);
      const seen = Atomics.load(words, at);
      const stamp = full(head);
      if (seen === stamp) {
        if (Atomics.compareExchange(words, at, stamp, this.#claim) !== stamp) {
          continue;
        }
        const value = readRecord(words, at + RECORD, this.#code);
        const next = free(head + this.capacity);
        words[at + DRAFT] = next;
        // From here on the record is no longer in the queue.
        Atomics.store(words, at, next);
        Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
        return value;
      }
      if (seen < 0) this.#passOver(at, seen);
      else if (seen === free(head)) return undefined;
      else Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
    }
  }

  /** Puts a record in place of the oldest one; `undefined` if there is room. */
  #replace(value: number): number | undefined {
    const words = this.#words;
    const tail = Atomics.load(words, TAIL);
    const at = this.#at(tail);
    const stamp = full(tail - this.capacity);
    if (
      Atomics.compareExchange(words, at, stamp, this.#claim) !== stamp
    ) return undefined;
    const oldest = readRecord(words, at + RECORD, this.#code);
    // If this thread is lost, half a record must not pass for one.
    words[at + DRAFT] = free(tail);
    writeRecord(words, at + RECORD, this.#code, value);
    words[at + DRAFT] = full(tail);
    // The one leaves and the other one comes, in one step.
    Atomics.store(words, at, full(tail));
    Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
    this.#settle(HEAD);
    return oldest;
  }

  /** Brings a position up to where its slots say it is. */
  #settle(which: number): number {
    const words = this.#words;
    for (;;) {
      const position = Atomics.load(words, which);
      const seen = Atomics.load(words, this.#at(position));
      const passed = which === HEAD ? full(position) : free(position);
      if (seen < 0 || ((seen - passed) << 1) <= 0) return position;
      Atomics.compareExchange(words, which, position, (position + 1) | 0);
    }
  }

  /** Lets the thread go on that claimed a slot, or stands in for it. */
  #passOver(at: number, claim: number): void {
    if (this.#threads.isLive(-claim)) return Atomics.pause?.();
    const words = this.#words;
    if (
      Atomics.compareExchange(words, at, claim, this.#claim) !== claim
    ) return;
    Atomics.store(words, at, words[at + DRAFT]!);
  }

  /** The first word of the slot for a position. */
  #at(position: number): number {
    return SLOTS + (position & (this.capacity - 1)) * SLOT;
  }
}

/** The stamp of a slot that the record of this position may fill. */
function free(position: number): number {
  return (position << 1) & 0x7fffffff;
}

/** The stamp of a slot with the record of this position. */
function full(position: number): number {
  return free(position) | 1;
}

function byteLengthOf(capacity: number): number {
  return 4 * (SLOTS + capacity * SLOT);
}

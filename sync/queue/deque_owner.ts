/**
 * The end of a deque that adds records, and takes them in the owner's order.
 *
 * The protocol is in the folder's README, "Deque".
 *
 * @module
 */

import { DequeEnd } from "./deque_end.ts";
import type { DequeHandle } from "./deque_layout.ts";
import { DequeSlots } from "./deque_slots.ts";
import {
  batchOf,
  checkSame,
  NO_OPTIONS,
  type StealBatchOptions,
} from "./deque_batch.ts";
import { privateWords } from "../memory/memory.ts";
import type { MpmcQueue } from "./mpmc_queue.ts";
import {
  checkInto,
  checkRecords,
  type RecordBatch,
  type RecordType,
  recordTypeOf,
} from "../record/record.ts";
import { RecordDrafts } from "../record/record_drafts.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

/**
 * For {@linkcode Deque}: where an owner adds records as they stand in words.
 *
 * @throws {TypeError} If it is none.
 */
export let endOf: <T>(action: string, owner: DequeOwner<T>) => DequeEnd;

/**
 * The end of a {@linkcode Deque} that adds records, and takes them in the order
 * of the deque. For one thread.
 *
 * @typeParam T One record: a number, or an object with a struct's fields.
 */
export class DequeOwner<T = number> implements Disposable {
  readonly #type: RecordType<T>;
  readonly #end: DequeEnd;
  /** One record, private to the thread. */
  readonly #draft: Int32Array;
  readonly #drafts: RecordDrafts<T>;

  static {
    endOf = (action, owner) => {
      if (typeof owner === "object" && owner !== null && #end in owner) {
        return owner.#end;
      }
      throw new TypeError(
        `Cannot ${action} as it must be given the owner's end of a deque: received ${
          owner === null ? "null" : typeof owner
        }`,
      );
    };
  }

  /** See {@linkcode Deque.owner}. */
  constructor(handle: DequeHandle<T>) {
    this.#type = recordTypeOf("own deque", handle.record);
    this.#drafts = new RecordDrafts(this.#type);
    const { width } = this.#type;
    this.#draft = privateWords(width);
    this.#end = new DequeEnd(new DequeSlots(handle, width));
  }

  /**
   * Adds a record if there is room. Wait-free.
   *
   * @returns Whether there was.
   * @throws {TypeError} If the value is not a record of the deque's kind.
   * @throws {RangeError} If a number in it is out of range.
   */
  tryPush(value: T): boolean {
    this.#type.check("push record", value);
    this.#type.write(this.#draft, 0, value);
    if (this.#end.roomFor(1) === 0) return false;
    this.#end.write(0, this.#draft, 0);
    this.#end.publish(1);
    return true;
  }

  /**
   * Adds as many records as there is room for; all of them can be stolen at
   * once. Wait-free.
   *
   * @param values The typed array of the deque's kind, or an array of structs.
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} If the array is of another kind, or a value is not a
   * record. None was added then: all are checked before.
   * @throws {RangeError} If a number in one is out of range; none was added
   * then.
   *
   * @example Usage
   * ```ts
   * import { Deque } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const deque = new Deque("i32", 4);
   * using owner = deque.owner();
   * assertEquals(owner.pushMany(Int32Array.of(1, 2, 3, 4, 5)), 4);
   * assertEquals(owner.tryPop(), 4);
   * assertEquals(deque.trySteal(), 1);
   * ```
   */
  pushMany(values: RecordBatch<T>): number {
    const type = this.#type;
    checkRecords("push records", type.form, values);
    const records = values as unknown as ArrayLike<T>;
    const end = this.#end;
    if (typeof type.form === "string") {
      const count = Math.min(records.length, end.roomFor(records.length));
      if (count === 0) return 0;
      for (let k = 0; k < count; k++) {
        type.write(this.#draft, 0, records[k]!);
        end.write(k, this.#draft, 0);
      }
      end.publish(count);
      return count;
    }
    const { length } = records;
    // Getters of the caller may push, too: they run before anything is written.
    const drafts = this.#drafts.take("push records", values as T[]);
    const count = Math.min(length, end.roomFor(length));
    for (let k = 0; k < count; k++) end.write(k, drafts, k * type.width);
    this.#drafts.giveBack(drafts);
    if (count > 0) end.publish(count);
    return count;
  }

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is not a record of the deque's kind, or this end
   * was given back.
   * @throws {RangeError} If a number in it, or the timeout, is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   */
  push(value: T, options?: WaitOptions): void {
    const timeout = options?.timeout;
    checkTimeout(timeout, "push");
    this.#end.checkKept("push");
    if (!this.tryPush(value)) this.#pushSlowly(value, timeout);
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @param value It must stay as it is until then: each try reads it anew.
   * @throws {TypeError} If the value is not a record of the deque's kind, or this end
   * is given back meanwhile; nothing was added then.
   * @throws {RangeError} If a number in it, or the timeout, is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   */
  async pushAsync(
    value: T,
    { timeout, signal }: WaitAsyncOptions = {},
  ): Promise<void> {
    checkTimeout(timeout, "push");
    this.#type.check("push record", value);
    await this.#end.slots.room.waitAsync(
      () => this.#pushWhileHeld(value),
      { action: "push", timeout, signal },
    );
  }

  /**
   * Takes a record in the order of the deque: `"lifo"` the one that was added
   * last, wait-free; `"fifo"` the oldest one, lock-free.
   *
   * There is no call that waits for one: nobody else adds records.
   *
   * @param into An object to put the fields of a struct into; a new one unless
   * given. If it refuses them, as a frozen one does or a setter that throws, the
   * record is gone.
   * @returns The record; `undefined` if there is none.
   * @throws {TypeError} If that is no object; no record was taken then.
   */
  tryPop(into?: T): T | undefined {
    checkInto("pop record", this.#type.form, into);
    const { slots } = this.#end;
    const taken = slots.isFifo
      ? slots.takeOldest(this.#draft)
      : this.#end.takeNewest(this.#draft);
    if (!taken) return undefined;
    slots.room.signal();
    return this.#type.read(this.#draft, 0, into);
  }

  /**
   * Moves the oldest records of a queue to this deque, without waiting: up to
   * half of them, so that others have some too. They come out of
   * {@linkcode tryPop} in the order of the queue.
   *
   * With {@linkcode Deque.stealBatch} this makes a scheduler: new work goes to
   * the queue, and from there to the deques of those who work.
   *
   * @returns How many were moved: 0 if the queue was empty, or the deque full.
   * @throws {TypeError} If it is no queue, or one of records of another kind.
   * @throws {RangeError} If the limit is out of range.
   *
   * @example Usage
   * ```ts
   * import { Deque, MpmcQueue } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const injector = new MpmcQueue("i32", 8);
   * injector.pushMany(Int32Array.of(1, 2, 3, 4));
   * using owner = new Deque("i32", 8).owner();
   * assertEquals(owner.takeBatch(injector), 2);
   * assertEquals([owner.tryPop(), owner.tryPop()], [1, 2]);
   * ```
   */
  takeBatch(
    queue: MpmcQueue<T>,
    options: StealBatchOptions = NO_OPTIONS,
  ): number {
    const type = this.#type;
    if (queue?.handle?.kind !== "MpmcQueue") {
      throw new TypeError(
        `Cannot take batch as it must be given an MpmcQueue: received ${
          queue === null ? "null" : typeof queue
        }`,
      );
    }
    checkSame("take batch", type.form, queue.handle.record);
    const end = this.#end;
    const most = batchOf("take batch", options, queue.size);
    const batch = Math.min(most, end.roomFor(most));
    const records: T[] = [];
    while (records.length < batch) {
      const value = queue.tryPop();
      if (value === undefined) break;
      records.push(value);
    }
    if (records.length === 0) return 0;
    if (!end.slots.isFifo) records.reverse();
    for (const [k, value] of records.entries()) {
      type.check("push record", value);
      type.write(this.#draft, 0, value);
      end.write(k, this.#draft, 0);
    }
    end.publish(records.length);
    return records.length;
  }

  /**
   * Gives this end back; it must not be used any more. What it added stays in
   * the deque. A wait of it that is pending ends with a `TypeError`, within 100 ms.
   * A second call does nothing.
   */
  release(): void {
    this.#end.release();
  }

  /** The same as {@linkcode release}. */
  [Symbol.dispose](): void {
    this.release();
  }

  #pushSlowly(value: T, timeout: number | undefined): void {
    this.#end.slots.room.wait(
      () => this.#pushWhileHeld(value),
      { action: "push", timeout },
    );
  }

  /** A try of a wait, in which the end may have been given back. */
  #pushWhileHeld(value: T): true | undefined {
    this.#end.checkHeld("push");
    return this.tryPush(value) || undefined;
  }
}

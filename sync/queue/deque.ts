/**
 * A work-stealing deque: one owner at one end, any number of thieves at the
 * other.
 *
 * Chase and Lev, "Dynamic Circular Work-Stealing Deque" (2005), in a ring that
 * does not grow. JavaScript's Atomics are sequentially consistent, so it needs
 * none of the fences of Lê, Pop, Cohen and Nardelli, "Correct and Efficient
 * Work-Stealing for Weak Memory Models" (2013). The orders, and stealing in
 * batches, are those of crossbeam-deque. The protocol is in the folder's README,
 * "Deque".
 *
 * @module
 */

import {
  batchOf,
  checkSame,
  DequeBatch,
  NO_OPTIONS,
  type StealBatchOptions,
} from "./deque_batch.ts";
import type { DequeEnd } from "./deque_end.ts";
import type { DequeHandle, DequeOrder } from "./deque_layout.ts";
import { attachDeque, createDeque } from "./deque_memory.ts";
import { DequeOwner, endOf } from "./deque_owner.ts";
import { DequeSlots } from "./deque_slots.ts";
import { checkKind } from "../memory/handle.ts";
import { privateWords } from "../memory/memory.ts";
import type { StealAsyncOptions, StealOptions } from "./pop_options.ts";
import {
  checkInto,
  isRecordSource,
  type RecordSource,
  type RecordType,
} from "../record/record.ts";
import { checkTimeout } from "../thread/timeout.ts";

/** Options of a {@linkcode Deque}. */
export interface DequeOptions {
  /** From which end its owner takes. Default: `"lifo"`. */
  readonly order?: DequeOrder;
}

/**
 * A bounded deque for work stealing: one thread owns it, and adds and takes
 * records at its end; all others steal the oldest records from the other end.
 *
 * Who has the deque steals, from any thread; {@linkcode Deque.owner} gives the
 * owner's end, which belongs to one thread at a time. That of a lost thread can be
 * taken as if it had been given back: what the thread was just adding or taking
 * may be gone with it, all the rest is there, once.
 *
 * Where crossbeam's `steal()` says _retry_, as another thread was quicker, these
 * calls try again by themselves. Some thread gets a record each time, and
 * `undefined` always means that there was none at some moment of the call.
 *
 * @example Usage
 * ```ts
 * import { Deque } from "@kindred/kindred/sync";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const deque = new Deque("i32", 64);
 * using owner = deque.owner();
 * for (const task of [1, 2, 3]) assert(owner.tryPush(task));
 * assertEquals(owner.tryPop(), 3); //                 the newest one
 *
 * const victim = Deque.from(deque.handle); //         in another thread
 * assertEquals(victim.trySteal(), 1); //              the oldest one
 * assertEquals(victim.steal(), 2);
 * assertEquals(victim.trySteal(), undefined);
 * ```
 *
 * @typeParam T One record: a number, or an object with a struct's fields.
 */
export class Deque<T = number> {
  /** Names this deque in a message. */
  readonly handle: DequeHandle<T>;
  /** How many records there can be. */
  readonly capacity: number;
  /** From which end its owner takes. */
  readonly order: DequeOrder;
  readonly #type: RecordType<T>;
  readonly #slots: DequeSlots;
  /** One record, private to the thread. */
  readonly #draft: Int32Array;
  /** Many, made when they are needed first. */
  #batch: DequeBatch | undefined;

  /**
   * Makes a deque.
   *
   * @param record What the records are: `"i32"`, `"u32"`, `"f64"`, or a type that
   * {@linkcode struct} made.
   * @param capacity How many there can be: a power of two from 1 to 2^24.
   * @throws {TypeError} If there are no such records, or no such order.
   * @throws {RangeError} If the capacity is not such a number.
   */
  constructor(
    record: RecordSource<T>,
    capacity: number,
    options?: DequeOptions,
  );
  /** Attaches to a deque that another thread made. */
  constructor(handle: DequeHandle<T>);
  constructor(
    source: RecordSource<T> | DequeHandle<T>,
    capacity: number = NaN,
    { order = "lifo" }: DequeOptions = {},
  ) {
    const { handle, type } = isRecordSource(source)
      ? createDeque(source as RecordSource<T>, capacity, order)
      : attachDeque(source as DequeHandle<T>);
    this.handle = handle;
    this.#type = type;
    this.capacity = this.handle.capacity;
    this.order = this.handle.order;
    this.#slots = new DequeSlots(handle, type.width);
    this.#draft = privateWords(type.width);
  }

  /**
   * Attaches to a deque that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from<T = number>(handle: DequeHandle<T>): Deque<T> {
    return new Deque(checkKind("Deque", handle));
  }

  /** How many records there are. Between two loads others may go on. */
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
   * Takes the owner's end, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  owner(): DequeOwner<T> {
    return new DequeOwner(this.handle);
  }

  /**
   * Takes the oldest record. Lock-free.
   *
   * @param into An object to put the fields of a struct into; a new one unless
   * given. If it refuses them, as a frozen one does or a setter that throws, the
   * record is gone.
   * @returns The record; `undefined` if there is none.
   * @throws {TypeError} If that is no object; no record was taken then.
   */
  trySteal(into?: T): T | undefined {
    checkInto("steal record", this.#type.form, into);
    if (!this.#slots.takeOldest(this.#draft)) return undefined;
    this.#slots.room.signal();
    return this.#type.read(this.#draft, 0, into);
  }

  /**
   * Moves the oldest records to the deque of this thread, without waiting: up to
   * half of them, so that others have some too. They come out of it in the order
   * in which the owner of this one would have taken them.
   *
   * From a `"fifo"` deque they are taken at one moment, from a `"lifo"` deque one
   * by one.
   *
   * @param into The owner's end of another deque; that of this one moves nothing.
   * @returns How many were moved: 0 if there was none, or no room.
   * @throws {TypeError} If `into` is no owner's end, or the other deque's records are of another kind.
   * @throws {RangeError} If the limit is out of range.
   *
   * @example Usage
   * ```ts
   * import { Deque } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const theirs = new Deque("i32", 8, { order: "fifo" });
   * using victim = theirs.owner();
   * victim.pushMany(Int32Array.of(1, 2, 3, 4));
   *
   * using mine = new Deque("i32", 8).owner();
   * assertEquals(theirs.stealBatch(mine), 2);
   * assertEquals([mine.tryPop(), mine.tryPop()], [1, 2]);
   * ```
   */
  stealBatch(
    into: DequeOwner<T>,
    options: StealBatchOptions = NO_OPTIONS,
  ): number {
    const most = batchOf("steal batch", options, this.size);
    const end = endOf("steal batch", into);
    if (this.#isEnd("steal batch", end)) return 0;
    const batch = this.#batch ??= new DequeBatch(this.#slots);
    const count = batch.take(Math.min(most, end.roomFor(most)));
    batch.give(end, 0);
    return count;
  }

  /**
   * The same, but of the records that it takes it returns the one that would come
   * out first.
   *
   * @param into The owner's end of another deque; from that of this one it takes
   * a record as by `tryPop()`.
   * @returns The record; `undefined` if there is none.
   * @throws {TypeError} If `into` is no owner's end, or the other deque's records are of another kind.
   * @throws {RangeError} If the limit is out of range.
   */
  stealBatchAndPop(
    into: DequeOwner<T>,
    options: StealBatchOptions = NO_OPTIONS,
  ): T | undefined {
    const most = batchOf("steal batch", options, this.size);
    const end = endOf("steal batch", into);
    if (this.#isEnd("steal batch", end)) return into.tryPop();
    const batch = this.#batch ??= new DequeBatch(this.#slots);
    const count = batch.take(Math.min(most, end.roomFor(most - 1) + 1));
    if (count === 0) return undefined;
    batch.give(end, 1);
    return this.#type.read(batch.words, batch.first);
  }

  /**
   * Takes the oldest record; blocks the thread while there is none.
   *
   * @throws {RangeError} If the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {DequeOwnerLostError} If there is none and the owner was lost.
   */
  steal(options?: StealOptions<T>): T {
    const timeout = options?.timeout;
    const into = options?.into;
    checkTimeout(timeout, "steal");
    return this.trySteal(into) ?? this.#stealSlowly(into, timeout);
  }

  /**
   * Takes the oldest record as soon as there is one, without blocking the
   * thread.
   *
   * @throws {RangeError} If the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no record was taken then.
   * @throws {DequeOwnerLostError} If there is none and the owner was lost.
   */
  async stealAsync(
    { timeout, signal, into }: StealAsyncOptions<T> = {},
  ): Promise<T> {
    checkTimeout(timeout, "steal");
    const attempt = () => this.trySteal(into);
    return await this.#slots.items.waitAsync(
      () => this.#slots.unlessLost(attempt),
      { action: "steal", timeout, signal },
    );
  }

  #stealSlowly(into: T | undefined, timeout: number | undefined): T {
    const attempt = () => this.trySteal(into);
    return this.#slots.items.wait(
      () => this.#slots.unlessLost(attempt),
      { action: "steal", timeout },
    );
  }

  /** Whether it is the end of this deque, maybe by another handle. */
  #isEnd(action: string, { slots }: DequeEnd): boolean {
    checkSame(action, slots.handle.record, this.handle.record);
    return slots.maker === this.#slots.maker &&
      slots.number === this.#slots.number;
  }
}

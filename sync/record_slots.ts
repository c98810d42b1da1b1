/**
 * Slots of records in a circle, for any number of threads that put in at one end
 * and take out at the other one.
 *
 * The slots and their stamps are those of Dmitry Vyukov's bounded queue
 * (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue),
 * but a thread claims the slot and not the position, by its own id: so others
 * can take over from a thread that was lost in the middle. The protocol is in
 * the folder's README, "MpmcQueue".
 *
 * @module
 */

import { LINE, type SharedSlice } from "./memory.ts";
import { RecordMemory } from "./record_memory.ts";
import type { RecordType } from "./record_type.ts";
import { currentThread, type ThreadRegistry } from "./thread.ts";

// Positions count records modulo 2^32. On lines of their own.
const HEAD = 0; //        the oldest record; may be behind, never ahead
const TAIL = LINE / 4; // where the next one goes; likewise
const SLOTS = 2 * LINE / 4;

/** Before the claim, and then what the claimer will make of the slot. */
const DRAFT = 1;
const RECORD = 2;

/** The memory that the slots of records take, in bytes. */
export function slotsSize(
  type: RecordType<unknown>,
  capacity: number,
): number {
  return 4 * (SLOTS + capacity * slotOf(type));
}

/**
 * The slots, as one thread has them.
 *
 * @typeParam T One record.
 */
export class RecordSlots<T> {
  /** How many there are: a power of two. */
  readonly capacity: number;
  readonly #records: RecordMemory<T>;
  readonly #words: Int32Array;
  /** Words of a slot. */
  readonly #slot: number;
  /** What stands in a slot that this thread claims. */
  readonly #claim: number;
  readonly #threads: ThreadRegistry;

  /** Attaches to slots. */
  constructor(type: RecordType<T>, slice: SharedSlice, capacity: number) {
    const length = slotsSize(type, capacity) / 4;
    this.#records = new RecordMemory(type, slice, length);
    this.#words = this.#records.words;
    this.#slot = slotOf(type);
    this.capacity = capacity;
    const { id, threads } = currentThread();
    this.#claim = -id;
    this.#threads = threads;
  }

  /** Makes empty slots out of zeroed memory, before another thread sees them. */
  init(): void {
    for (let position = 0; position < this.capacity; position++) {
      const at = this.#at(position);
      this.#words[at + DRAFT] = free(position);
      Atomics.store(this.#words, at, free(position));
    }
  }

  /**
   * Checks a value for the {@linkcode RecordSlots.offer} that follows. Runs code of
   * the caller.
   *
   * @throws {TypeError} If it is no record.
   * @throws {RangeError} If a number in it is out of range.
   */
  check(action: string, value: T): void {
    this.#records.check(action, value);
  }

  /**
   * Adds a record that was checked just before.
   *
   * @returns Whether there was room.
   */
  offer(value: T): boolean {
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
        this.#records.write(at + RECORD, value);
        words[at + DRAFT] = full(tail);
        // From here on the record is in its slot.
        Atomics.store(words, at, full(tail));
        Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
        return true;
      }
      if (seen < 0) this.#passOver(at, seen);
      else if (seen === full(tail - this.capacity)) return false;
      else Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
    }
  }

  /** Takes the oldest record; `undefined` if there is none. */
  poll(into: T | undefined): T | undefined {
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
        const fetched = this.#records.fetch(at + RECORD);
        const next = free(head + this.capacity);
        words[at + DRAFT] = next;
        // From here on the record is gone from its slot.
        Atomics.store(words, at, next);
        Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
        return this.#records.take(fetched, into);
      }
      if (seen < 0) this.#passOver(at, seen);
      else if (seen === free(head)) return undefined;
      else Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
    }
  }

  /**
   * Puts a record that was checked just before in place of the oldest one;
   * `undefined` if there is room.
   */
  replace(value: T, into: T | undefined): T | undefined {
    const words = this.#words;
    const tail = Atomics.load(words, TAIL);
    const at = this.#at(tail);
    const stamp = full(tail - this.capacity);
    if (
      Atomics.compareExchange(words, at, stamp, this.#claim) !== stamp
    ) return undefined;
    // If this thread is lost, half a record must not pass for one.
    words[at + DRAFT] = free(tail);
    const fetched = this.#records.swap(at + RECORD, value);
    words[at + DRAFT] = full(tail);
    // The one leaves and the other one comes, in one step.
    Atomics.store(words, at, full(tail));
    Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
    this.#settle(HEAD);
    return this.#records.take(fetched, into);
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
    return SLOTS + (position & (this.capacity - 1)) * this.#slot;
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

/** Words of a slot: an even number, so that records of 8 bytes are aligned. */
export function slotOf(type: RecordType<unknown>): number {
  return Math.max(4, RECORD + type.width + (type.width & 1));
}

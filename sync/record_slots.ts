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

import { pauses } from "./backoff.ts";
import { LINE, type SharedSlice } from "./memory.ts";
import { RecordMemory } from "./record_memory.ts";
import type { RecordType } from "./record_type.ts";
import { currentThread, type ThreadRegistry } from "./thread.ts";

// Positions count records modulo 2^32. On lines of their own.
const HEAD = 0; //        the oldest record; may be behind, never ahead
const TAIL = LINE / 4; // where the next one goes; likewise
const SLOTS = 2 * LINE / 4;

/**
 * After so many looks at a claimed slot its claimer is taken to be stopped, and not
 * to be at its few instructions.
 */
const MOST_LOOKS = 11;
/** How long to leave the processor to it, in ms. */
const NAP = 1;

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
   * Checks where a record is to be put, before it is taken.
   *
   * @throws {TypeError} If that is no object.
   */
  checkInto(action: string, into: T | undefined): void {
    this.#records.checkInto(action, into);
  }

  /**
   * Adds a record that was checked just before.
   *
   * @returns Whether there was room.
   */
  offer(value: T): boolean {
    const words = this.#words;
    let looks = 0;
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
      if (seen < 0) looks = this.#passOver(at, seen, looks);
      else if (seen === full(tail - this.capacity)) return false;
      else Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
    }
  }

  /**
   * Takes the oldest record.
   *
   * @returns What to give to {@linkcode RecordSlots.take}, before any other call;
   * `undefined` if there is no record.
   */
  poll(): number | undefined {
    const words = this.#words;
    let looks = 0;
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
        return fetched;
      }
      if (seen < 0) looks = this.#passOver(at, seen, looks);
      else if (seen === free(head)) return undefined;
      else Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
    }
  }

  /** The record that was taken last; in `into`, if given. Runs code of the caller. */
  take(fetched: number, into: T | undefined): T {
    return this.#records.take(fetched, into);
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
      const at = this.#at(position);
      const seen = Atomics.load(words, at);
      if (seen < 0) {
        // The call of a lost thread has taken effect, or will not.
        if (this.#isAtWork(seen)) return position;
        this.#standIn(at, seen);
        continue;
      }
      const passed = which === HEAD ? full(position) : free(position);
      if (((seen - passed) << 1) <= 0) return position;
      Atomics.compareExchange(words, which, position, (position + 1) | 0);
    }
  }

  /**
   * Lets the thread go on that claimed a slot, or stands in for it.
   *
   * @param looks How often this call has let others go on.
   * @returns The same, with this time.
   */
  #passOver(at: number, claim: number, looks: number): number {
    if (!this.#isAtWork(claim)) this.#standIn(at, claim);
    else if (looks < MOST_LOOKS) pauses(looks);
    else sleepOn(this.#words, at, claim);
    return looks + 1;
  }

  /** Whether the thread will store what it has drafted. */
  #isAtWork(claim: number): boolean {
    // A thread that finds itself was cut off, as by a stack that is full.
    return claim !== this.#claim && this.#threads.isLive(-claim);
  }

  /** Takes over from a thread that was lost: its draft says what is in the slot. */
  #standIn(at: number, claim: number): void {
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

/** Leaves the processor to others while a slot is claimed, for a moment. */
function sleepOn(words: Int32Array, at: number, claim: number): void {
  try {
    Atomics.wait(words, at, claim, NAP);
  } catch (error) {
    // A browser's main thread must not sleep.
    if (!(error instanceof TypeError)) throw error;
    pauses(MOST_LOOKS);
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

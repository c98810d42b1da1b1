/**
 * Slots of records in a circle, for any number of threads that put in at one end
 * and take out at the other one.
 *
 * After Dmitry Vyukov's bounded queue
 * (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue).
 * The protocol is in the folder's README, "MpmcQueue".
 *
 * @module
 */

import { LINE, type SharedSlice } from "../memory/memory.ts";
import { RecordMemory } from "../record/record_memory.ts";
import type { RecordType } from "../record/record_type.ts";
import { DRAFT, SlotClaims } from "./slot_claims.ts";

// Positions count records modulo 2^32. On lines of their own.
const HEAD = 0; //        the oldest record; may be behind, never ahead
const TAIL = LINE / 4; // where the next one goes; likewise
const SLOTS = 2 * LINE / 4;

const RECORD = 2; // in a slot

/** No stamp of a slot with a record, and no claim. */
const GONE = 0;

/** The memory that the slots of records take, in bytes. */
export function slotsSize(
  type: RecordType<unknown>,
  capacity: number,
): number {
  return 4 * (SLOTS + slotsFor(capacity) * slotOf(type));
}

/**
 * The slots, as one thread has them.
 *
 * @typeParam T One record.
 */
export class RecordSlots<T> {
  /** The most records. */
  readonly capacity: number;
  /** How many slots there are: a power of two, at least the capacity. */
  readonly #count: number;
  readonly #records: RecordMemory<T>;
  readonly #words: Int32Array;
  /** Words of a slot. */
  readonly #slot: number;
  readonly #claims: SlotClaims;
  /** What stands in a slot that this thread claims. */
  readonly #claim: number;
  readonly #seal: Int32Array | undefined;
  /** As it was when last looked at; where there are more slots than room. */
  #head: number;

  /**
   * Attaches to slots.
   *
   * @param seal A word, if any: once it is not 0, nothing more may come.
   */
  constructor(
    type: RecordType<T>,
    slice: SharedSlice,
    capacity: number,
    seal?: Int32Array,
  ) {
    const length = slotsSize(type, capacity) / 4;
    this.#records = new RecordMemory(type, slice, length);
    this.#words = this.#records.words;
    this.#slot = slotOf(type);
    this.capacity = capacity;
    this.#count = slotsFor(capacity);
    this.#claims = new SlotClaims(this.#words);
    this.#claim = this.#claims.own;
    this.#seal = seal;
    this.#head = Atomics.load(this.#words, HEAD);
  }

  /**
   * Makes empty slots out of zeroed memory, before another thread sees them.
   *
   * @param start The first position: a multiple of the number of slots. Default:
   * one lap before positions wrap, so that each user goes through that soon.
   */
  init(start: number = -this.#count): void {
    const words = this.#words;
    for (let k = 0; k < this.#count; k++) {
      const at = this.#at(start + k);
      words[at + DRAFT] = free(start + k);
      Atomics.store(words, at, free(start + k));
    }
    Atomics.store(words, TAIL, start | 0);
    Atomics.store(words, HEAD, start | 0);
    this.#head = start | 0;
  }

  /** Whether nothing more may come. */
  get isSealed(): boolean {
    const seal = this.#seal;
    return seal !== undefined && Atomics.load(seal, 0) !== 0;
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
   * @returns Whether there was room, and no seal.
   */
  offer(value: T): boolean {
    const words = this.#words;
    let looks = 0;
    for (;;) {
      const tail = Atomics.load(words, TAIL);
      const at = this.#at(tail);
      if (this.#count !== this.capacity) {
        const oldest = this.#barrier(tail, looks);
        if (oldest > 0) return false;
        if (oldest < 0) {
          looks++;
          continue;
        }
      }
      const stamp = free(tail);
      // Without a look before: in a stream the slot is free.
      const seen = Atomics.compareExchange(words, at, stamp, this.#claim);
      if (seen === stamp) {
        // After the claim: who has found the seal and then a slot that is free
        // for the oldest record knows that nothing more comes.
        if (this.isSealed) {
          Atomics.store(words, at, stamp);
          return false;
        }
        this.#records.write(at + RECORD, value);
        words[at + DRAFT] = full(tail);
        // From here on the record is in its slot.
        Atomics.store(words, at, full(tail));
        Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
        return true;
      }
      if (seen < 0) looks = this.#claims.passOver(at, seen, looks);
      else if (seen === full(tail - this.#count)) return false;
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
        const next = free(head + this.#count);
        words[at + DRAFT] = next;
        // From here on the record is gone from its slot.
        Atomics.store(words, at, next);
        Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
        return fetched;
      }
      if (seen < 0) looks = this.#claims.passOver(at, seen, looks);
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
   * `undefined` if there is room. Not with a seal, or more slots than room.
   */
  replace(value: T, into: T | undefined): T | undefined {
    const words = this.#words;
    const tail = Atomics.load(words, TAIL);
    const at = this.#at(tail);
    const stamp = full(tail - this.#count);
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

  /** How many records there are; calls that go on may be counted or not. */
  get size(): number {
    for (;;) {
      const tail = this.#settle(TAIL);
      const head = this.#settle(HEAD);
      if (Atomics.load(this.#words, TAIL) !== tail) continue;
      // A head that was read later may have overtaken the tail.
      return Math.min(Math.max((tail - head) | 0, 0), this.capacity);
    }
  }

  /**
   * With more slots than room: what stands in the slot of the record that keeps
   * the one of this position out. 0 if it has gone; less if it was claimed, and its
   * claimer was passed over.
   */
  #barrier(tail: number, looks: number): number {
    const words = this.#words;
    const known = (tail - this.#head) | 0;
    if (known >= 0 && known < this.capacity) return GONE;
    const oldest = (tail - this.capacity) | 0;
    const at = this.#at(oldest);
    const seen = Atomics.load(words, at);
    if (seen < 0) this.#claims.passOver(at, seen, looks);
    if (seen < 0 || seen === full(oldest)) return seen;
    this.#head = Atomics.load(words, HEAD);
    return GONE;
  }

  /** Brings a position up to where its slots say it is. */
  #settle(which: number): number {
    const words = this.#words;
    let looks = 0;
    for (;;) {
      const position = Atomics.load(words, which);
      const at = this.#at(position);
      const seen = Atomics.load(words, at);
      if (seen < 0) {
        // The call of a lost thread has taken effect, or will not. After the seal a
        // push that is under way is waited for: the last one.
        if (this.#claims.isAtWork(seen) && !this.isSealed) return position;
        looks = this.#claims.passOver(at, seen, looks);
        continue;
      }
      const passed = which === HEAD ? full(position) : free(position);
      if (((seen - passed) << 1) <= 0) return position;
      Atomics.compareExchange(words, which, position, (position + 1) | 0);
    }
  }

  /** The first word of the slot for a position. */
  #at(position: number): number {
    return SLOTS + (position & (this.#count - 1)) * this.#slot;
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

/** The next power of two. */
function slotsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity));
}

/** Words of a slot: an even number, so that records of 8 bytes are aligned. */
export function slotOf(type: RecordType<unknown>): number {
  return Math.max(4, RECORD + type.width + (type.width & 1));
}

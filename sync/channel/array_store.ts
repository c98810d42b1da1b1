/**
 * A bounded store of records of one size, between any number of threads.
 *
 * The slots and their stamps are those of Dmitry Vyukov's bounded queue
 * (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue),
 * claimed by thread ids as in `sync/mpmc_queue.ts`. The protocol is in the
 * folder's README, "Array store".
 *
 * @module
 */

import { LINE, type SharedSlice } from "../memory.ts";
import { RecordMemory } from "../record_memory.ts";
import type { RecordType } from "../record_type.ts";
import { currentThread, type ThreadRegistry } from "../thread.ts";
import {
  CLOSED,
  type Flavor,
  FULL,
  PUSHED,
  type Pushed,
  type Shape,
  type Store,
} from "./flavor.ts";

// Control words, on lines of their own; positions count records modulo 2^32.
const SEALED = 0; //          1 once nothing more may come
const HEAD = LINE / 4; //     the oldest record; may be behind, never ahead
const TAIL = 2 * LINE / 4; // where the next one goes; likewise
const SLOTS = 3 * LINE / 4;

/** Before the claim, and then what the claimer will make of the slot. */
const DRAFT = 1;
const RECORD = 2;

/** The store of a channel of records with a capacity from 1 on. */
export const arrayFlavor: Flavor = {
  byteLength: (shape) => {
    const words = SLOTS + slotsFor(shape.capacity) * slotSize(shape);
    return Math.ceil(4 * words / LINE) * LINE;
  },
  attach: (slice, shape) => new ArrayStore(slice, shape),
};

/** A queue of records in slots. */
export class ArrayStore<T> implements Store<T> {
  readonly meeting = undefined;
  readonly #words: Int32Array;
  readonly #records: RecordMemory<T>;
  readonly #record: RecordType<T>;
  readonly #capacity: number;
  /** A power of two, at least the capacity. */
  readonly #slots: number;
  /** Words of a slot. */
  readonly #size: number;
  /** What stands in a slot that this thread claims. */
  readonly #claim: number;
  readonly #threads: ThreadRegistry;
  /** As the head was when last looked at; where there are more slots than room. */
  #head: number;

  /** Attaches to a store. */
  constructor(slice: SharedSlice, shape: Shape<T>) {
    this.#record = shape.record!;
    this.#capacity = shape.capacity;
    this.#slots = slotsFor(shape.capacity);
    this.#size = slotSize(shape);
    const length = SLOTS + this.#slots * this.#size;
    this.#records = new RecordMemory(this.#record, slice, length);
    this.#words = this.#records.words;
    const { id, threads } = currentThread();
    this.#claim = -id;
    this.#threads = threads;
    this.#head = Atomics.load(this.#words, HEAD);
  }

  /**
   * Positions start one lap before they wrap, so that each channel goes through
   * that soon.
   *
   * @param start Another start: a multiple of the number of slots.
   */
  init(start: number = -this.#slots): void {
    const words = this.#words;
    for (let k = 0; k < this.#slots; k++) {
      const at = this.#at(start + k);
      words[at + DRAFT] = free(start + k);
      Atomics.store(words, at, free(start + k));
    }
    Atomics.store(words, TAIL, start | 0);
    Atomics.store(words, HEAD, start | 0);
    this.#head = start | 0;
  }

  check(value: T): void {
    this.#record.check("send message", value);
  }

  tryPush(value: T): Pushed {
    const words = this.#words;
    // Code of the caller, as a getter of a struct's value, runs here only.
    this.#record.check("send message", value);
    for (;;) {
      const tail = Atomics.load(words, TAIL);
      const at = this.#at(tail);
      const seen = Atomics.load(words, at);
      const stamp = free(tail);
      if (seen === stamp) {
        if (this.#slots !== this.#capacity) {
          const other = this.#barrier(tail);
          if (other === FULL) return this.#full();
          if (other !== PUSHED) continue;
        }
        if (Atomics.compareExchange(words, at, stamp, this.#claim) !== stamp) {
          continue;
        }
        // After the claim: who has found the seal and then a slot that is free
        // for the oldest record knows that no push is under way.
        if (Atomics.load(words, SEALED) !== 0) {
          Atomics.store(words, at, stamp);
          return CLOSED;
        }
        this.#records.write(at + RECORD, value);
        words[at + DRAFT] = full(tail);
        // From here on the record is in the store.
        Atomics.store(words, at, full(tail));
        Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
        return PUSHED;
      }
      if (seen < 0) this.#passOver(at, seen);
      else if (seen === full(tail - this.#slots)) return this.#full();
      else Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
    }
  }

  tryPop(into?: T): T | undefined {
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
        const next = free(head + this.#slots);
        words[at + DRAFT] = next;
        // From here on the record is no longer in the store.
        Atomics.store(words, at, next);
        Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
        return this.#records.take(fetched, into);
      }
      if (seen < 0) this.#passOver(at, seen);
      else if (seen === free(head)) return undefined;
      else Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
    }
  }

  seal(): void {
    Atomics.store(this.#words, SEALED, 1);
  }

  get size(): number {
    for (;;) {
      const tail = this.#settle(TAIL);
      const head = this.#settle(HEAD);
      if (Atomics.load(this.#words, TAIL) !== tail) continue;
      // A head that was read later may have overtaken the tail.
      return Math.min(Math.max((tail - head) | 0, 0), this.#capacity);
    }
  }

  #full(): Pushed {
    return Atomics.load(this.#words, SEALED) === 0 ? FULL : CLOSED;
  }

  /**
   * With more slots than room: whether the record has gone that keeps the one of
   * this position out. `PUSHED` means yes, `FULL` no, `undefined` look again.
   */
  #barrier(tail: number): Pushed | undefined {
    const words = this.#words;
    const known = (tail - this.#head) | 0;
    if (known >= 0 && known < this.#capacity) return PUSHED;
    const oldest = (tail - this.#capacity) | 0;
    const at = this.#at(oldest);
    const seen = Atomics.load(words, at);
    if (seen === full(oldest)) return FULL;
    if (seen < 0) {
      this.#passOver(at, seen);
      return undefined;
    }
    this.#head = Atomics.load(words, HEAD);
    return PUSHED;
  }

  /** Brings a position up to where its slots say it is. */
  #settle(which: number): number {
    const words = this.#words;
    for (;;) {
      const position = Atomics.load(words, which);
      const seen = Atomics.load(words, this.#at(position));
      if (seen < 0) {
        // The call of a lost thread has taken effect, or will not. After the seal
        // a push that is under way is waited for: the last one.
        if (
          this.#threads.isLive(-seen) && Atomics.load(words, SEALED) === 0
        ) return position;
        this.#passOver(this.#at(position), seen);
        continue;
      }
      const passed = which === HEAD ? full(position) : free(position);
      if (((seen - passed) << 1) <= 0) return position;
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
    return SLOTS + (position & (this.#slots - 1)) * this.#size;
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

function slotSize(shape: Shape<unknown>): number {
  return Math.ceil((RECORD + shape.record!.width) / 4) * 4;
}

/**
 * A bounded store of records of one size, from one thread to one other.
 *
 * Lamport's ring, whose ends each remember how far the other one was, as in
 * `sync/queue/spsc_ring.ts`; but the tail is moved by an exchange, so that a seal on
 * it is exact. The protocol is in the folder's README, "Single store".
 *
 * @module
 */

import { LINE, type SharedSlice } from "../memory/memory.ts";
import { RoomLines } from "../queue/room_lines.ts";
import { RecordMemory } from "../record/record_memory.ts";
import type { RecordType } from "../record/record_type.ts";
import {
  CLOSED,
  type Flavor,
  FULL,
  PUSHED,
  type Pushed,
  type Shape,
  type Store,
} from "./flavor.ts";

// Both count in steps of two modulo 2^32, on lines of their own.
const HEAD = 0; //        written by the receiver: all before it is free
const TAIL = LINE / 4; // position, and 1 once nothing more may come
const RECORDS = 2 * LINE / 4;

const SEALED = 1;
const STEP = 2;

/** The store of a bounded channel of records with one sender and one receiver. */
export const singleFlavor: Flavor = {
  byteLength: (shape) => {
    const words = RECORDS + slotsFor(shape.capacity) * shape.record!.width;
    return Math.ceil(4 * words / LINE) * LINE;
  },
  attach: (slice, shape) => new SingleStore(slice, shape),
};

/**
 * A ring of records. The two ends have an object each, as each remembers where it
 * is itself.
 */
export class SingleStore<T> implements Store<T> {
  readonly meeting = undefined;
  readonly #words: Int32Array;
  readonly #records: RecordMemory<T>;
  readonly #record: RecordType<T>;
  readonly #width: number;
  readonly #lines: RoomLines;
  readonly #mask: number;
  /** In steps. */
  readonly #room: number;
  /** Where this end is, or how far the other one was when last looked at. */
  #head: number;
  #tail: number;
  /** Up to this position there is room, and nothing to see to. */
  #clear: number;

  /** Attaches to a store. */
  constructor(slice: SharedSlice, shape: Shape<T>) {
    const slots = slotsFor(shape.capacity);
    this.#record = shape.record!;
    this.#width = shape.record!.width;
    this.#mask = slots - 1;
    this.#room = STEP * shape.capacity;
    const length = RECORDS + slots * this.#width;
    this.#records = new RecordMemory(this.#record, slice, length);
    this.#words = this.#records.words;
    this.#lines = new RoomLines(this.#words, RECORDS, slots * this.#width);
    this.#head = Atomics.load(this.#words, HEAD);
    this.#tail = Atomics.load(this.#words, TAIL) & ~SEALED;
    this.#clear = this.#tail;
  }

  /**
   * Positions start one lap before they wrap, so that each channel goes through
   * that soon.
   *
   * @param start Another start: a multiple of the number of slots.
   */
  init(start: number = -this.#mask - 1): void {
    this.#head = this.#tail = this.#clear = (STEP * start) | 0;
    Atomics.store(this.#words, HEAD, this.#head);
    Atomics.store(this.#words, TAIL, this.#tail);
  }

  check(value: T): void {
    this.#record.check("send message", value);
  }

  tryPush(value: T): Pushed {
    // Code of the caller, as a getter of a struct's value, runs here only.
    this.#record.check("send message", value);
    const words = this.#words;
    const tail = this.#tail;
    if (tail === this.#clear && !this.#look(tail)) {
      return (Atomics.load(words, TAIL) & SEALED) === 0 ? FULL : CLOSED;
    }
    this.#records.write(this.#at(tail), value);
    const next = (tail + STEP) | 0;
    // Publishes the record, unless the seal is there.
    if (Atomics.compareExchange(words, TAIL, tail, next) !== tail) {
      return CLOSED;
    }
    this.#tail = next;
    return PUSHED;
  }

  tryPop(into?: T): T | undefined {
    const words = this.#words;
    const head = this.#head;
    if (head === this.#tail) {
      this.#tail = Atomics.load(words, TAIL) & ~SEALED;
      if (head === this.#tail) return undefined;
    }
    const fetched = this.#records.fetch(this.#at(head));
    this.#head = (head + STEP) | 0;
    // Gives the room back; the record was read before.
    Atomics.store(words, HEAD, this.#head);
    return this.#records.take(fetched, into);
  }

  seal(): void {
    Atomics.or(this.#words, TAIL, SEALED);
  }

  get size(): number {
    // The head never passes a tail that is read after it.
    const head = Atomics.load(this.#words, HEAD);
    const tail = Atomics.load(this.#words, TAIL) & ~SEALED;
    return Math.min(((tail - head) | 0) / STEP, this.#room / STEP);
  }

  /** Whether there is room for a record; takes the lines of more. */
  #look(tail: number): boolean {
    let room = this.#room - ((tail - this.#head) | 0);
    if (room === 0) {
      this.#head = Atomics.load(this.#words, HEAD);
      room = this.#room - ((tail - this.#head) | 0);
      if (room === 0) return false;
    }
    const width = this.#width;
    const at = this.#at(tail) - RECORDS;
    const words = this.#lines.enter(at, room / STEP * width);
    const steps = Math.min(room, STEP * Math.ceil(words / width));
    this.#clear = (tail + steps) | 0;
    return true;
  }

  /** The first word of the record at a position. */
  #at(position: number): number {
    return RECORDS + ((position >>> 1) & this.#mask) * this.#width;
  }
}

/** The next power of two. */
function slotsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity));
}

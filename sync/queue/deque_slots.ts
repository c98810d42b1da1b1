/**
 * The records of a deque, and how they are taken from its old end.
 *
 * The protocol is in the folder's README, "Deque".
 *
 * @module
 */

import { EventCount } from "../thread/event_count.ts";
import {
  BOTTOM,
  byteLengthOf,
  type DequeHandle,
  ITEMS,
  MAKER,
  NUMBER,
  OWNER,
  RECORDS,
  ROOM,
  TOP,
} from "./deque_layout.ts";
import { DequeOwnerLostError } from "./deque_owner_lost_error.ts";
import { unlessLost } from "./held_end.ts";
import { partOf, wordsOf } from "../memory/memory.ts";

/** The memory of a deque that is known to be one. */
export class DequeSlots {
  /** The deque. */
  readonly handle: DequeHandle<unknown>;
  /** Its words. */
  readonly words: Int32Array;
  /** How many records there can be. */
  readonly capacity: number;
  /** Words of a record. */
  readonly width: number;
  /** Whether the owner takes the oldest record. */
  readonly isFifo: boolean;
  /** Which deque it is: who made it, and as which one. */
  readonly maker: number;
  /** See {@linkcode DequeSlots.maker}. */
  readonly number: number;
  /** Where stealers wait. */
  readonly items: EventCount;
  /** Where the owner waits. */
  readonly room: EventCount;

  /** Attaches to a deque. */
  constructor(handle: DequeHandle<unknown>, width: number) {
    const { capacity } = handle;
    this.handle = handle;
    this.words = wordsOf(handle, byteLengthOf(capacity, width) / 4);
    this.capacity = capacity;
    this.width = width;
    this.isFifo = handle.order === "fifo";
    this.maker = Atomics.load(this.words, MAKER);
    this.number = Atomics.load(this.words, NUMBER);
    this.items = new EventCount(partOf(handle, ITEMS));
    this.room = new EventCount(partOf(handle, ROOM));
  }

  /** How many records there are, as of some moment between two loads. */
  get size(): number {
    const top = Atomics.load(this.words, TOP);
    const size = (Atomics.load(this.words, BOTTOM) - top) | 0;
    return Math.min(Math.max(size, 0), this.capacity);
  }

  /**
   * Takes the oldest record; tells nobody. Lock-free: it tries again only if
   * another thread took that.
   *
   * @returns Whether there was one.
   */
  takeOldest(into: Int32Array): boolean {
    return this.#take(into, 0, 1) === 1;
  }

  /**
   * Takes records from the old end, oldest first; tells nobody.
   *
   * @returns How many were taken: 0 if there was none.
   */
  takeMany(into: Int32Array, most: number): number {
    // The owner takes its oldest record by moving the top, as everybody does.
    if (this.isFifo) return this.#take(into, 0, most);
    // The owner takes from the other end whatever the top is, but the last one:
    // more than one at a time could be taken twice.
    let count = 0;
    while (count < most && this.#take(into, count * this.width, 1) === 1) {
      count++;
    }
    return count;
  }

  /** Puts the words of a record into its slot. */
  write(position: number, from: Int32Array, offset: number): void {
    const { words, width } = this;
    const slot = this.#slotOf(position);
    // A stealer may be reading there, in vain.
    for (let k = 0; k < width; k++) {
      Atomics.store(words, slot + k, from[offset + k]!);
    }
  }

  /** Takes the words of a record from its slot. */
  read(position: number, into: Int32Array, offset: number): void {
    const { words, width } = this;
    const slot = this.#slotOf(position);
    for (let k = 0; k < width; k++) {
      into[offset + k] = Atomics.load(words, slot + k);
    }
  }

  /** Tries, and throws where nobody is left who could make it succeed. */
  unlessLost<T>(attempt: () => T | undefined): T | undefined {
    return unlessLost(this.words, OWNER, attempt, ownerLost);
  }

  #take(into: Int32Array, offset: number, most: number): number {
    const { words, width } = this;
    for (;;) {
      const top = Atomics.load(words, TOP);
      const size = (Atomics.load(words, BOTTOM) - top) | 0;
      if (size <= 0) return 0;
      const count = Math.min(size, most);
      for (let k = 0; k < count; k++) {
        this.read((top + k) | 0, into, offset + k * width);
      }
      // While the top stands, nobody writes over what was read.
      const next = (top + count) | 0;
      if (Atomics.compareExchange(words, TOP, top, next) === top) return count;
    }
  }

  #slotOf(position: number): number {
    return RECORDS + (position & (this.capacity - 1)) * this.width;
  }
}

function ownerLost(): DequeOwnerLostError {
  return new DequeOwnerLostError(
    "Cannot wait at deque as the thread that owned it was lost",
  );
}

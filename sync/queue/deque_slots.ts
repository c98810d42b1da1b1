/**
 * What a deque is in memory, and how records are taken from its old end.
 *
 * The protocol is in the folder's README, "Deque".
 *
 * @module
 */

import { EVENT_COUNT_SIZE, EventCount } from "../thread/event_count.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { unlessLost } from "./held_end.ts";
import { LINE, partOf, wordsOf } from "../memory/memory.ts";
import type { FormOf } from "../record/record_type.ts";

/**
 * From which end its owner takes: `"lifo"` the record that it added last,
 * `"fifo"` the oldest one, as stealers do.
 */
export type DequeOrder = "lifo" | "fifo";

/**
 * Names a {@linkcode Deque} in a message.
 *
 * @typeParam T One record.
 */
export interface DequeHandle<T = number> extends SharedHandle<"Deque"> {
  /** What the records are. */
  readonly record: FormOf<T>;
  /** How many records there can be. */
  readonly capacity: number;
  /** From which end its owner takes. */
  readonly order: DequeOrder;
}

// Control words, on lines of their own; positions count records modulo 2^32.
/** Written once: what the records are, and log2(capacity). */
export const FORM = 0;
/** Written once: 1 if the owner takes the oldest record. */
export const ORDER = 1;
/** Written once: the thread that made the deque, and how many it had made before. */
export const MAKER = 2;
/** See {@linkcode MAKER}. */
export const NUMBER = 3;
/** The oldest record; moved by whoever takes it. */
export const TOP: number = LINE / 4;
/** Where the next record goes; written by the owner. */
export const BOTTOM: number = 2 * LINE / 4;
/** The thread that has the owner's end, or 0. */
export const OWNER: number = 3 * LINE / 4;
const ITEMS = 4 * LINE; // in bytes: where stealers wait for a record
const ROOM = ITEMS + EVENT_COUNT_SIZE; // where the owner waits for room
const RECORDS = (ROOM + EVENT_COUNT_SIZE) / 4;

/** The most records that a deque can hold. */
export const MAX_DEQUE_CAPACITY: number = 2 ** 24;

/**
 * A wait cannot end well, as the thread that owned the deque was lost.
 *
 * What to do: let another thread own it, or give up the deque.
 *
 * @example Usage
 * ```ts
 * import { DequeOwnerLostError } from "@kindred/kindred/sync";
 * import { assert } from "@std/assert";
 *
 * assert(new DequeOwnerLostError("the owner is gone") instanceof Error);
 * ```
 */
export class DequeOwnerLostError extends Error {
  /** The name of the class. */
  override readonly name = "DequeOwnerLostError";
}

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

/** The memory that a deque takes, in bytes. */
export function byteLengthOf(capacity: number, width: number): number {
  return 4 * (RECORDS + capacity * width);
}

function ownerLost(): DequeOwnerLostError {
  return new DequeOwnerLostError(
    "Cannot wait at deque as the thread that owned it was lost",
  );
}

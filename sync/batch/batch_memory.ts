/**
 * The memory of a ring of batches, as one thread sees it.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import { partOf } from "../memory/memory.ts";
import type { RecordArray } from "../record/record.ts";
import { EventCount } from "../thread/event_count.ts";
import {
  BOUND,
  HEAD,
  ITEMS,
  KNOWN,
  RECORDS,
  ROOM,
  SENDER,
  sendersAt,
  spansAt,
  TAIL,
} from "./batch_layout.ts";
import { ClaimWord, wordAt } from "./claim_word.ts";

/** Positions begin so many records before they wrap: each user goes through that soon. */
const BEFORE_WRAP = 64;

/** Names a ring of batches, and says how many records there can be. */
export interface BatchesHandle extends SharedHandle {
  /** How many records there can be. */
  readonly capacity: number;
}

/**
 * The parts of a ring.
 *
 * @typeParam T One record.
 */
export abstract class BatchMemory<T> {
  /** All words, but for the bytes of frames. */
  readonly words: Int32Array;
  /** How many records there can be, less one. */
  readonly mask: number;
  /** Where the consumer waits for records. */
  readonly items: EventCount;
  /** Where the pushing threads wait for room. */
  readonly room: EventCount;
  /** How the claim and the tail stand in their word. */
  readonly claimWord: ClaimWord;
  /** Names the ring. */
  abstract readonly handle: BatchesHandle;
  readonly #width: number;
  readonly #senders: number;
  readonly #spans: number;

  /**
   * For a ring whose handle was checked.
   *
   * @param width Words of a record.
   */
  constructor(handle: BatchesHandle, words: Int32Array, width: number) {
    const { capacity } = handle;
    this.words = words;
    this.mask = capacity - 1;
    this.items = new EventCount(partOf(handle, ITEMS));
    this.room = new EventCount(partOf(handle, ROOM));
    this.claimWord = new ClaimWord(capacity);
    this.#width = width;
    this.#senders = sendersAt(width, capacity);
    this.#spans = spansAt(width, capacity);
  }

  /** All records, if they are numbers. */
  abstract get numbers(): RecordArray | undefined;

  /**
   * Checks where a record is to be put.
   *
   * @throws {TypeError} If that is no object, and has to be.
   */
  abstract checkInto(action: string, into: T | undefined): void;

  /** The record at a position: a view, if it is a frame. */
  abstract read(position: number, into?: T): T;

  /** The same as a copy, always. */
  abstract copy(position: number): T;

  /** The tail, for who knows a position that it has reached and the head has not passed. */
  tailFrom(position: number): number {
    return this.claimWord.tailFrom(position, Atomics.load(this.words, TAIL));
  }

  /** The first word of the record at a position. */
  recordAt(position: number): number {
    return RECORDS + (position & this.mask) * this.#width;
  }

  /** The word of who pushed the record at a position; that of its ticket follows. */
  senderAt(position: number): number {
    return this.#senders + (position & this.mask) * SENDER;
  }

  /** The word of how long the batch is that begins at a position. */
  spanAt(position: number): number {
    return this.#spans + (position & this.mask);
  }

  /** How many of these records stand before the ring wraps around. */
  beforeWrap(position: number, count: number): number {
    return Math.min(count, this.mask + 1 - (position & this.mask));
  }
}

/** Puts an empty ring that nobody uses to where its positions start. */
export function startAt(words: Int32Array, position: number): void {
  words[KNOWN] = position;
  Atomics.store(words, TAIL, wordAt(position));
  for (const at of [HEAD, BOUND]) Atomics.store(words, at, position | 0);
}

/** The same for a new ring. */
export function start(words: Int32Array): void {
  startAt(words, -BEFORE_WRAP);
}

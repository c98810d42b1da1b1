/**
 * The ring of a broadcast: the last messages, for any number of readers.
 *
 * The protocol is in the folder's README, "Broadcast".
 *
 * @module
 */

import { giveWay } from "../thread/backoff.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { LINE, partOf, wordsOf } from "../memory/memory.ts";
import { currentThread, type ThreadRegistry } from "../thread/thread.ts";
import { loadWords, type Payload, storeWords } from "./payload.ts";
import { Publication, PUBLICATION_SIZE } from "./publication.ts";

const MARK = 0; //        written once: what messages are
const WIDTH = 1; //       written once: how many words a message has
const CAPACITY = 2; //    written once
const TAIL = LINE / 4; // where the next message goes; may be behind, never ahead
const PUBLICATION = 2 * LINE; // in bytes
const SLOTS = (PUBLICATION + PUBLICATION_SIZE) / 4;

// Words of a slot.
/** Its stamp, or minus the id of the thread that claimed it. */
const STAMP = 0;
/** The stamp that it gets if that thread is lost. */
const DRAFT = 1;
/** The position of the message that is there, or half of it. */
const POSITION = 2;
const MESSAGE = 3;

const WORDS_BEFORE_MESSAGE = MESSAGE;

/** There is no such message yet. */
export const NONE = 0;
/** The message is on the stage. */
export const READ = 1;
/** The message is there no more. */
export const MISSED = 2;
/** It will never come. */
export const OVER = 3;
/** What {@linkcode BroadcastRing.read} found. */
export type Found = typeof NONE | typeof READ | typeof MISSED | typeof OVER;

/** The memory that a ring takes, in bytes. */
export function ringLengthOf(width: number, capacity: number): number {
  return 4 * (SLOTS + capacity * (WORDS_BEFORE_MESSAGE + width));
}

/** A ring of messages that a slow reader does not hold up. */
export class BroadcastRing<T> extends Publication {
  /** How many messages are kept. */
  readonly capacity: number;
  /** How messages stand in words. */
  readonly payload: Payload<T>;
  readonly #words: Int32Array;
  readonly #slot: number;
  /** What stands in a slot that this thread claims. */
  readonly #claim: number;
  readonly #threads: ThreadRegistry;

  /** Attaches to a ring. */
  constructor(handle: SharedHandle, payload: Payload<T>, capacity: number) {
    super(partOf(handle, PUBLICATION));
    const { width } = payload;
    this.capacity = capacity;
    this.payload = payload;
    this.#slot = WORDS_BEFORE_MESSAGE + width;
    this.#words = wordsOf(handle, ringLengthOf(width, capacity) / 4);
    const { id, threads } = currentThread();
    this.#claim = -id;
    this.#threads = threads;
  }

  /** Whether the memory holds a ring of this form. */
  static fits(
    handle: SharedHandle,
    payload: Payload<unknown>,
    capacity: number,
  ): boolean {
    const words = wordsOf(handle, CAPACITY + 1);
    return Atomics.load(words, MARK) === payload.mark &&
      Atomics.load(words, WIDTH) === payload.width &&
      Atomics.load(words, CAPACITY) === capacity;
  }

  /** Makes an empty ring out of zeroed memory. */
  init(): void {
    const words = this.#words;
    for (let k = 0; k < this.capacity; k++) {
      const at = this.#at(k);
      // As if there had been a lap before.
      words[at + DRAFT] = full(k - this.capacity);
      Atomics.store(words, at + STAMP, full(k - this.capacity));
    }
    Atomics.store(words, WIDTH, this.payload.width);
    Atomics.store(words, CAPACITY, this.capacity);
    Atomics.store(words, MARK, this.payload.mark);
  }

  /** Where the next message goes, at some moment of the call. */
  get tail(): number {
    const words = this.#words;
    for (;;) {
      const tail = Atomics.load(words, TAIL);
      const seen = Atomics.load(words, this.#at(tail) + STAMP);
      if (this.#isBefore(seen, tail)) return tail;
      if (seen >= 0) {
        Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
      } else if (Atomics.load(words, TAIL) === tail) return tail; // claimed for it
    }
  }

  /**
   * Puts the message that is on the stage at the end.
   *
   * @param count How many words it has.
   * @returns False if the senders are gone; nothing was changed then.
   */
  publish(count: number): boolean {
    const words = this.#words;
    for (let looks = 0;; looks++) {
      const tail = Atomics.load(words, TAIL);
      const at = this.#at(tail);
      const seen = Atomics.load(words, at + STAMP);
      if (seen < 0) {
        this.#passOver(at, seen, looks);
        continue;
      }
      if (!this.#isBefore(seen, tail)) {
        // The slot has this position's message: only the tail is behind.
        Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
        continue;
      }
      if (
        Atomics.compareExchange(words, at + STAMP, seen, this.#claim) !== seen
      ) continue;
      // After the claim: who finds the senders gone and no claim is at the end.
      const isOpen = !this.senders.isGone;
      if (isOpen) {
        // First: if this thread is lost, half of it must not pass for the one that
        // was there.
        Atomics.store(words, at + POSITION, tail);
        storeWords(words, at + MESSAGE, this.payload.stage, count);
        words[at + DRAFT] = full(tail);
        // From here on the message is there.
        Atomics.store(words, at + STAMP, full(tail));
        Atomics.compareExchange(words, TAIL, tail, (tail + 1) | 0);
      } else Atomics.store(words, at + STAMP, seen);
      this.news.signal();
      return isOpen;
    }
  }

  /** Brings the message of a position to the stage. */
  read(position: number): Found {
    const words = this.#words;
    const at = this.#at(position);
    for (let looks = 0;; looks++) {
      const isOver = this.senders.isGone;
      const seen = Atomics.load(words, at + STAMP);
      if (seen === full(position)) {
        loadWords(words, at + MESSAGE, this.payload);
        // After the words: who overwrites them changes it first.
        if (Atomics.load(words, at + POSITION) === position) return READ;
      }
      // Not the word itself: that may be behind this reader.
      const { tail } = this;
      if (tail === position) {
        if (seen >= 0) return isOver ? OVER : NONE;
        // At the end it is waited for: it is the last one, or is taken back.
        if (!isOver && this.#isAtWork(seen)) return NONE;
        this.#passOver(at, seen, looks);
        continue;
      }
      if ((tail - position) >>> 0 > this.capacity) return MISSED;
      // It was there before the load of the tail.
      const now = Atomics.load(words, at + STAMP);
      // Who has claimed it may be lost, or take the claim back.
      if (now < 0) this.#passOver(at, now, looks);
      else if (now !== full(position) || now === seen) return MISSED;
    }
  }

  /** After {@linkcode MISSED}: the position of the oldest message that is kept. */
  oldestAfter(position: number): number {
    const tail = Atomics.load(this.#words, TAIL);
    const isFar = (tail - position) >>> 0 > this.capacity;
    return (isFar ? tail - this.capacity : position + 1) | 0;
  }

  /** Whether the thread will go on that claimed a slot. */
  #isAtWork(claim: number): boolean {
    // A thread that finds itself was cut off, as by a stack that is full.
    return claim !== this.#claim && this.#threads.isLive(-claim);
  }

  /**
   * Lets the thread go on that claimed a slot, or stands in for it if it is lost.
   *
   * @param looks How often the caller has looked.
   */
  #passOver(at: number, claim: number, looks: number): void {
    const words = this.#words;
    if (this.#isAtWork(claim)) return giveWay(words, at + STAMP, claim, looks);
    if (
      Atomics.compareExchange(words, at + STAMP, claim, this.#claim) === claim
    ) {
      Atomics.store(words, at + STAMP, words[at + DRAFT]!);
      // Who saw the slot while this thread had it sleeps.
      this.news.signal();
    }
  }

  /** Whether a stamp is that of a slot that the message of a position may fill. */
  #isBefore(seen: number, position: number): boolean {
    return seen === full(position - this.capacity);
  }

  /** The first word of the slot for a position. */
  #at(position: number): number {
    return SLOTS + (position & (this.capacity - 1)) * this.#slot;
  }
}

/** The stamp of a slot with the message of this position. */
function full(position: number): number {
  return position & 0x7fffffff;
}

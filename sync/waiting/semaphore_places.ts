/**
 * The places of a semaphore's queue, and how permits get into them and back.
 *
 * The protocol is in the folder's README, "Semaphore".
 *
 * @module
 */

import { isLost } from "./journal_lock.ts";
import {
  AFTER,
  COUNT,
  countOf,
  FREE,
  GRANTED,
  kindOf,
  placeOf,
  PLACES,
  PUT_BACK,
  STATE,
  STEP,
  WAITING,
  wordCountOf,
} from "./semaphore_layout.ts";

/** A place in the queue, counted modulo 2^32. */
export type Ticket = number;

/**
 * The places. But for {@linkcode SemaphorePlaces.at} and
 * {@linkcode SemaphorePlaces.hasLost}, all of it is for who holds the lock of the
 * queue. What changes a place and the state is noted first, so that the next one
 * who has the lock can end what a lost thread began.
 */
export class SemaphorePlaces {
  /** How many there are, a power of two. */
  readonly count: number;
  readonly #words: Int32Array;
  readonly #max: number;

  /**
   * @param words A view on as many words as the places need.
   * @param max The most permits there may be.
   * @param count How many places there are, a power of two.
   */
  constructor(words: Int32Array, max: number, count: number) {
    this.#words = words;
    this.#max = max;
    this.count = count;
  }

  /** The word of a ticket's place; behind it is the thread that waits. */
  at(ticket: Ticket): number {
    return PLACES + 2 * (ticket & (this.count - 1));
  }

  /** Gives permits to a waiter. Returns false if there are too few. */
  grant(at: number, n: number): boolean {
    const state = Atomics.load(this.#words, STATE);
    const given = state < 0 ? 0 : n;
    if ((state & COUNT) < given) return false;
    this.#step(at, 0, state - given);
    return true;
  }

  /** Frees a place; what its waiter was given is put back. */
  free(at: number): void {
    const words = this.#words;
    const place = Atomics.load(words, at);
    if (kindOf(place) !== GRANTED) {
      Atomics.store(words, at, FREE);
      return;
    }
    const state = Atomics.load(words, STATE);
    const room = this.#max - (state & COUNT);
    this.#step(at, PUT_BACK, state + Math.min(countOf(place), room));
  }

  /** Does what the journal says, if it says something. */
  redo(): void {
    const words = this.#words;
    const step = Atomics.load(words, STEP);
    if (step === 0) return;
    const at = step & ~PUT_BACK;
    const place = Atomics.load(words, at);
    const after = Atomics.load(words, AFTER);
    Atomics.store(words, STATE, after);
    if ((step & PUT_BACK) !== 0) {
      Atomics.store(words, at, FREE);
    } else if (kindOf(place) === WAITING) {
      // Else its waiter was told, and may have left.
      const given = after < 0 ? 0 : countOf(place);
      Atomics.store(words, at, placeOf(GRANTED, given));
      Atomics.notify(words, at);
    }
    Atomics.store(words, STEP, 0);
  }

  /** Whether a thread was lost that was given permits. */
  hasLost(): boolean {
    const end = wordCountOf(this.count);
    for (let at = PLACES; at < end; at += 2) if (this.#keeps(at)) return true;
    return false;
  }

  /** Puts back what was given to threads that were lost before they had it. */
  reclaim(): void {
    const end = wordCountOf(this.count);
    for (let at = PLACES; at < end; at += 2) {
      if (this.#keeps(at)) this.free(at);
    }
  }

  /** Changes a place and the state, both or none. */
  #step(at: number, kind: number, after: number): void {
    const words = this.#words;
    Atomics.store(words, AFTER, after);
    Atomics.store(words, STEP, kind | at);
    this.redo();
  }

  /** Whether a place keeps what a lost thread was given. */
  #keeps(at: number): boolean {
    const words = this.#words;
    return kindOf(Atomics.load(words, at)) === GRANTED &&
      isLost(Atomics.load(words, at + 1));
  }
}

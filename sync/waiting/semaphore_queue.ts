/**
 * The permits of a semaphore, and the queue of those that wait for them.
 *
 * The protocol is in the folder's README, "Semaphore".
 *
 * @module
 */

import { isLost, JournalLock } from "./journal_lock.ts";
import { SemaphoreClosedError } from "./permits.ts";
import {
  CLOSED,
  COUNT,
  countOf,
  CROWD,
  FREE,
  HEAD,
  kindOf,
  LOCK,
  placeOf,
  QUEUE,
  STATE,
  TAIL,
  WAITING,
} from "./semaphore_layout.ts";
import { SemaphorePlaces, type Ticket } from "./semaphore_places.ts";
import { currentThread, SLICE } from "../thread/thread.ts";
import type { Awaited } from "../thread/wait.ts";

/** What is done by those who wait, for messages. */
export const ACTION = "acquire permits";

/** No ticket is needed: the permits were there. */
export const TAKEN: unique symbol = Symbol("taken");

/** The protocol, without the doors. */
export class SemaphoreQueue {
  readonly #words: Int32Array;
  readonly #max: number;
  readonly #places: SemaphorePlaces;
  readonly #lock: JournalLock;

  /**
   * @param words A view on as many words as the places need.
   * @param max The most permits there may be.
   * @param places How many can wait in order, a power of two.
   */
  constructor(words: Int32Array, max: number, places: number) {
    this.#words = words;
    this.#max = max;
    this.#places = new SemaphorePlaces(words, max, places);
    this.#lock = new JournalLock(words, LOCK);
  }

  /** How many permits are there. */
  get available(): number {
    return Atomics.load(this.#words, STATE) & COUNT;
  }

  /** Whether no more permits are given out. */
  get closed(): boolean {
    return (Atomics.load(this.#words, STATE) & CLOSED) !== 0;
  }

  /**
   * Puts permits there.
   *
   * @throws {RangeError} If there were more than the maximum then.
   */
  release(n: number): void {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & QUEUE) !== 0) break;
      this.#checkRoom(state, n);
      if (
        Atomics.compareExchange(this.#words, STATE, state, state + n) === state
      ) return;
    }
    this.#begin();
    try {
      const state = Atomics.load(this.#words, STATE);
      this.#checkRoom(state, n);
      Atomics.store(this.#words, STATE, state + n);
    } finally {
      this.#end(true);
    }
  }

  /** Gives out no more permits. */
  close(): void {
    this.#begin();
    Atomics.store(
      this.#words,
      STATE,
      Atomics.load(this.#words, STATE) | CLOSED,
    );
    this.#end();
  }

  /**
   * Takes permits past an empty queue.
   *
   * @returns False if there are too few, or others wait.
   * @throws {SemaphoreClosedError} If it is closed.
   */
  take(n: number): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & CLOSED) !== 0) throw closedError();
      if ((state & COUNT) < n) return false;
      if ((state & QUEUE) !== 0) break;
      if (
        Atomics.compareExchange(this.#words, STATE, state, state - n) === state
      ) return true;
    }
    // Others wait for more than there is, or have just gone.
    this.#begin();
    this.#serve();
    const taken = this.#takeNow(n);
    this.#end();
    return taken;
  }

  /**
   * Takes permits past an empty queue, or else the next place in the queue.
   *
   * @returns The ticket; `undefined` if all places are taken.
   * @throws {SemaphoreClosedError} If it is closed.
   */
  enter(n: number): Ticket | typeof TAKEN | undefined {
    const words = this.#words;
    this.#begin();
    this.#places.reclaim();
    this.#serve();
    let result: Ticket | typeof TAKEN | undefined;
    if (this.closed) {
      this.#end();
      throw closedError();
    }
    if (this.#takeNow(n)) {
      result = TAKEN;
    } else if (this.#hasRoom()) {
      const ticket = Atomics.load(words, TAIL);
      const at = this.#places.at(ticket);
      Atomics.store(words, at + 1, currentThread().id);
      // If this thread is lost now, the server passes over a free place.
      Atomics.store(words, TAIL, ticket + 1);
      Atomics.store(words, at, placeOf(WAITING, n));
      result = ticket;
    } else {
      // Who leaves a place from now on says so; one may have been left already.
      Atomics.store(words, CROWD, Atomics.load(words, CROWD) | 1);
    }
    this.#end();
    return result;
  }

  /** Ends when there may be a place, or permits, for one who found no place. */
  vacancy(): Awaited {
    let first = true;
    return {
      words: this.#words,
      index: CROWD,
      action: ACTION,
      slice: SLICE,
      look: (crowd) => {
        // After a slice it tries anew: somebody may have been lost.
        if (!first || (crowd & 1) === 0) return "over";
        first = false;
        return "sleep";
      },
    };
  }

  /** Ends when this ticket was served. */
  turn(ticket: Ticket, n: number): Awaited {
    const waiting = placeOf(WAITING, n);
    let first = true;
    return {
      words: this.#words,
      index: this.#places.at(ticket),
      action: ACTION,
      slice: SLICE,
      look: (place) => {
        if (place !== waiting) return "over";
        // Only a loss can make this necessary.
        if (!first) this.#takeOver(ticket);
        first = false;
        return "sleep";
      },
    };
  }

  /**
   * Takes what this waiter was given, and leaves.
   *
   * @throws {SemaphoreClosedError} If that is nothing.
   */
  receive(ticket: Ticket): void {
    const words = this.#words;
    const at = this.#places.at(ticket);
    const count = countOf(Atomics.load(words, at));
    Atomics.store(words, at, FREE);
    if ((Atomics.load(words, CROWD) & 1) !== 0) {
      this.#begin();
      this.#end();
    }
    if (count === 0) throw closedError();
  }

  /** Leaves the queue; what was given meanwhile is passed on. */
  giveUp(ticket: Ticket): void {
    this.#begin();
    this.#places.free(this.#places.at(ticket));
    this.#end(true);
  }

  /** Takes the lock. From here on nobody else changes the state. */
  #begin(): void {
    const words = this.#words;
    if (this.#lock.take()) this.#places.redo();
    for (;;) {
      const state = Atomics.load(words, STATE);
      if (
        (state & QUEUE) !== 0 ||
        Atomics.compareExchange(words, STATE, state, state | QUEUE) === state
      ) return;
    }
  }

  /**
   * Serves the queue, and gives the lock back.
   *
   * @param more Whether there may be more permits than before.
   */
  #end(more = false): void {
    const words = this.#words;
    this.#serve();
    const state = Atomics.load(words, STATE);
    const isEmpty = this.#isEmpty();
    const crowd = Atomics.load(words, CROWD);
    let waited = (crowd & 1) !== 0;
    if (waited && (more || state < 0 || this.#hasRoom())) {
      waited = false;
      Atomics.store(words, CROWD, crowd + 1);
      Atomics.notify(words, CROWD);
    }
    if (isEmpty && !waited) Atomics.store(words, STATE, state & ~QUEUE);
    this.#lock.give();
  }

  /** Whether nobody waits in the queue. */
  #isEmpty(): boolean {
    return Atomics.load(this.#words, HEAD) === Atomics.load(this.#words, TAIL);
  }

  /** Whether the next place is free. */
  #hasRoom(): boolean {
    const words = this.#words;
    const tail = Atomics.load(words, TAIL);
    const used = (tail - Atomics.load(words, HEAD)) | 0;
    return used < this.#places.count &&
      Atomics.load(words, this.#places.at(tail)) === FREE;
  }

  #takeNow(n: number): boolean {
    const state = Atomics.load(this.#words, STATE);
    if (state < 0 || (state & COUNT) < n || !this.#isEmpty()) return false;
    Atomics.store(this.#words, STATE, state - n);
    return true;
  }

  /** Gives the first in the queue its permits, and the next, as far as they go. */
  #serve(): void {
    const words = this.#words;
    for (;;) {
      const ticket = Atomics.load(words, HEAD);
      if (ticket === Atomics.load(words, TAIL)) return;
      const at = this.#places.at(ticket);
      const place = Atomics.load(words, at);
      // Others have gone, or were served by one that was lost right then.
      if (kindOf(place) === WAITING) {
        if (isLost(Atomics.load(words, at + 1))) {
          Atomics.store(words, at, FREE);
          Atomics.notify(words, at);
        } else if (!this.#places.grant(at, countOf(place))) return;
      }
      Atomics.store(words, HEAD, ticket + 1);
    }
  }

  /** Does what a lost thread left undone, if there is one. */
  #takeOver(ticket: Ticket): void {
    const words = this.#words;
    const head = Atomics.load(words, HEAD);
    // One of those that wait looks at all, the others at that one.
    const lost = this.#lock.isLost ||
      isLost(Atomics.load(words, this.#places.at(head) + 1)) ||
      (head === ticket && this.#places.hasLost());
    if (!lost) return;
    this.#begin();
    this.#places.reclaim();
    this.#end(true);
  }

  #checkRoom(state: number, n: number): void {
    const there = state & COUNT;
    if (there + n <= this.#max) return;
    throw new RangeError(
      `Cannot release permits as there may be ${this.#max} at most: ${there} are there, received ${n}`,
    );
  }
}

function closedError(): SemaphoreClosedError {
  return new SemaphoreClosedError(
    "Cannot acquire permits as the semaphore is closed",
  );
}

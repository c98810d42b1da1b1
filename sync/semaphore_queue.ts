/**
 * The permits of a semaphore, and the queue of those that wait for them.
 *
 * The protocol is in the folder's README, "Semaphore".
 *
 * @module
 */

import { SemaphoreClosedError } from "./permits.ts";
import {
  CLOSED,
  COUNT,
  countOf,
  DIRTY,
  FREE,
  GONE,
  GRANTED,
  HEAD,
  lapOf,
  LAPS,
  placeOf,
  PLACES,
  SERVER,
  STATE,
  TAIL,
  WAITER,
  waitersOf,
  WAITING,
  wordCountOf,
} from "./semaphore_layout.ts";
import { currentThread, SLICE } from "./thread.ts";
import type { Awaited } from "./wait.ts";

/** What is done by those who wait, for messages. */
export const ACTION = "acquire permits";

/** A place in the queue, counted modulo 2^32. */
export type Ticket = number;

/** The protocol, without the doors. */
export class SemaphoreQueue {
  readonly #words: Int32Array;
  readonly #max: number;
  readonly #places: number;
  readonly #lapShift: number;

  /**
   * @param words A view on as many words as the places need.
   * @param max The most permits there may be.
   * @param places How many can wait in order, a power of two.
   */
  constructor(words: Int32Array, max: number, places: number) {
    this.#words = words;
    this.#max = max;
    this.#places = places;
    this.#lapShift = 31 - Math.clz32(places);
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
      if ((state & COUNT) + n > this.#max) {
        throw new RangeError(
          `Cannot release permits as there may be ${this.#max} at most: ${
            state & COUNT
          } are there, received ${n}`,
        );
      }
      if (
        Atomics.compareExchange(this.#words, STATE, state, state + n) !== state
      ) continue;
      if (waitersOf(state) > 0) this.#serve();
      return;
    }
  }

  /** Gives out no more permits. */
  close(): void {
    Atomics.or(this.#words, STATE, CLOSED);
    this.#serve();
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
      // A thread that was lost on its way into the queue is counted for ever.
      if (
        waitersOf(state) > 0 &&
        Atomics.load(this.#words, HEAD) !== Atomics.load(this.#words, TAIL)
      ) return false;
      if (
        Atomics.compareExchange(this.#words, STATE, state, state - n) === state
      ) return true;
    }
  }

  /** Takes the next place in the queue. Returns its ticket, or none if taken. */
  enter(n: number): Ticket | undefined {
    const { id } = currentThread();
    // From here on nobody gets past the queue.
    Atomics.add(this.#words, STATE, WAITER);
    for (;;) {
      const ticket = Atomics.load(this.#words, TAIL);
      const at = this.#at(ticket);
      const lap = this.#lap(ticket);
      const place = Atomics.load(this.#words, at);
      if (place === placeOf(lap, FREE)) {
        const mine = placeOf(lap, WAITING, n);
        if (
          Atomics.compareExchange(this.#words, at, place, mine) !== place
        ) continue;
        Atomics.store(this.#words, at + 1, id);
        this.#advance(TAIL, ticket);
        this.#serve();
        return ticket;
      }
      if (Atomics.load(this.#words, TAIL) !== ticket) continue;
      if (lapOf(place) !== ((lap - 1) & LAPS)) {
        // Whoever took the place has not come to that yet.
        this.#advance(TAIL, ticket);
        continue;
      }
      if (this.#reclaim()) continue;
      Atomics.sub(this.#words, STATE, WAITER);
      this.#serve();
      return undefined;
    }
  }

  /** Ends when the next place is free, whose last waiter has not left it. */
  vacancy(): Awaited {
    const ticket = Atomics.load(this.#words, TAIL);
    const before = (this.#lap(ticket) - 1) & LAPS;
    let first = true;
    return {
      words: this.#words,
      index: this.#at(ticket),
      action: ACTION,
      slice: SLICE,
      look: (place) => {
        if (lapOf(place) !== before) return "over";
        if (!first) this.#takeOver();
        first = false;
        return "sleep";
      },
    };
  }

  /** Ends when the server has come to this ticket. */
  turn(ticket: Ticket, n: number): Awaited {
    const index = this.#at(ticket);
    const waiting = placeOf(this.#lap(ticket), WAITING, n);
    let first = true;
    return {
      words: this.#words,
      index,
      action: ACTION,
      slice: SLICE,
      look: (place) => {
        if (place !== waiting) return "over";
        // Only a loss can make this necessary.
        if (!first) this.#takeOver();
        first = false;
        return "sleep";
      },
    };
  }

  /**
   * Takes what the thread that served this waiter gave it, and leaves.
   *
   * @throws {SemaphoreClosedError} If that is nothing.
   */
  receive(ticket: Ticket): void {
    if (this.#leave(ticket) === 0) throw closedError();
  }

  /** Frees the place of a waiter that was served. Returns what it was given. */
  #leave(ticket: number): number {
    const at = this.#at(ticket);
    const free = placeOf(this.#lap(ticket) + 1, FREE);
    const count = countOf(Atomics.load(this.#words, at));
    Atomics.store(this.#words, at + 1, 0);
    Atomics.store(this.#words, at, free);
    // For who waits for the place.
    Atomics.notify(this.#words, at);
    return count;
  }

  /** Leaves the queue; what was given meanwhile is passed on. */
  giveUp(ticket: Ticket, n: number): void {
    const lap = this.#lap(ticket);
    const waiting = placeOf(lap, WAITING, n);
    const gone = placeOf(lap, GONE);
    if (
      Atomics.compareExchange(
        this.#words,
        this.#at(ticket),
        waiting,
        gone,
      ) !== waiting
    ) this.#putBack(this.#leave(ticket));
    // Who stands behind may be content with what is there.
    this.#serve();
  }

  /** Adds permits that were taken out, and never more than there may be. */
  #putBack(n: number): void {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      const more = Math.min(n, this.#max - (state & COUNT));
      if (
        Atomics.compareExchange(this.#words, STATE, state, state + more) ===
          state
      ) return;
    }
  }

  /** Serves the queue, or sees to it that the thread that serves looks again. */
  #serve(): void {
    const { id, threads } = currentThread();
    for (;;) {
      const server = Atomics.load(this.#words, SERVER);
      const next = server === 0 || !threads.isLive(server & ~DIRTY)
        ? id
        : server | DIRTY;
      if (
        Atomics.compareExchange(this.#words, SERVER, server, next) !== server
      ) continue;
      if (next !== id) return;
      break;
    }
    for (;;) {
      while (this.#serveOne());
      if (Atomics.compareExchange(this.#words, SERVER, id, 0) === id) return;
      Atomics.store(this.#words, SERVER, id);
    }
  }

  /** For the one thread that serves. Returns whether there may be more to do. */
  #serveOne(): boolean {
    const ticket = Atomics.load(this.#words, HEAD);
    const at = this.#at(ticket);
    const lap = this.#lap(ticket);
    const place = Atomics.load(this.#words, at);
    if (place === placeOf(lap, FREE)) return false;
    if (lapOf(place) === ((lap - 1) & LAPS)) return false;
    const kind = place & 3;
    if (lapOf(place) !== lap || kind === GRANTED) {
      // Served by a thread that was lost before it could say so.
      this.#advance(HEAD, ticket);
      return true;
    }
    const owner = Atomics.load(this.#words, at + 1);
    if (kind === GONE || this.#isLost(owner)) {
      if (kind === WAITING) {
        const gone = placeOf(lap, GONE);
        Atomics.compareExchange(this.#words, at, place, gone);
        return true;
      }
      const free = placeOf(lap + 1, FREE);
      Atomics.store(this.#words, at + 1, 0);
      Atomics.store(this.#words, at, free);
      Atomics.store(this.#words, HEAD, ticket + 1);
      Atomics.sub(this.#words, STATE, WAITER);
      Atomics.notify(this.#words, at);
      return true;
    }
    const state = Atomics.load(this.#words, STATE);
    const n = (state & CLOSED) !== 0 ? 0 : countOf(place);
    if ((state & COUNT) < n) return false;
    if (
      Atomics.compareExchange(this.#words, STATE, state, state - n) !== state
    ) return true;
    const granted = placeOf(lap, GRANTED, n);
    if (
      Atomics.compareExchange(this.#words, at, place, granted) !== place
    ) {
      this.#putBack(n);
      return true;
    }
    Atomics.store(this.#words, HEAD, ticket + 1);
    Atomics.sub(this.#words, STATE, WAITER);
    Atomics.notify(this.#words, at);
    return true;
  }

  /** Does what a lost thread left undone, if there is one. */
  #takeOver(): void {
    const server = Atomics.load(this.#words, SERVER) & ~DIRTY;
    const first = this.#at(Atomics.load(this.#words, HEAD));
    const owner = Atomics.load(this.#words, first + 1);
    if (this.#reclaim() || this.#isLost(server) || this.#isLost(owner)) {
      this.#serve();
    }
  }

  /** Puts back what was given to threads that were lost before they had it. */
  #reclaim(): boolean {
    let found = false;
    for (let at = PLACES; at < wordCountOf(this.#places); at += 2) {
      const place = Atomics.load(this.#words, at);
      if ((place & 3) !== GRANTED) continue;
      const owner = Atomics.load(this.#words, at + 1);
      if (!this.#isLost(owner)) continue;
      const free = placeOf(lapOf(place) + 1, FREE);
      // One thread only does it, and only if the place is still the same.
      if (
        Atomics.compareExchange(this.#words, at + 1, owner, 0) !== owner
      ) continue;
      Atomics.store(this.#words, at, free);
      Atomics.notify(this.#words, at);
      this.#putBack(countOf(place));
      found = true;
    }
    return found;
  }

  #isLost(thread: number): boolean {
    return thread !== 0 && !currentThread().threads.isLive(thread);
  }

  #advance(counter: number, ticket: number): void {
    Atomics.compareExchange(this.#words, counter, ticket, ticket + 1);
  }

  #at(ticket: number): number {
    return PLACES + 2 * (ticket & (this.#places - 1));
  }

  #lap(ticket: number): number {
    return (ticket >>> this.#lapShift) & LAPS;
  }
}

function closedError(): SemaphoreClosedError {
  return new SemaphoreClosedError(
    "Cannot acquire permits as the semaphore is closed",
  );
}

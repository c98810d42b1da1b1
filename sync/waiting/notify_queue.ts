/**
 * Who waits for a `Notify`, in order, and the permit.
 *
 * The protocol is in the folder's README, "Notify".
 *
 * @module
 */

import { isLost, JournalLock } from "./journal_lock.ts";
import { LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { currentThread, SLICE } from "../thread/thread.ts";

// All but the lock is written by who holds it.
const LOCK = 0; // the thread that holds it, or 0
const PERMIT = 1;
const NEXT = 2; // the next ticket
const USED = 3; // places from here on are free
const STEP = 4; // 0, ALL_STEP, or what is passed on: from + 1 | (to + 1) << 16
const MAX = 5; // how many places there are
const PLACES = LINE / 4;

// A place.
const PLACE_WORDS = 4;
const STATE = 0;
const OWNER = 1; // the thread that waits
const TICKET = 2; // the order of coming

const FREE = 0;
/** The state of a place whose waiter has not been chosen. */
export const WAITING = 1;
const ONE = 2; // chosen by a notification for one: it must not get lost
const ALL = 3; // chosen by a notification for all

const ALL_STEP = -1;
const NONE = -1;

/** The memory that so many places take, in bytes. */
export function queueSize(places: number): number {
  return LINE + 4 * PLACE_WORDS * places;
}

/** The places of waiters, changed under a lock that outlives its holder. */
export class NotifyQueue {
  /** The control words. */
  readonly words: Int32Array;
  readonly #places: number;
  readonly #lock: JournalLock;
  /** When one of those that wait by this object has looked for a loss. */
  #looked = -Infinity;

  /** Attaches to a queue; zeroed memory is an empty one. */
  constructor(slice: SharedSlice, places: number) {
    this.words = wordsOf(slice, queueSize(places) / 4);
    this.#places = places;
    this.#lock = new JournalLock(this.words, LOCK);
  }

  /** How many places there are, as the maker said; 0 before. */
  get places(): number {
    return Atomics.load(this.words, MAX);
  }

  /** For the maker. */
  set places(places: number) {
    Atomics.store(this.words, MAX, places);
  }

  /** Whether there is a permit. */
  get hasPermit(): boolean {
    return Atomics.load(this.words, PERMIT) !== 0;
  }

  /** The index of the word on which the waiter of a place sleeps. */
  wordOf(place: number): number {
    return PLACES + place * PLACE_WORDS + STATE;
  }

  /** Takes the permit, if it is there. */
  take(): boolean {
    const { words } = this;
    // Somebody who was lost may have been given one.
    if (!this.hasPermit && Atomics.load(words, USED) === 0) return false;
    this.#begin();
    this.#tidy();
    const taken = this.#take();
    this.#lock.give();
    return taken;
  }

  /**
   * Takes the permit, or else a place.
   *
   * @returns The place; -1 with the permit; undefined if all places are taken.
   */
  enter(): number | undefined {
    const { words } = this;
    const { id } = currentThread();
    this.#begin();
    this.#tidy();
    let place: number | undefined = NONE;
    if (!this.#take()) {
      place = this.#freePlace();
      if (place !== undefined) {
        const ticket = Atomics.load(words, NEXT);
        const at = this.wordOf(place);
        Atomics.store(words, at + OWNER, id);
        Atomics.store(words, at + TICKET, ticket);
        Atomics.store(words, NEXT, ticket + 1);
        if (place >= Atomics.load(words, USED)) {
          Atomics.store(words, USED, place + 1);
        }
        Atomics.store(words, at, WAITING);
      }
    }
    this.#lock.give();
    return place;
  }

  /** Frees the place of a waiter that was chosen and has woken. */
  leave(place: number): void {
    Atomics.store(this.words, this.wordOf(place), FREE);
  }

  /** Frees the place of a waiter that gives up; passes on what it was given. */
  giveUp(place: number): void {
    this.#begin();
    this.#free(place);
    this.#lock.give();
  }

  /** Chooses the oldest waiter, or the newest; else there is a permit. */
  notifyOne(newest: boolean): boolean {
    // Then nobody waits.
    if (this.hasPermit) return false;
    this.#begin();
    const place = this.#choose(newest);
    if (place === NONE) Atomics.store(this.words, PERMIT, 1);
    else this.#wake(place, ONE);
    this.#lock.give();
    return place !== NONE;
  }

  /** Chooses all who wait. Returns how many. */
  notifyAll(): number {
    if (Atomics.load(this.words, USED) === 0) return 0;
    this.#begin();
    const woken = this.#wakeAll();
    this.#lock.give();
    return woken;
  }

  /**
   * Does what a lost thread left undone, if there is one. Of many that wait by
   * one object, one looks.
   */
  takeOver(): void {
    const { words } = this;
    const now = performance.now();
    if (now - this.#looked < SLICE / 2) return;
    this.#looked = now;
    let damaged = this.#lock.isLost;
    const used = Atomics.load(words, USED);
    for (let place = 0; place < used && !damaged; place++) {
      const at = this.wordOf(place);
      damaged = Atomics.load(words, at) === ONE &&
        isLost(Atomics.load(words, at + OWNER));
    }
    if (!damaged) return;
    this.#begin();
    this.#tidy();
    this.#lock.give();
  }

  #take(): boolean {
    if (!this.hasPermit) return false;
    Atomics.store(this.words, PERMIT, 0);
    return true;
  }

  #freePlace(): number | undefined {
    for (let place = 0; place < this.#places; place++) {
      if (Atomics.load(this.words, this.wordOf(place)) === FREE) return place;
    }
    return undefined;
  }

  /** The waiter that has waited longest, or shortest; none if nobody waits. */
  #choose(newest: boolean): number {
    const { words } = this;
    for (;;) {
      const used = Atomics.load(words, USED);
      const next = Atomics.load(words, NEXT);
      let chosen = NONE;
      let best = 0;
      for (let place = 0; place < used; place++) {
        const at = this.wordOf(place);
        if (Atomics.load(words, at) !== WAITING) continue;
        // Tickets wrap; ages do not.
        const age = (next - Atomics.load(words, at + TICKET)) >>> 0;
        if (chosen !== NONE && (newest ? age > best : age < best)) continue;
        chosen = place;
        best = age;
      }
      if (chosen === NONE) return NONE;
      const at = this.wordOf(chosen);
      if (!isLost(Atomics.load(words, at + OWNER))) return chosen;
      Atomics.store(words, at, FREE);
    }
  }

  #wake(place: number, state: number): void {
    const at = this.wordOf(place);
    Atomics.store(this.words, at, state);
    Atomics.notify(this.words, at);
  }

  #wakeAll(): number {
    const { words } = this;
    Atomics.store(words, STEP, ALL_STEP);
    const used = Atomics.load(words, USED);
    let woken = 0;
    for (let place = 0; place < used; place++) {
      if (Atomics.load(words, this.wordOf(place)) !== WAITING) continue;
      this.#wake(place, ALL);
      woken++;
    }
    Atomics.store(words, STEP, 0);
    return woken;
  }

  /** Frees a place; what its waiter was given goes to the next, once. */
  #free(place: number): void {
    const { words } = this;
    const at = this.wordOf(place);
    if (Atomics.load(words, at) !== ONE) {
      Atomics.store(words, at, FREE);
      return;
    }
    const to = this.#choose(false);
    const step = place + 1 | (to + 1) << 16;
    Atomics.store(words, STEP, step);
    this.#passOn(step);
  }

  #passOn(step: number): void {
    const { words } = this;
    const to = (step >>> 16) - 1;
    Atomics.store(words, this.wordOf((step & 0xffff) - 1), FREE);
    if (to === NONE) Atomics.store(words, PERMIT, 1);
    else if (Atomics.load(words, this.wordOf(to)) === WAITING) {
      this.#wake(to, ONE);
    }
    Atomics.store(words, STEP, 0);
  }

  /** Frees the places of threads that are lost. */
  #tidy(): void {
    const { words } = this;
    const used = Atomics.load(words, USED);
    let last = 0;
    for (let place = 0; place < used; place++) {
      const at = this.wordOf(place);
      if (Atomics.load(words, at) === FREE) continue;
      if (isLost(Atomics.load(words, at + OWNER))) this.#free(place);
      else last = place + 1;
    }
    if (last < used) Atomics.store(words, USED, last);
  }

  /** Takes the lock, and finishes what a former holder began. */
  #begin(): void {
    if (!this.#lock.take()) return;
    const step = Atomics.load(this.words, STEP);
    if (step === ALL_STEP) this.#wakeAll();
    else if (step !== 0) this.#passOn(step);
  }
}

/**
 * How the owner of a deque adds records, and takes the newest one.
 *
 * The protocol is in the folder's README, "Deque".
 *
 * @module
 */

import { BOTTOM, OWNER, TOP } from "./deque_layout.ts";
import type { DequeSlots } from "./deque_slots.ts";
import { HeldEnd } from "./held_end.ts";

/** The owner's end of a deque, whatever the records are. For one thread. */
export class DequeEnd {
  /** The deque. */
  readonly slots: DequeSlots;
  readonly #held: HeldEnd;
  #bottom = 0;
  /** As it was when last looked at: it may have gone on. */
  #top = 0;

  /**
   * Takes the end for this thread.
   *
   * @throws {TypeError} If a live thread has it.
   */
  constructor(slots: DequeSlots) {
    this.slots = slots;
    this.#held = new HeldEnd(
      slots.words,
      OWNER,
      "Cannot own deque as a thread owns it already: release it there",
    );
    this.#settle();
  }

  /** Gives the end back; a second call does nothing. */
  release(): void {
    this.#held.release();
  }

  /**
   * Checks that the end was not given back, for each try of a wait.
   *
   * @throws {TypeError} If it was.
   */
  checkHeld(action: string): void {
    this.#held.check(action);
  }

  /**
   * The same for the first try, which comes at once.
   *
   * @throws {TypeError} If it was.
   */
  checkKept(action: string): void {
    this.#held.checkKept(action);
  }

  /** How much room there is; looks anew unless so much is known of. */
  roomFor(count: number): number {
    const { capacity, words } = this.slots;
    const known = capacity - ((this.#bottom - this.#top) | 0);
    if (known >= count) return known;
    this.#top = Atomics.load(words, TOP);
    return capacity - ((this.#bottom - this.#top) | 0);
  }

  /**
   * Writes the words of a record where there is room; nobody sees it yet.
   *
   * @param index How many records were written before, since the last
   * {@linkcode publish}.
   */
  write(index: number, from: Int32Array, offset: number): void {
    this.slots.write((this.#bottom + index) | 0, from, offset);
  }

  /** Adds the records that were written; tells who waits for some. */
  publish(count: number): void {
    this.#bottom = (this.#bottom + count) | 0;
    // From here on they can be stolen.
    Atomics.store(this.slots.words, BOTTOM, this.#bottom);
    this.slots.items.signal();
  }

  /** Takes the newest record. Returns whether there was one. Wait-free. */
  takeNewest(into: Int32Array): boolean {
    const { slots } = this;
    const { words } = slots;
    const end = this.#bottom;
    this.#top = Atomics.load(words, TOP);
    if (((end - this.#top) | 0) <= 0) return false;
    const newest = (end - 1) | 0;
    // Who looks from here on leaves it alone.
    Atomics.store(words, BOTTOM, newest);
    const top = Atomics.load(words, TOP);
    const others = (newest - top) | 0;
    if (others > 0) {
      this.#bottom = newest;
      slots.read(newest, into, 0);
      return true;
    }
    // It was the last one, and somebody may have looked before: whoever moves
    // the top has it.
    const mine = others === 0 &&
      Atomics.compareExchange(words, TOP, top, end) === top;
    if (mine) slots.read(newest, into, 0);
    Atomics.store(words, BOTTOM, end);
    return mine;
  }

  /** Goes on where the former owner stopped, wherever that was. */
  #settle(): void {
    const { words } = this.slots;
    for (;;) {
      const top = this.#top = Atomics.load(words, TOP);
      const bottom = this.#bottom = Atomics.load(words, BOTTOM);
      if (((bottom - top) | 0) > 0) return;
      // A lost owner may have been taking the last record, and a stealer that
      // saw it too may still come: for it, or for what is put in its place.
      const next = (top + 1) | 0;
      if (Atomics.compareExchange(words, TOP, top, next) !== top) continue;
      this.#top = this.#bottom = next;
      Atomics.store(words, BOTTOM, next);
      return;
    }
  }
}

/**
 * One that waits for a lock: how far it has come, and whether it is to have the
 * lock next.
 *
 * The protocol is in the folder's README, "Mutex".
 *
 * @module
 */

import { HANDED, NEXT, OWNER } from "./lock_layout.ts";
import type { ThreadId, ThreadRegistry } from "../thread/thread.ts";

/** How often a waiter is woken in vain before it asks for a hand-off. */
const PATIENCE = 16;

/** A thread that blocks, tries, or has a task that waits. */
export class LockWaiter {
  /** Whether it leaves if it cannot have the word now. */
  readonly tries: boolean;
  readonly #words: Int32Array;
  readonly #threads: ThreadRegistry;
  readonly #me: ThreadId;
  /** How it asks for a hand-off: TASK, or 0 for a thread that blocks. */
  readonly #kind: number;
  /** How often it was woken in vain. */
  #losses = 0;
  /** What it put into NEXT, or 0; others may have changed that since. */
  #claim = 0;
  /** Whether it has just slept for as long as HANDED is to be respected. */
  #overdue = false;

  /**
   * A wait that begins.
   *
   * @param words Those of the lock.
   * @param kind TASK, or 0 for a thread that blocks.
   * @param tries Whether it leaves if it cannot have the word now.
   */
  constructor(
    words: Int32Array,
    threads: ThreadRegistry,
    me: ThreadId,
    kind: number,
    tries: boolean,
  ) {
    this.#words = words;
    this.#threads = threads;
    this.#me = me;
    this.#kind = kind;
    this.tries = tries;
  }

  /**
   * A sleep on a word ended.
   *
   * @param whole Whether by itself; else by a wake-up.
   */
  count(state: number, whole: boolean): void {
    const handed = (state & OWNER) === HANDED;
    this.#overdue = whole && handed;
    this.#losses = whole && !handed ? PATIENCE : this.#losses + 1;
  }

  /** Whether it has lost often enough to ask for a hand-off. */
  get isImpatient(): boolean {
    return !this.tries && this.#losses >= PATIENCE;
  }

  /** Asks for the next hand-off, unless a thread that lives has done so. */
  claim(): void {
    const me = this.#me;
    const claim = me | this.#kind;
    const seen = Atomics.load(this.#words, NEXT);
    // A thread that blocks comes sooner than a task of its own.
    if (seen === claim || (seen & OWNER) === me && this.#kind !== 0) return;
    if (
      seen !== 0 && (seen & OWNER) !== me &&
      this.#threads.isLive(seen & OWNER)
    ) return;
    if (Atomics.compareExchange(this.#words, NEXT, seen, claim) === seen) {
      this.#claim = claim;
    }
  }

  /** Takes the claim back. Returns whether it stood. */
  unclaim(): boolean {
    const claim = this.#claim;
    if (claim === 0) return false;
    this.#claim = 0;
    return Atomics.compareExchange(this.#words, NEXT, claim, 0) === claim;
  }

  /**
   * Whether a word that was handed on is for this waiter.
   *
   * @param next For whom it is meant.
   */
  mayTake(next: number): boolean {
    if (next === 0 || (next & OWNER) === this.#me || this.#overdue) return true;
    // Only a thread that blocks for it is sure to come at once.
    return (this.tries && next < 0) || !this.#threads.isLive(next & OWNER);
  }
}

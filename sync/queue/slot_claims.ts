/**
 * Slots that are claimed by a thread, and what others do meanwhile.
 *
 * A thread claims the slot and not the position, by its own id: so others can take
 * over from a thread that was lost in the middle.
 *
 * The protocol is in the folder's README, "MpmcQueue".
 *
 * @module
 */

import { giveWay } from "../thread/backoff.ts";
import { currentThread, type ThreadRegistry } from "../thread/thread.ts";

/**
 * The word of a slot behind that of the claim: what stood there before the claim,
 * and then what the claimer will make of it.
 */
export const DRAFT: number = 1;

/** The claims of all threads, as one thread sees them. */
export class SlotClaims {
  /** What stands in a slot that this thread claims: less than 0. */
  readonly own: number;
  readonly #words: Int32Array;
  readonly #threads: ThreadRegistry;

  /** Claims of slots in such words. */
  constructor(words: Int32Array) {
    const { id, threads } = currentThread();
    this.own = -id;
    this.#words = words;
    this.#threads = threads;
  }

  /**
   * Lets the thread go on that claimed a slot, or stands in for it.
   *
   * @param looks How often this call has let others go on.
   * @returns The same, with this time.
   */
  passOver(at: number, claim: number, looks: number): number {
    if (this.isAtWork(claim)) giveWay(this.#words, at, claim, looks);
    else this.#standIn(at, claim);
    return looks + 1;
  }

  /** Whether the thread will store what it has drafted. */
  isAtWork(claim: number): boolean {
    // A thread that finds itself was cut off, as by a stack that is full.
    return claim !== this.own && this.#threads.isLive(-claim);
  }

  /** Takes over from a thread that was lost: its draft says what is in the slot. */
  #standIn(at: number, claim: number): void {
    const words = this.#words;
    if (Atomics.compareExchange(words, at, claim, this.own) !== claim) return;
    Atomics.store(words, at, words[at + DRAFT]!);
  }
}

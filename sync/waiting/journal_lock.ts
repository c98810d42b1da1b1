/**
 * A lock for some loads and stores, which outlives the loss of its holder.
 *
 * The protocol is in the folder's README, "Notify".
 *
 * @module
 */

import { Backoff } from "../thread/backoff.ts";
import { currentThread } from "../thread/thread.ts";

/** How long a thread sleeps that spun for the lock in vain, in ms. */
const NAP = 1;

/**
 * One word: the thread that holds it, or 0. Never held during a sleep or code of
 * the caller. What its holder began and did not end stands in a journal, which
 * the next one reads.
 */
export class JournalLock {
  readonly #words: Int32Array;
  readonly #index: number;

  /** Attaches to a word. */
  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** Whether its holder is lost. */
  get isLost(): boolean {
    return isLost(Atomics.load(this.#words, this.#index));
  }

  /**
   * Takes the lock.
   *
   * @returns Whether its last holder did not give it back, so that the journal
   * has to be read.
   */
  take(): boolean {
    const words = this.#words;
    const index = this.#index;
    const { id } = currentThread();
    let backoff: Backoff | undefined;
    for (;;) {
      const holder = Atomics.compareExchange(words, index, 0, id);
      if (holder === 0) return false;
      // No call waits in here: an earlier one of this thread broke off.
      if (holder === id || isLost(holder)) {
        if (Atomics.compareExchange(words, index, holder, id) === holder) {
          return true;
        }
        continue;
      }
      backoff ??= new Backoff();
      if (!backoff.isCompleted) backoff.snooze();
      else this.#nap(holder);
    }
  }

  /** Gives it back. */
  give(): void {
    const { id } = currentThread();
    // Not if it was said meanwhile that this thread is lost.
    Atomics.compareExchange(this.#words, this.#index, id, 0);
  }

  /** The holder does not run: perhaps it waits for this processor. */
  #nap(holder: number): void {
    try {
      Atomics.wait(this.#words, this.#index, holder, NAP);
    } catch {
      Atomics.pause?.(); // where blocking is forbidden
    }
  }
}

/** Whether an id, if it is one, is that of a thread that is gone. */
export function isLost(thread: number): boolean {
  return thread !== 0 && !currentThread().threads.isLive(thread);
}

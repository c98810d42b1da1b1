/**
 * Ends that one thread has at a time: a word that holds the thread's id, or 0.
 *
 * @module
 */

import { currentThread } from "./thread.ts";

/** An end, while a thread has it. */
export class HeldEnd {
  readonly #words: Int32Array;
  readonly #index: number;
  #held = true;

  /**
   * Takes an end for this thread: a free one, or that of a lost thread.
   *
   * @param words The view that holds the word of the end.
   * @param index Of the word.
   * @param taken What to say if another one, or this thread, has it.
   * @throws {TypeError} If a live thread has it.
   */
  constructor(words: Int32Array, index: number, taken: string) {
    this.#words = words;
    this.#index = index;
    const { threads, id } = currentThread();
    const holder = Atomics.load(words, index);
    if (
      (holder !== 0 && threads.isLive(holder)) ||
      Atomics.compareExchange(words, index, holder, id) !== holder
    ) throw new TypeError(taken);
  }

  /** Gives the end back; a second call does nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    const { id } = currentThread();
    Atomics.compareExchange(this.#words, this.#index, id, 0);
  }
}

/** Whether the thread that has an end is gone without having given it back. */
export function isHolderLost(words: Int32Array, index: number): boolean {
  const holder = Atomics.load(words, index);
  return holder !== 0 && !currentThread().threads.isLive(holder);
}

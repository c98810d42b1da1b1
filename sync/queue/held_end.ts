/**
 * Ends that one thread has at a time: a word that holds the thread's id, or 0.
 *
 * @module
 */

import { currentThread, type ThreadId } from "../thread/thread.ts";

/** An end, while a thread has it. */
export class HeldEnd {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #me: ThreadId;
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
    this.#me = id;
    const holder = Atomics.load(words, index);
    if (
      (holder !== 0 && threads.isLive(holder)) ||
      Atomics.compareExchange(words, index, holder, id) !== holder
    ) throw new TypeError(taken);
  }

  /**
   * Checks that the end was not given back, nor taken over: for each try of a
   * wait, in which others may have done that.
   *
   * @throws {TypeError} If it was.
   */
  check(action: string): void {
    this.checkKept(action);
    if (Atomics.load(this.#words, this.#index) === this.#me) return;
    throw new TypeError(
      `Cannot ${action} as another thread took this end over`,
    );
  }

  /**
   * Checks that the end was not given back, by this thread itself.
   *
   * @throws {TypeError} If it was.
   */
  checkKept(action: string): void {
    if (this.#held) return;
    throw new TypeError(`Cannot ${action} as this end was given back`);
  }

  /** Gives the end back; a second call does nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    Atomics.compareExchange(this.#words, this.#index, this.#me, 0);
  }
}

/**
 * Tries, and throws where nobody is left who could make it succeed.
 *
 * @param index Of the word of the end whose holder could.
 * @param lostError What to throw if that one was lost.
 */
export function unlessLost<R>(
  words: Int32Array,
  index: number,
  attempt: () => R | undefined,
  lostError: () => Error,
): R | undefined {
  const lost = isHolderLost(words, index);
  // All that the lost one did is seen by this attempt.
  const result = attempt();
  if (result === undefined && lost) throw lostError();
  return result;
}

/** Whether the thread that has an end is gone without having given it back. */
function isHolderLost(words: Int32Array, index: number): boolean {
  const holder = Atomics.load(words, index);
  return holder !== 0 && !currentThread().threads.isLive(holder);
}

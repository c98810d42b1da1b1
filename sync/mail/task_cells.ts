/**
 * What other threads need to know of a thread's tasks: whether they are
 * cancelled, and who has taken them from the injector.
 *
 * The protocol is in the folder's README, "Task cells".
 *
 * @module
 */

import { type SharedSlice, wordsOf } from "../memory/memory.ts";
import type { ThreadId } from "../thread/thread.ts";

/** How many tasks of a thread can be told apart at once, unless told otherwise. */
export const PLACES: number = 2 ** 20;

// The words of a cell.
const CANCELLED = 0; // the number of the task, if it is cancelled
const TAKER = 1; //     the thread that took the task of the next word
const TAKEN = 2; //     the number of the task that was taken last, or 0
const CELL_WORDS = 3;

/** Every number is at most this one. */
const ANY = 2 ** 31 - 1;

/** No task has place 0: that cell says whose table it is. */
const TENANT = 0;

/**
 * The memory that the cells of one thread take, in bytes. Address space: what no
 * task uses is not touched.
 *
 * @param places How many cells there are, a power of two.
 */
export function taskCellsSize(places: number = PLACES): number {
  return 4 * CELL_WORDS * places;
}

/**
 * One cell for each task of one thread, its owner. The low bits of a task's
 * number say which one: the number's place. All the bits above say how often the
 * place was used.
 *
 * The owner calls {@linkcode begin} before it sends a task, and does not use the
 * place for another one until the task was answered or its taker is lost. Then a
 * cell is always about one task, and words of an earlier one mean nothing.
 */
export class TaskCells {
  readonly #words: Int32Array;
  /** For the owner: in which places it has left nothing cancelled. */
  readonly #isClear: boolean[] = [];
  /**
   * For the owner: of each place, the largest number that may stand there as taken.
   * Of one that it has not used that is any, as a former owner had it.
   */
  readonly #largest: number[] = [];
  readonly #mask: number;

  /**
   * Attaches to the cells of a thread. Zeroed memory is one of nobody.
   *
   * @param places How many cells there are, a power of two.
   */
  constructor(slice: SharedSlice, places: number = PLACES) {
    if (
      !Number.isInteger(places) || places < 2 || places > PLACES ||
      (places & (places - 1)) !== 0
    ) {
      throw new RangeError(
        `Cannot attach to task cells as 'places' must be a power of two from 2 to ${PLACES}: received ${places}`,
      );
    }
    this.#words = wordsOf(slice, CELL_WORDS * places);
    this.#mask = places - 1;
  }

  /**
   * For the owner: a task of this number is about to be sent to a thread of its
   * choice. Nobody asks who takes it.
   */
  beginBound(number: number): void {
    const place = number & this.#mask;
    // Nobody else writes it; what the former owner left is cleared once.
    const isClear = this.#isClear;
    if (isClear[place] === true) return;
    while (isClear.length < place) isClear.push(false);
    isClear[place] = true;
    const at = CELL_WORDS * place + CANCELLED;
    if (Atomics.load(this.#words, at) !== 0) Atomics.store(this.#words, at, 0);
  }

  /** For the owner: a task of this number is about to be sent to whoever takes it. */
  begin(number: number): void {
    this.beginBound(number);
    const place = number & this.#mask;
    const largest = this.#largest;
    while (largest.length <= place) largest.push(ANY);
    // Takers write these words, and numbers come round rarely: as a rule this thread
    // does not so much as read them.
    if (number <= largest[place]!) this.#forgetTaker(number);
    largest[place] = number;
  }

  /** For the owner: cancels a task. Whoever runs it finds that. */
  cancel(number: number): void {
    this.#isClear[number & this.#mask] = false;
    Atomics.store(this.#words, this.#at(number) + CANCELLED, number);
  }

  /**
   * Whether a task is cancelled: one load, for hot loops. False again once the
   * task was answered and its place is used for another one.
   */
  isCancelled(number: number): boolean {
    return Atomics.load(this.#words, this.#at(number) + CANCELLED) === number;
  }

  /** For the injector: a thread is about to take the task. */
  take(number: number, thread: ThreadId): void {
    const at = this.#at(number);
    // As a rule it took the task before, too; and a load is quicker.
    if (Atomics.load(this.#words, at + TAKER) !== thread) {
      Atomics.store(this.#words, at + TAKER, thread);
    }
    Atomics.store(this.#words, at + TAKEN, number);
  }

  /** For the injector: the task turned out to be still in the queue. */
  putBack(number: number): void {
    if (this.takerOf(number) !== 0) this.#forgetTaker(number);
  }

  /**
   * Which thread took a task from the injector, or 0. That of a lost thread
   * counts only after `Injector.settle()`.
   */
  takerOf(number: number): ThreadId {
    const at = this.#at(number);
    return Atomics.load(this.#words, at + TAKEN) === number
      ? Atomics.load(this.#words, at + TAKER)
      : 0;
  }

  /**
   * Gives the table to another owner. Whatever the former one left in the
   * injector is no longer taken from there for anybody.
   *
   * @param tenant How often the table was given away: not 0.
   */
  letTo(tenant: number): void {
    Atomics.store(this.#words, TENANT, tenant);
  }

  /** Whether the table is that owner's. */
  isLetTo(tenant: number): boolean {
    return Atomics.load(this.#words, TENANT) === tenant;
  }

  #forgetTaker(number: number): void {
    Atomics.store(this.#words, this.#at(number) + TAKEN, 0);
  }

  #at(number: number): number {
    return CELL_WORDS * (number & this.#mask);
  }
}

/**
 * What each worker runs at this moment, for who finds that a task does not end.
 *
 * A task that has a deadline is noted while it is on the stack of its worker: such a
 * one keeps its worker from everything else. Of those that go on after an `await` it
 * is noted when the time of the last of them is up, and how much is under way besides
 * that has no deadline. Words in the fabric, written by the worker.
 *
 * @module
 */

import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import { now } from "../tasks/clock.ts";
import type { Fabric } from "./fabric.ts";

// In the line of a slot, behind the words of the wait table.
const WORDS_PER_SLOT = LINE / 4;
const OWNER = 4; //  the slot that spawned the task, and 1; 0: none
const NUMBER = 5; // the number of the task
const ENDLESS = 6; // how much is under way without a deadline, and 1; 0: no deadlines
const LATEST = 7; // when the last deadline is over, in ms

/** A task on the stack of a worker. */
export interface TaskOnStack {
  /** The slot that spawned it. */
  readonly owner: number;
  /** Its number. */
  readonly number: number;
}

/** What is under way in a worker, where some of it has a deadline. */
export interface UnderWay {
  /** How much has none. */
  readonly endless: number;
  /** The latest deadline, in ms since the epoch. */
  readonly latest: number;
}

/** What each worker runs at this moment. */
export class RunningWords {
  readonly #words: Int32Array;

  /** Attaches to the words of a fabric. */
  constructor(fabric: Fabric) {
    this.#words = wordsOf(fabric.waits(), WORDS_PER_SLOT * (fabric.slots + 1));
  }

  /** For a worker: says what it runs; undefined: nothing that has a deadline. */
  set(slot: number, task: TaskOnStack | undefined): void {
    const at = WORDS_PER_SLOT * slot;
    // Never the number of one with the owner of another.
    Atomics.store(this.#words, at + OWNER, 0);
    if (task === undefined) return;
    Atomics.store(this.#words, at + NUMBER, task.number);
    Atomics.store(this.#words, at + OWNER, task.owner + 1);
  }

  /** A slot gets another worker: what the former one said is over. */
  clear(slot: number): void {
    this.set(slot, undefined);
    this.setUnderWay(slot, undefined);
  }

  /** For a worker: says what is under way; undefined: nothing that has a deadline. */
  setUnderWay(slot: number, underWay: UnderWay | undefined): void {
    const at = WORDS_PER_SLOT * slot;
    if (underWay !== undefined) {
      Atomics.store(this.#words, at + LATEST, inWord(underWay.latest));
    }
    const endless = underWay === undefined ? 0 : underWay.endless + 1;
    Atomics.store(this.#words, at + ENDLESS, endless);
  }

  /**
   * Whether something is under way in a worker, and the time of all of it is up. To
   * be asked of one that does nothing else.
   */
  isAllLate(slot: number): boolean {
    const at = WORDS_PER_SLOT * slot;
    return Atomics.load(this.#words, at + ENDLESS) === 1 &&
      ((inWord(now()) - Atomics.load(this.#words, at + LATEST)) | 0) >= 0;
  }

  /** Whether a worker runs a task at this moment. */
  isRunning(slot: number, { owner, number }: TaskOnStack): boolean {
    const at = WORDS_PER_SLOT * slot;
    return Atomics.load(this.#words, at + OWNER) === owner + 1 &&
      Atomics.load(this.#words, at + NUMBER) === number &&
      Atomics.load(this.#words, at + OWNER) === owner + 1;
  }
}

/** A time as a word: two of them can be compared that are less than 24 days apart. */
function inWord(time: number): number {
  return Math.ceil(time) | 0;
}

/**
 * What each worker runs at this moment, for who finds that a task does not end.
 *
 * Only tasks that have a deadline are noted, and only while they are on the stack of
 * their worker: such a one keeps its worker from everything else. Words in the
 * fabric, written by the worker.
 *
 * @module
 */

import { LINE, wordsOf } from "../sync/memory/memory.ts";
import type { Fabric } from "./fabric.ts";

// In the line of a slot, behind the words of the wait table.
const WORDS_PER_SLOT = LINE / 4;
const OWNER = 4; //  the slot that spawned the task, and 1; 0: none
const NUMBER = 5; // the number of the task

/** A task on the stack of a worker. */
export interface TaskOnStack {
  /** The slot that spawned it. */
  readonly owner: number;
  /** Its number. */
  readonly number: number;
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

  /** Whether a worker runs a task at this moment. */
  isRunning(slot: number, { owner, number }: TaskOnStack): boolean {
    const at = WORDS_PER_SLOT * slot;
    return Atomics.load(this.#words, at + OWNER) === owner + 1 &&
      Atomics.load(this.#words, at + NUMBER) === number &&
      Atomics.load(this.#words, at + OWNER) === owner + 1;
  }
}

/**
 * The line in which the tasks of a thread wait by one object.
 *
 * Only the first of them contends with other threads, so that a wake-up wakes
 * one task for each object and thread at most, and tasks are served in their
 * order.
 *
 * @module
 */

import type { GiveUp } from "./give_up.ts";

/** Tasks that take turns. */
export class TaskLine {
  #length = 0;
  /** The end of the last one's turn. */
  #last: Promise<void> | undefined;

  /** Whether no task has a turn or waits for one. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /**
   * Waits for a turn, and does something in it.
   *
   * @throws What the turn throws, or what ended the wait for it.
   */
  async wait(end: GiveUp, turn: () => Promise<void>): Promise<void> {
    const before = this.#last;
    const over = Promise.withResolvers<void>();
    this.#last = over.promise;
    this.#length++;
    try {
      if (before !== undefined) await end.orFirst(before);
      await turn();
    } finally {
      if (--this.#length === 0) this.#last = undefined;
      // Who gives up in the middle of the line does not open it.
      if (before === undefined) over.resolve();
      else before.then(over.resolve);
    }
  }
}

/**
 * Turns: one worker after the other.
 *
 * @module
 */

import type { Directory } from "./directory.ts";

/** Whose turn it is. */
export class WorkerTurns {
  #next = 0;

  /** The worker that is next in turn, but for those that never run again. */
  next(directory: Directory): number {
    const { size } = directory;
    for (let k = 0; k < size; k++) {
      const worker = (this.#next + k) % size;
      if (directory.hasFailed(worker)) continue;
      this.#next = (worker + 1) % size;
      return worker;
    }
    return this.#next % size;
  }
}

import type { BatchCells } from "./batch_cells.ts";
import type { TaskSlice } from "./task_slice.ts";

/** Some of a batch's tasks, where they lie in the ring. */
export class RingSlice<Task> implements TaskSlice<Task> {
  readonly #cells: BatchCells<Task, unknown>;
  readonly #first: number;
  /** How many tasks. */
  readonly length: number;

  constructor(
    cells: BatchCells<Task, unknown>,
    first: number,
    length: number,
  ) {
    this.#cells = cells;
    this.#first = first;
    this.length = length;
  }

  at(index: number): Task | undefined {
    const k = Math.trunc(index) || 0;
    const from = k < 0 ? k + this.length : k;
    return from < 0 || from >= this.length
      ? undefined
      : this.#cells.task(this.#first + from);
  }

  *[Symbol.iterator](): Iterator<Task> {
    for (let k = 0; k < this.length; k++) {
      yield this.#cells.task(this.#first + k);
    }
  }
}

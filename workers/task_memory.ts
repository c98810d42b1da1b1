/**
 * The shared memory of the tasks of a runtime.
 *
 * @module
 */

import { TaskCells, taskCellsSize } from "../sync/task_cells.ts";

/** The cells of all slots. */
export class TaskMemory {
  /** The buffer, for a message. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: (TaskCells | undefined)[] = [];

  /** Attaches to the cells of a runtime. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
  }

  /** Makes cells for the tasks of so many slots. */
  static allocate(slots: number): TaskMemory {
    const byteLength = slots * taskCellsSize();
    // A mapping of its own: what is not used takes no memory.
    return new TaskMemory(
      new SharedArrayBuffer(byteLength, { maxByteLength: byteLength }),
    );
  }

  /** The cells of the tasks that the thread in a slot spawned. */
  cellsOf(slot: number): TaskCells {
    return this.#cells[slot] ??= new TaskCells({
      buffer: this.buffer,
      byteOffset: slot * taskCellsSize(),
    });
  }
}

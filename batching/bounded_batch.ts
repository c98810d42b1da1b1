import type { BatchCells } from "./batch_cells.ts";
import { BatchIncompleteError } from "./batch_errors.ts";
import type { TaskSlice } from "./task_slice.ts";

/**
 * A batch that does not grow any more. Its tasks lie where they were pushed and
 * can be read until the batch is completed or dropped.
 *
 * @example Usage
 * ```ts
 * import { BackgroundQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const queue = new BackgroundQueue<string>((batch) => {
 *   const bounded = batch.bound();
 *   lines.push(`${bounded.size}: ${bounded.toArray().join()}`);
 * });
 * queue.push("a");
 * queue.push("b");
 * await queue.idle();
 * assertEquals(lines, ["2: a,b"]);
 * ```
 */
export class BoundedBatch<Task> implements Iterable<Task> {
  readonly #cells: BatchCells<Task, unknown>;
  /** How many tasks it has. */
  readonly size: number;

  /** Made by a batch that is bounded. */
  constructor(cells: BatchCells<Task, unknown>) {
    this.#cells = cells;
    this.size = cells.size;
  }

  /** Whether nobody waits for it any more, and its tasks cannot be read. */
  get isCompleted(): boolean {
    return this.#cells.isFreed;
  }

  /**
   * The tasks as views that copy nothing: one, or two where the memory of the
   * queue wraps around.
   *
   * @throws {TypeError} If the batch is completed.
   */
  slices(): readonly TaskSlice<Task>[] {
    return this.#cells.slices();
  }

  /**
   * A copy of all tasks, which remains when the batch is completed.
   *
   * @throws {TypeError} If the batch is completed.
   */
  toArray(): Task[] {
    return this.#cells.toArray();
  }

  /**
   * The task at an index; from the end if it is negative.
   *
   * @throws {TypeError} If the batch is completed.
   */
  at(index: number): Task | undefined {
    const k = Math.trunc(index) || 0;
    const from = k < 0 ? k + this.size : k;
    return from < 0 || from >= this.size ? undefined : this.#cells.task(from);
  }

  /**
   * All tasks, in the order in which they were pushed.
   *
   * @throws {TypeError} If the batch is completed meanwhile.
   */
  *[Symbol.iterator](): Iterator<Task> {
    for (let k = 0; k < this.size; k++) yield this.#cells.task(k);
  }

  /**
   * Gives up the batch: its places are free, and whoever waits for it is
   * rejected with a `BatchIncompleteError`. Nothing happens if it is completed.
   */
  drop(): void {
    if (this.#cells.isFreed) return;
    this.#cells.fail(new BatchIncompleteError(this.size, "it was dropped"));
  }

  /** {@linkcode BoundedBatch.drop}: for `using`. */
  [Symbol.dispose](): void {
    this.drop();
  }
}

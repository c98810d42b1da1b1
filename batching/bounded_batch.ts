import type { BatchCells } from "./batch_cells.ts";
import { BatchIncompleteError } from "./batch_errors.ts";
import type { BlockingOptions } from "./lend.ts";
import type { LentBatch } from "./lent_batch.ts";
import { checkFunction } from "./queue_options.ts";
import type { TaskSlice } from "./task_slice.ts";
import type { SentFunction } from "../workers/functions/sent_function.ts";

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
   * Runs a function that takes long on another worker, with all tasks. It is
   * portable, as one that is spawned. Meanwhile the batch stays as it is, even if it is
   * completed or dropped: the tasks of a shared queue are read in place, and their
   * places come back when the function is done, or its worker lost.
   *
   * @example A queue of the starting thread
   * ```ts
   * import { BackgroundQueue, Runtime } from "@kindred/kindred";
   * import type { LentBatch } from "@kindred/kindred/batching";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const sums: number[] = [];
   * const queue = new BackgroundQueue<number>(async (batch) => {
   *   const sum = (tasks: LentBatch<number>) => {
   *     let sum = 0;
   *     for (const task of tasks) sum += task;
   *     return sum;
   *   };
   *   sums.push(await batch.bound().withBlocking(sum, { runtime }));
   * });
   * queue.pushMany([1, 2, 3]);
   * await queue.idle();
   * assertEquals(sums, [6]);
   * ```
   *
   * @returns What the function returns, or why it did not, as for `Runtime.spawn()`.
   * @throws {TypeError} If the batch is completed, the function is none, or no runtime is given where there is none.
   */
  async withBlocking<R>(
    fn: SentFunction<[tasks: LentBatch<Task>], R>,
    options: BlockingOptions = {},
  ): Promise<Awaited<R>> {
    checkFunction("process batch elsewhere", "'fn'", fn);
    // At once, since the batch may be completed while the rest is loaded.
    const loan = this.#cells.lend();
    try {
      // A queue of one thread needs nothing of all that.
      const { runOn } = await import("./lend.ts");
      return await runOn(loan, fn, options) as Awaited<R>;
    } finally {
      loan.end();
    }
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

/** A batch that is bounded. */
export function boundedOf<Task>(
  cells: BatchCells<unknown, unknown>,
): BoundedBatch<Task> {
  return new BoundedBatch(cells as BatchCells<Task, unknown>);
}

/**
 * Tasks that nobody has looked at are a mistake.
 *
 * @throws {BatchIncompleteError} If a batch is still open.
 */
export function checkBounded(
  { isBounded, size }: { readonly isBounded: boolean; readonly size: number },
): void {
  if (isBounded) return;
  throw new BatchIncompleteError(
    size,
    "its processor returned without bounding it",
  );
}

import { aware } from "../aware/aware.ts";
import type { BatchView } from "../sync/batch/batch_view.ts";
import { formNamed, type TaskFormName } from "./shared/task_form.ts";
import type { TaskSlice } from "./task_slice.ts";

/** Where the tasks of a lent batch are. */
export type LentTasks<Task> =
  | { readonly tasks: readonly Task[] }
  | { readonly view: BatchView<unknown>; readonly form: TaskFormName };

/**
 * The tasks of a batch where another thread processes them: see
 * {@linkcode BoundedBatch.withBlocking}. Those of a shared queue lie where they were
 * pushed, in the memory of its ring; others are copies. They can be read until the
 * function that got them is done.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { type LentBatch, TaskQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const queue = new TaskQueue<number, number>(async (batch) => {
 *   const assignment = batch.bound();
 *   const squares = await assignment.withBlocking(
 *     (tasks: LentBatch<number>) => tasks.toArray().map((n) => n * n),
 *     { runtime },
 *   );
 *   assignment.resolve(squares);
 * });
 * assertEquals(await queue.pushMany([1, 2, 3]), [1, 4, 9]);
 * ```
 */
export class LentBatch<Task> implements TaskSlice<Task> {
  /** Only for the compiler: it can be sent. */
  declare readonly "~sendable": true;
  readonly #source: LentTasks<Task>;

  /** Made by a batch. */
  constructor(source: LentTasks<Task>) {
    this.#source = source;
  }

  static {
    aware(import.meta.url, LentBatch, {
      take: (batch) => batch.#source,
      make: (source) => new LentBatch(source),
    });
  }

  /** How many tasks. */
  get length(): number {
    const source = this.#source;
    return "tasks" in source ? source.tasks.length : source.view.length;
  }

  /**
   * The task at an index; from the end if it is negative.
   *
   * @throws {TypeError} If the batch is not kept any more.
   */
  at(index: number): Task | undefined {
    const source = this.#source;
    if ("tasks" in source) return source.tasks.at(index);
    const k = Math.trunc(index) || 0;
    const from = k < 0 ? k + this.length : k;
    return from < 0 || from >= this.length
      ? undefined
      : formNamed(source.form).read(source.view, from) as Task;
  }

  /**
   * The tasks as views that copy nothing: one, or two where the memory of the queue
   * wraps around.
   *
   * @throws {TypeError} If the batch is not kept any more.
   */
  slices(): readonly TaskSlice<Task>[] {
    const source = this.#source;
    if ("tasks" in source) return [source.tasks];
    const slices = formNamed(source.form).slices(source.view);
    return slices as readonly TaskSlice<Task>[];
  }

  /**
   * A copy of all tasks.
   *
   * @throws {TypeError} If the batch is not kept any more.
   */
  toArray(): Task[] {
    const source = this.#source;
    return "tasks" in source
      ? [...source.tasks]
      : formNamed(source.form).toArray(source.view) as Task[];
  }

  /** All tasks, in the order in which they were pushed. */
  *[Symbol.iterator](): Iterator<Task> {
    for (let k = 0; k < this.length; k++) yield this.at(k) as Task;
  }
}

import type { Pushing } from "./pushing.ts";
import { registerQueue, SharedQueue } from "./shared_queue.ts";

/**
 * A `BatchReducer` whose tasks come from all threads of a runtime, and are reduced on
 * its workers: made by `BatchReducer.on()`.
 *
 * It can be an argument of tasks and calls; there it is the same one.
 *
 * @example From a worker
 * ```ts
 * import { BatchReducer, Runtime, type SharedBatchReducer } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * await using counts = await BatchReducer.on<number, number>(
 *   runtime,
 *   (tasks) => tasks.size,
 *   { tasks: "u32" },
 * );
 * const count = await runtime.spawn(
 *   (counts: SharedBatchReducer<number, number>) => counts.reduce(5),
 *   counts,
 * );
 * assertEquals(count, 1);
 * ```
 */
export class SharedBatchReducer<Task, Result> extends SharedQueue {
  readonly #pushing: Pushing<Result | undefined>;

  /** Made by `BatchReducer.on()`. */
  constructor(pushing: Pushing<never>) {
    super(pushing);
    this.#pushing = pushing as unknown as Pushing<Result | undefined>;
  }

  /**
   * Adds a task to a batch that grows.
   *
   * @returns For the first task of a batch, whichever thread has pushed it, what the reducer returns or throws; for others `undefined`. Why there is none as for `SharedTaskQueue.push()`.
   */
  reduce(task: Task): Promise<Result | undefined> {
    return new Promise((resolve, reject) =>
      void this.#pushing.push(task, resolve, reject)
    );
  }
}

registerQueue("reduced", SharedBatchReducer);

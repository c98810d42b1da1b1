import { BoundedBatch } from "./bounded_batch.ts";
import type { LocalBatch } from "./local_batch.ts";
import { LocalQueue } from "./local_queue.ts";
import {
  type BatchQueueOptions,
  checkFunction,
  checkOptions,
} from "./queue_options.ts";
import type { SharedBatchReducer } from "./shared/shared_batch_reducer.ts";
import type { SharedQueueOptions } from "./shared/start_queue.ts";
import type { Runtime } from "../workers/runtime/runtime.ts";
import type { QueueStats } from "./queue_stats.ts";
import { isThenable } from "../codec/thenable.ts";

/** What the first task of a batch does with all of them. */
interface Reduction<Task> {
  readonly reducer: (tasks: BoundedBatch<Task>) => unknown;
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}

type ReducedBatch<Task> = LocalBatch<Task, never, Reduction<Task>>;

/** What all but the first task of a batch get. */
const NOTHING = Promise.resolve(undefined);

/**
 * Joins tasks to batches that are reduced by one of their callers: the one whose
 * task opened the batch. It gets the result, all others get `undefined`, at
 * once.
 *
 * After stack-queue, for one thread.
 *
 * @example Usage
 * ```ts
 * import { BatchReducer } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * const sums = new BatchReducer<number>();
 * const sum = (tasks: Iterable<number>) => {
 *   let total = 0;
 *   for (const n of tasks) total += n;
 *   return total;
 * };
 * const results = await Promise.all([1, 2, 3].map((n) => sums.reduce(n, sum)));
 * assertEquals(results, [6, undefined, undefined]);
 * ```
 */
export class BatchReducer<Task> {
  readonly #queue: LocalQueue<Task, never, Reduction<Task>>;

  /**
   * Makes one without tasks.
   *
   * @throws {TypeError} If an option is of the wrong kind.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(options: BatchQueueOptions = {}) {
    this.#queue = new LocalQueue(checkOptions("batch reducer", options), {
      run: reduceBatch<Task>,
      failed() {}, // the caller of the batch was told
      closed: (batch, reason) => batch.attached?.reject(reason),
    });
  }

  /**
   * A reducer in shared memory: tasks come from all threads of a runtime, and one
   * function reduces the batches on one of its workers, or on each. Who pushed the
   * first task of a batch gets the result, on whichever thread that was. It can be an
   * argument of tasks and calls. See {@linkcode SharedBatchReducer}.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { BatchReducer } from "@kindred/kindred/batching";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * await using largest = await BatchReducer.on<number, number>(
   *   runtime,
   *   (tasks) => Math.max(...tasks),
   *   { tasks: "f64" },
   * );
   * const results = await Promise.all([3, 7, 5].map((n) => largest.reduce(n)));
   * assertEquals(results, [7, undefined, undefined]);
   * ```
   *
   * @param reducer A portable function. Tasks can be read until it is done.
   * @returns The reducer, when its workers have loaded the function.
   * @throws As `TaskQueue.on()`.
   */
  static async on<Task, Result>(
    runtime: Runtime,
    reducer: (tasks: BoundedBatch<Task>) => Result | PromiseLike<Result>,
    options: SharedQueueOptions<Task> = {},
  ): Promise<SharedBatchReducer<Task, Result>> {
    const kind = { what: "shared batch reducer", kind: "reduced" } as const;
    // A queue of one thread needs nothing of a runtime.
    const { startQueue } = await import("./shared/start_queue.ts");
    const queue = await startQueue(kind, runtime, reducer, options);
    return queue as SharedBatchReducer<Task, Result>;
  }

  /**
   * Adds a task to the batch that grows. If it is the first one, the batch is
   * bounded in a microtask and given to the reducer.
   *
   * @param reducer Gets all tasks of the batch, which can be read until it is done. The reducers of other tasks are not called.
   * @returns For the first task what its reducer returns or throws, for others `undefined`.
   * @throws {TypeError} If the reducer is no function.
   */
  reduce<Result>(
    task: Task,
    reducer: (tasks: BoundedBatch<Task>) => Result | PromiseLike<Result>,
  ): Promise<Result | undefined> {
    checkFunction("reduce batch", "its reducer", reducer);
    return this.#add(task, reducer) as Promise<Result | undefined>;
  }

  /**
   * Like {@linkcode BatchReducer.reduce}: for the first task all tasks of its
   * batch, for others `undefined`.
   *
   * @example Usage
   * ```ts
   * import { BatchReducer } from "@kindred/kindred/batching";
   * import { assertEquals } from "@std/assert";
   *
   * const reducer = new BatchReducer<string>();
   * const results = await Promise.all([reducer.collect("a"), reducer.collect("b")]);
   * assertEquals(results, [["a", "b"], undefined]);
   * ```
   */
  collect(task: Task): Promise<Task[] | undefined> {
    return this.#add(task, toArray) as Promise<Task[] | undefined>;
  }

  /** What it did so far, and how it is at the moment. */
  stats(): QueueStats {
    return this.#queue.stats();
  }

  #add(
    task: Task,
    reducer: (tasks: BoundedBatch<Task>) => unknown,
  ): Promise<unknown> {
    const queue = this.#queue;
    if (queue.hasRoom) {
      const batch = queue.add(task);
      return batch.size === 1 ? attach(batch, reducer) : NOTHING;
    }
    const refusal = queue.refusal(1);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    return new Promise((resolve, reject) => {
      const enter = () => resolve(this.#add(task, reducer));
      queue.wait({ enter, refuse: reject });
    });
  }
}

function toArray<Task>(tasks: BoundedBatch<Task>): Task[] {
  return tasks.toArray();
}

function attach<Task>(
  batch: ReducedBatch<Task>,
  reducer: (tasks: BoundedBatch<Task>) => unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    batch.attached = { reducer, resolve, reject };
  });
}

/** Gives the caller of the batch its result. */
function reduceBatch<Task>(
  batch: ReducedBatch<Task>,
): Promise<unknown> | void {
  batch.seal();
  const { reducer, resolve, reject } = batch.attached!;
  try {
    const result = reducer(new BoundedBatch(batch));
    if (!isThenable(result)) return resolve(result);
    const settled = Promise.resolve(result);
    settled.then(resolve, reject);
    return settled;
  } catch (error) {
    reject(error);
  }
}

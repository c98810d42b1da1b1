import { type BoundedBatch, boundedOf, checkBounded } from "./bounded_batch.ts";
import { LocalQueue } from "./local_queue.ts";
import { OpenBatch } from "./open_batch.ts";
import {
  type BatchQueueOptions,
  checkFunction,
  checkOptions,
} from "./queue_options.ts";
import type { SharedBackgroundQueue } from "./shared/shared_background_queue.ts";
import type { SharedQueueOptions } from "./shared/start_queue.ts";
import type { Runtime } from "../workers/runtime/runtime.ts";
import type { QueueStats } from "./queue_stats.ts";

/** Processes batches of tasks for which nobody waits. */
export type BackgroundProcessor<Task> = (
  batch: OpenBatch<BoundedBatch<Task>>,
) => void | PromiseLike<void>;

/** Options of `BackgroundQueue.on()`. */
export interface SharedBackgroundOptions<Task>
  extends
    SharedQueueOptions<Task>,
    Pick<BackgroundQueueOptions<Task>, "onError"> {}

/** Options of a {@linkcode BackgroundQueue}. */
export interface BackgroundQueueOptions<Task> extends BatchQueueOptions {
  /**
   * Called when a batch has failed, with what its processor threw and the tasks of
   * the batch; none if the processor had dropped it. Default: the error becomes an unhandled rejection.
   */
  readonly onError?: (error: unknown, tasks: Task[]) => void;
}

/**
 * Joins tasks to batches as a `TaskQueue` does, but nobody waits for a
 * value. Tasks of a queue are processed in the order in which they were pushed; so
 * are their batches, if `concurrency` is 1.
 *
 * After stack-queue, for one thread.
 *
 * @example Usage
 * ```ts
 * import { BackgroundQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * const written: string[][] = [];
 * const log = new BackgroundQueue<string>((batch) => {
 *   written.push(batch.bound().toArray()); // one write for all
 * });
 * log.push("started");
 * log.push("listening");
 * await log.idle();
 * assertEquals(written, [["started", "listening"]]);
 * ```
 */
export class BackgroundQueue<Task> {
  readonly #queue: LocalQueue<Task, never>;

  /**
   * Makes an empty queue.
   *
   * @param processor Gets each batch as soon as it is opened, and bounds it. The batch is over when it returns.
   * @throws {TypeError} If the processor is no function, or an option is of the wrong kind.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(
    processor: BackgroundProcessor<Task>,
    options: BackgroundQueueOptions<Task> = {},
  ) {
    const action = "create background queue";
    checkFunction(action, "its processor", processor);
    const { onError } = options;
    if (onError !== undefined) checkFunction(action, "'onError'", onError);
    const checked = checkOptions("background queue", options);
    this.#queue = new LocalQueue(checked, {
      run(batch) {
        const open = new OpenBatch(batch, boundedOf<Task>);
        const result = processor(open);
        return result === undefined
          ? checkBounded(open)
          : Promise.resolve(result).then(() => checkBounded(open));
      },
      failed(batch, error) {
        if (onError === undefined) void Promise.reject(error);
        else tell(onError, error, batch.isFreed ? [] : batch.toArray());
      },
    });
  }

  /**
   * A queue in shared memory: all threads of a runtime push into it, and one of its
   * workers, or each, processes the batches. It can be an argument of tasks and calls.
   * See {@linkcode SharedBackgroundQueue}.
   *
   * @example Usage
   * ```ts
   * import { Runtime, SharedCounter } from "@kindred/kindred";
   * import { BackgroundQueue, closure } from "@kindred/kindred";
   * import type { BoundedBatch, OpenBatch } from "@kindred/kindred/batching";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const sum = new SharedCounter();
   * const added = await BackgroundQueue.on<number>(
   *   runtime,
   *   closure(sum, (sum, batch: OpenBatch<BoundedBatch<number>>) => {
   *     for (const n of batch.bound()) sum.add(n);
   *   }),
   *   { tasks: "u32" },
   * );
   * added.pushMany([1, 2, 3]);
   * await added.close();
   * assertEquals(sum.value, 6);
   * ```
   *
   * @returns The queue, when its workers have loaded the processor.
   * @throws As `TaskQueue.on()`.
   */
  static async on<Task>(
    runtime: Runtime,
    processor: BackgroundProcessor<Task>,
    options: SharedBackgroundOptions<Task> = {},
  ): Promise<SharedBackgroundQueue<Task>> {
    const what = "shared background queue";
    const { onError } = options;
    if (onError !== undefined) {
      checkFunction(`create ${what}`, "'onError'", onError);
    }
    const kind = { what, kind: "background" } as const;
    // A queue of one thread needs nothing of a runtime.
    const { startQueue } = await import("./shared/start_queue.ts");
    const queue = await startQueue(kind, runtime, processor, options);
    const background = queue as SharedBackgroundQueue<Task>;
    background.onError = onError;
    return background;
  }

  /**
   * Adds a task to the batch that grows.
   *
   * @throws {QueueFullError} If the queue is full and `overflow` is `"reject"`.
   * @throws {unknown} The reason of the signal, if that has closed the queue.
   */
  push(task: Task): void {
    if (this.#queue.hasRoom) this.#queue.add(task);
    else this.#pushLater(task);
  }

  /**
   * Adds several tasks: all of them, or none if it throws.
   *
   * @throws {QueueFullError} If there is no room for all and `overflow` is `"reject"`.
   * @throws {TypeError} If the tasks are not iterable.
   * @throws {unknown} The reason of the signal, if that has closed the queue.
   */
  pushMany(tasks: Iterable<Task>): void {
    const all = Array.isArray(tasks) ? tasks : [...tasks];
    const refusal = this.#queue.refusal(all.length);
    if (refusal !== undefined) throw refusal.reason;
    for (const task of all) this.push(task);
  }

  /** Resolves when each task that was pushed is processed. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** What it did so far, and how it is at the moment. */
  stats(): QueueStats {
    return this.#queue.stats();
  }

  #pushLater(task: Task): void {
    const refusal = this.#queue.refusal(1);
    if (refusal !== undefined) throw refusal.reason;
    this.#queue.wait({
      enter: () => void this.#queue.add(task),
      refuse() {},
    });
  }
}

function tell<Task>(
  onError: (error: unknown, tasks: Task[]) => void,
  error: unknown,
  tasks: Task[],
): void {
  try {
    onError(error, tasks);
  } catch (failure) {
    void Promise.reject(failure);
  }
}

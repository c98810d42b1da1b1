import type { BatchCells } from "./batch_cells.ts";
import { BatchIncompleteError } from "./batch_errors.ts";
import { BoundedBatch } from "./bounded_batch.ts";
import { LocalQueue } from "./local_queue.ts";
import { OpenBatch } from "./open_batch.ts";
import {
  type BatchQueueOptions,
  checkFunction,
  checkOptions,
} from "./queue_options.ts";

/** Processes batches of tasks for which nobody waits. */
export type BackgroundProcessor<Task> = (
  batch: OpenBatch<BoundedBatch<Task>>,
) => void | PromiseLike<void>;

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
        const open = new OpenBatch(batch, toBounded<Task>);
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

  #pushLater(task: Task): void {
    const refusal = this.#queue.refusal(1);
    if (refusal !== undefined) throw refusal.reason;
    this.#queue.wait({
      enter: () => void this.#queue.add(task),
      refuse() {},
    });
  }
}

function toBounded<Task>(
  cells: BatchCells<unknown, unknown>,
): BoundedBatch<Task> {
  return new BoundedBatch(cells as BatchCells<Task, unknown>);
}

/** Tasks that nobody has looked at are a mistake. */
function checkBounded<Task>(open: OpenBatch<BoundedBatch<Task>>): void {
  if (open.isBounded) return;
  throw new BatchIncompleteError(
    open.size,
    "its processor returned without bounding it",
  );
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

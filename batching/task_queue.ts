import {
  KeyedTaskQueue,
  type KeyedTaskQueueOptions,
} from "./keyed_task_queue.ts";
import {
  type BatchQueueOptions,
  checkFunction,
  checkOptions,
  checkSignal,
} from "./queue_options.ts";
import type { QueueStats } from "./queue_stats.ts";
import type { SharedTaskQueue } from "./shared/shared_task_queue.ts";
import type { SharedQueueOptions } from "./shared/start_queue.ts";
import type { Runtime } from "../workers/runtime/runtime.ts";
import { type BatchProcessor, ValueQueue } from "./value_queue.ts";

/** Options of `push()` and `pushMany()`. */
export interface PushOptions {
  /**
   * Gives up the wait: the promise is rejected with its reason. A task that waits
   * for a place leaves the line; one that is part of a batch stays, and its
   * value is thrown away.
   */
  readonly signal?: AbortSignal;
}

/**
 * Joins tasks to batches, without a timer: the first task opens a batch, whose
 * processor starts in a microtask, and until the processor bounds the batch all that
 * is pushed is part of it. Each task is answered by its own value.
 *
 * A promise in JavaScript does not wait to be awaited: `push()` adds the task at
 * the call.
 *
 * After stack-queue, for one thread.
 *
 * @example Usage
 * ```ts
 * import { TaskQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new Map([[1, "one"], [2, "two"]]);
 * let queries = 0;
 * const names = new TaskQueue<number, string | undefined>((batch) => {
 *   queries++; // one query for all of them
 *   const assignment = batch.bound();
 *   assignment.resolve(assignment.toArray().map((id) => table.get(id)));
 * });
 * const found = await Promise.all([names.push(2), names.push(1), names.push(3)]);
 * assertEquals(found, ["two", "one", undefined]);
 * assertEquals(queries, 1);
 * ```
 */
export class TaskQueue<Task, Value> {
  readonly #queue: ValueQueue<Task, Value>;

  /**
   * Makes an empty queue.
   *
   * @param processor Gets each batch as soon as it is opened, and completes it.
   *   What it throws is the reason for all tasks that have no answer yet.
   * @throws {TypeError} If the processor is no function, or an option is of the wrong kind.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(
    processor: BatchProcessor<Task, Value>,
    options: BatchQueueOptions = {},
  ) {
    checkFunction("create task queue", "its processor", processor);
    this.#queue = new ValueQueue(
      processor,
      checkOptions("task queue", options),
    );
  }

  /**
   * A queue in shared memory: all threads of a runtime push into it, and one of its
   * workers, or each, processes the batches. It can be an argument of tasks and calls.
   *
   * The processor is a portable function; it gets batches as that of a queue on one
   * thread does. See {@linkcode SharedTaskQueue}.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { type SharedTaskQueue, TaskQueue } from "@kindred/kindred/batching";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start();
   * await using doubled = await TaskQueue.on<number, number>(
   *   runtime,
   *   (batch) => batch.bound().map((n) => 2 * n),
   *   { tasks: "f64", worker: 0 },
   * );
   * assertEquals(await doubled.pushMany([1, 2]), [2, 4]);
   *
   * const there = await runtime.spawn( //  from a worker
   *   (queue: SharedTaskQueue<number, number>) => queue.push(21),
   *   doubled,
   * );
   * assertEquals(there, 42);
   * ```
   *
   * @returns The queue, when its workers have loaded the processor.
   * @throws {TypeError} If the runtime is none, the processor is no function or cannot be sent, or an option is of the wrong kind.
   * @throws {RangeError} If an option is out of range.
   * @throws {RuntimeClosedError} If the runtime is closed.
   * @throws {unknown} The reason of the signal, if that is aborted.
   */
  static async on<Task, Value>(
    runtime: Runtime,
    processor: BatchProcessor<Task, Value>,
    options: SharedQueueOptions<Task> = {},
  ): Promise<SharedTaskQueue<Task, Value>> {
    const kind = { what: "shared task queue", kind: "values" } as const;
    // A queue of one thread needs nothing of a runtime.
    const { startQueue } = await import("./shared/start_queue.ts");
    const queue = await startQueue(kind, runtime, processor, options);
    return queue as SharedTaskQueue<Task, Value>;
  }

  /**
   * A queue that asks for each key once, and remembers the answers: see
   * {@linkcode KeyedTaskQueue}.
   *
   * @example Usage
   * ```ts
   * import { TaskQueue } from "@kindred/kindred/batching";
   * import { assertEquals } from "@std/assert";
   *
   * const asked: string[][] = [];
   * const lengths = TaskQueue.byKey<string, number>((batch) => {
   *   const assignment = batch.bound();
   *   asked.push(assignment.toArray());
   *   return assignment.map((key) => key.length);
   * });
   * const found = await lengths.loadMany(["a", "bcd", "a"]);
   * assertEquals(found, [1, 3, 1]);
   * assertEquals(asked, [["a", "bcd"]]);
   * ```
   */
  static byKey<Key, Value, CacheKey = Key>(
    processor: BatchProcessor<Key, Value>,
    options: KeyedTaskQueueOptions<Key, Value, CacheKey> = {},
  ): KeyedTaskQueue<Key, Value, CacheKey> {
    return new KeyedTaskQueue(processor, options);
  }

  /**
   * Adds a task to the batch that grows, at once; where the queue is full, see
   * `overflow`.
   *
   * @returns Its value, or why there is none: what the processor threw or rejected it with, a `BatchIncompleteError`, a `QueueFullError` or the reason of a signal.
   * @throws {TypeError} If the signal is none.
   */
  push(task: Task, options?: PushOptions): Promise<Value> {
    if (options?.signal === undefined) return this.#queue.push(task);
    checkSignal("push task", options.signal);
    return this.#queue.pushAbortable(task, options.signal);
  }

  /**
   * Adds several tasks, with one promise for all. They may become parts of
   * several batches.
   *
   * @returns Their values in order, or the first failure. If `overflow` is `"reject"` and there is no room for all, none is added.
   * @throws {TypeError} If the tasks are not iterable, or the signal is none.
   */
  pushMany(
    tasks: Iterable<Task>,
    options?: PushOptions,
  ): Promise<Value[]> {
    checkSignal("push tasks", options?.signal);
    return this.#queue.pushMany(
      Array.isArray(tasks) ? tasks : [...tasks],
      options?.signal,
    );
  }

  /** Resolves when each task that was pushed has its answer and no processor runs. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** What it did so far, and how it is at the moment. */
  stats(): QueueStats {
    return this.#queue.stats();
  }
}

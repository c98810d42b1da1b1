import { checkSignal } from "../queue_options.ts";
import type { PushOptions } from "../task_queue.ts";
import { abortable } from "../abortable.ts";
import { GroupRun, ValueGroup } from "../value_group.ts";
import type { InLine } from "../waiting_line.ts";
import type { Pushing } from "./pushing.ts";
import { registerQueue, SharedQueue } from "./shared_queue.ts";

/**
 * A `TaskQueue` whose tasks come from all threads of a runtime, and are processed on
 * its workers: made by `TaskQueue.on()`.
 *
 * It can be an argument of tasks and calls; there it is the same queue.
 *
 * @example Structs, and a queue for each worker
 * ```ts
 * import { Runtime, struct, TaskQueue } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * const Point = struct({ x: "f64", y: "f64" });
 * await using runtime = await Runtime.start();
 * await using norms = await TaskQueue.on<{ x: number; y: number }, number>(
 *   runtime,
 *   (batch) => batch.bound().map(({ x, y }) => Math.hypot(x, y)),
 *   { tasks: Point, worker: "each" },
 * );
 * assertEquals(await norms.push({ x: 3, y: 4 }), 5);
 * ```
 */
export class SharedTaskQueue<Task, Value> extends SharedQueue {
  readonly #pushing: Pushing<Value>;

  /** Made by `TaskQueue.on()`. */
  constructor(pushing: Pushing<never>) {
    super(pushing);
    this.#pushing = pushing as unknown as Pushing<Value>;
  }

  /**
   * Adds a task to a batch that grows.
   *
   * @returns Its value, or why there is none: as for `TaskQueue.push()`; a `WorkerLostError` if the worker was lost that had it; a `RuntimeClosedError`; or what is wrong with the task.
   * @throws {TypeError} If the signal is none.
   */
  push(task: Task, options?: PushOptions): Promise<Value> {
    const signal = options?.signal;
    const pushing = this.#pushing;
    if (signal === undefined) {
      return new Promise((resolve, reject) =>
        void pushing.push(task, resolve, reject)
      );
    }
    checkSignal("push task", signal);
    if (signal.aborted) return Promise.reject(signal.reason);
    let waiting: InLine | undefined;
    const { promise, resolve, reject } = abortable<Value>(signal, () => {
      if (waiting !== undefined) pushing.leave(waiting);
    });
    try {
      waiting = pushing.push(task, resolve, reject);
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  /**
   * Adds several tasks, with one promise for all. They may become parts of several
   * batches. Numbers in a typed array of the queue's kind are copied as they are.
   *
   * @returns Their values in order, or the first failure. If `overflow` is `"reject"` and there is no room for all, none is added, unless another thread took the room at that moment.
   * @throws {TypeError} If the signal is none.
   */
  pushMany(tasks: Iterable<Task>, options?: PushOptions): Promise<Value[]> {
    const signal = options?.signal;
    checkSignal("push tasks", signal);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const pushing = this.#pushing;
    let waiting: InLine[] = [];
    const { promise, resolve, reject } = signal === undefined
      ? Promise.withResolvers<Value[]>()
      : abortable<Value[]>(signal, () => {
        for (const one of waiting) pushing.leave(one);
      });
    try {
      const records = pushing.form.records(tasks);
      if (records.length === 0) resolve([]);
      const group = new ValueGroup<Value>(records.length, resolve, reject);
      waiting = pushing.pushMany(
        records,
        (index, ticket) => new GroupRun(group, (index - ticket) | 0),
        reject,
      );
    } catch (error) {
      reject(error);
    }
    return promise;
  }
}

registerQueue("values", SharedTaskQueue);

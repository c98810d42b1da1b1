import type { InLine } from "../waiting_line.ts";
import type { FailureHandler, Pushing } from "./pushing.ts";
import { registerQueue, SharedQueue } from "./shared_queue.ts";

/** Nobody waits. */
function nobody(): void {}

/**
 * A `BackgroundQueue` whose tasks come from all threads of a runtime, and are processed
 * on its workers: made by `BackgroundQueue.on()`.
 *
 * It can be an argument of tasks and calls; there it is the same queue. Failures of a
 * batch are told on each thread that has pushed tasks of it.
 *
 * @example Usage
 * ```ts
 * import { BackgroundQueue, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const failures: unknown[] = [];
 * await using log = await BackgroundQueue.on<string>(runtime, (batch) => {
 *   throw new Error(`no room for ${batch.bound().size} lines`);
 * });
 * log.onError = (error, lines) => failures.push([(error as Error).message, lines]);
 * log.push("started");
 * log.push("stopped");
 * await log.idle();
 * assertEquals(failures, [["no room for 2 lines", ["started", "stopped"]]]);
 * ```
 */
export class SharedBackgroundQueue<Task> extends SharedQueue {
  readonly #pushing: Pushing<void>;

  /** Made by `BackgroundQueue.on()`. */
  constructor(pushing: Pushing<never>) {
    super(pushing);
    this.#pushing = pushing as unknown as Pushing<void>;
  }

  /**
   * Is told on this thread when a batch has failed, with those of its tasks that this
   * thread has pushed; none if the processor had dropped them or the worker was
   * lost. Without it the error becomes an unhandled rejection.
   */
  set onError(handler: ((error: unknown, tasks: Task[]) => void) | undefined) {
    this.#pushing.onFailure = handler as FailureHandler | undefined;
  }

  /**
   * Adds a task to a batch that grows.
   *
   * @throws {QueueFullError} If the queue is full and `overflow` is `"reject"`.
   * @throws {TypeError} If it is none of the queue's tasks, or the queue was closed.
   * @throws {RangeError} If a number in it is out of range.
   * @throws {unknown} The reason of the signal, if that has closed the queue.
   */
  push(task: Task): void {
    const waiting = this.#pushing.push(task, nobody, refuse);
    if (waiting !== undefined) this.#tellLater(waiting);
  }

  /**
   * Adds several tasks.
   *
   * @throws As {@linkcode push}.
   */
  pushMany(tasks: Iterable<Task>): void {
    const records = this.#pushing.form.records(tasks);
    const waiting = this.#pushing.pushMany(records, () => nobody, refuse);
    for (const one of waiting) this.#tellLater(one);
  }

  /** What waits for a place and gets none has failed. */
  #tellLater(one: InLine): void {
    one.refuse = (reason) => this.#pushing.late(reason);
  }
}

/** At the call. */
function refuse(reason: unknown): never {
  throw reason;
}

registerQueue("background", SharedBackgroundQueue);

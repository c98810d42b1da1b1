/**
 * Tasks: functions that run on a worker.
 *
 * @module
 */

import { checkTimeout, Deadline } from "../../sync/thread/timeout.ts";
import type { WaitOptions } from "../../sync/thread/wait.ts";
import { keepResolve, takeResolve } from "../desk/kept_resolve.ts";
import type { TaskCall, TaskState } from "./task_call.ts";

/**
 * A function that runs on a worker: a promise of what it returns, which can also be
 * joined, and that blocks the thread.
 *
 * A task that nobody awaits runs all the same. If it fails then, that is an
 * unhandled rejection, as of any promise.
 *
 * After Rust's `JoinHandle` and `AbortHandle`
 * (https://docs.rs/tokio/latest/tokio/task/struct.JoinHandle.html).
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const task = runtime.spawn((a: number, b: number) => a + b, 1, 2);
 * assertEquals(await task, 3);
 * assertEquals(task.state, "done");
 * ```
 *
 * @typeParam T What the function returns, or what a promise of it resolves to.
 */
export class Task<T> extends Promise<T> {
  readonly #call: TaskCall;

  /** Made by `spawn()`. */
  constructor(call: TaskCall) {
    super(keepResolve as () => void);
    call.resolves(takeResolve());
    this.#call = call;
  }

  /** What it is called in errors: its option `name`, or that of its function. */
  get name(): string {
    return this.#call.name;
  }

  /**
   * Whether it waits for its worker (`"queued"`), runs, has returned (`"done"`),
   * has thrown or lost its worker (`"failed"`), or was given up (`"cancelled"`):
   * by {@linkcode cancel}, its signal or its timeout.
   */
  get state(): TaskState {
    return this.#call.state;
  }

  /** The index of the worker that runs it; undefined while that is not decided. */
  get worker(): number | undefined {
    const worker = this.#call.runner;
    return worker < 0 ? undefined : worker;
  }

  /**
   * Resolves, and never rejects, when no worker has to do with the task any more.
   * That is later than its promise if it was cancelled while it ran.
   */
  get ended(): Promise<void> {
    return this.#call.over;
  }

  /**
   * Blocks this thread until the task ends.
   *
   * A worker that blocks so goes on to serve others where that is sound: methods
   * that are not `async` of instances that are not in the middle of a method, and
   * unbound tasks that are not `async`. All else waits until it goes on, the event
   * loop as well: timers, sockets and promises.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const task = runtime.spawn((n: number) => n * n, 12);
   * assertEquals(task.join(), 144);
   * ```
   *
   * @returns What the task returned.
   * @throws What it threw, or why it was given up.
   * @throws {DeadlockError} If it can never end while this thread blocks.
   * @throws {DOMException} Named `TimeoutError`, if the time is up. The task goes
   * on.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  join(options: WaitOptions = {}): T {
    checkTimeout(options.timeout, "join task");
    return this.#call.join(new Deadline(options.timeout)) as T;
  }

  /**
   * Gives the task up: it is rejected at once. If it has not started, it never
   * does; if it runs, it is told: see `currentTask()`.
   *
   * @example Usage
   * ```ts
   * import { currentTask, Runtime } from "@kindred/kindred";
   * import { assert, assertEquals, assertRejects } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const task = runtime.spawn(async () => {
   *   const { signal } = currentTask();
   *   await new Promise((resolve) => signal.addEventListener("abort", resolve));
   * });
   * assert(task.cancel());
   * await assertRejects(() => task.then(), DOMException, "cancelled");
   * assertEquals(task.state, "cancelled");
   * await task.ended;
   * ```
   *
   * @param reason What it is rejected with. Default: a `DOMException` named
   * `AbortError`.
   * @returns Whether it was under way.
   */
  cancel(reason?: unknown): boolean {
    const call = this.#call;
    return !call.isSettled && call.cancel(reason ?? call.aborted());
  }

  /** What `Object.prototype.toString` says of it. */
  override get [Symbol.toStringTag](): string {
    return "Task";
  }
}

// What is made of a task, by `then()` say, is a promise and no task. And `await` takes
// a promise as it is only if this says so: or each task would cost it another promise,
// and two more microtasks.
Object.defineProperty(Task.prototype, "constructor", {
  value: Promise,
  writable: true,
  configurable: true,
});

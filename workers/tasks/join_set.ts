/**
 * Join sets: tasks that are awaited in the order in which they end.
 *
 * @module
 */

import type { PortableArguments } from "../../codec/portable.ts";
import { isTimeout } from "../errors.ts";
import type { SentFunction } from "../functions/sent_function.ts";
import type { Spawner } from "./spawner.ts";
import type { Task } from "./task.ts";

/** What became of a task of a {@linkcode JoinSet}. */
export type Joined<T> = PromiseSettledResult<T> & {
  /** Which task it was. */
  readonly task: Task<T>;
};

/**
 * Tasks that are awaited in the order in which they end. When the set is disposed,
 * those that are left are cancelled.
 *
 * After `JoinSet` of tokio
 * (https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html).
 *
 * @example Usage
 * ```ts
 * import { JoinSet, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * await using set = new JoinSet<number>(runtime);
 * for (const n of [1, 2, 3]) set.spawn((n: number) => n * n, n);
 * let sum = 0;
 * for await (const joined of set) {
 *   if (joined.status === "fulfilled") sum += joined.value;
 * }
 * assertEquals(sum, 14);
 * ```
 *
 * @typeParam T What its tasks return.
 */
export class JoinSet<T> implements Disposable, AsyncDisposable {
  readonly #spawner: Spawner;
  readonly #running = new Set<Task<T>>();
  #ended: Joined<T>[] = [];
  #waiting: ((joined: Joined<T> | undefined) => void)[] = [];

  /**
   * Makes an empty set.
   *
   * @param spawner What its tasks are spawned with: a runtime, or a view of one
   * that `on()` or `with()` gave.
   */
  constructor(spawner: Spawner) {
    if (typeof spawner?.spawn !== "function") {
      throw new TypeError(
        `Cannot make join set as 'spawner' must be a runtime or a view of one: received ${
          spawner === null ? "null" : typeof spawner
        }`,
      );
    }
    this.#spawner = spawner;
  }

  /** How many tasks are in it: all that were not joined yet. */
  get size(): number {
    return this.#running.size + this.#ended.length;
  }

  /**
   * Runs a function on a worker, as part of this set.
   *
   * @returns The task, which can also be awaited by itself.
   */
  spawn<A extends unknown[]>(
    fn: SentFunction<A, T | PromiseLike<T>>,
    ...args: PortableArguments<A>
  ): Task<T> {
    return this.add(this.#spawner.spawn(fn, ...args) as Task<T>);
  }

  /**
   * Makes a task part of this set that was spawned otherwise.
   *
   * @returns The task.
   */
  add(task: Task<T>): Task<T> {
    if (this.#running.has(task)) return task;
    this.#running.add(task);
    task.then(
      (value) => this.#end({ status: "fulfilled", value, task }),
      (reason) => this.#end({ status: "rejected", reason, task }),
    );
    return task;
  }

  /**
   * Waits for the next task that ends, and takes it out of the set.
   *
   * @returns What became of it, also if it failed; undefined if the set is empty.
   */
  joinNext(): Promise<Joined<T> | undefined> {
    const joined = this.#ended.shift();
    if (joined !== undefined || this.#running.size <= this.#waiting.length) {
      return Promise.resolve(joined);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Takes a task out of the set that has ended.
   *
   * @returns What became of it; undefined if none has ended.
   */
  tryJoinNext(): Joined<T> | undefined {
    return this.#ended.shift();
  }

  /**
   * Waits for all tasks.
   *
   * @returns Their results, in the order in which they ended.
   * @throws What the first one throws that fails. Before that, the others are
   * cancelled and have ended.
   */
  async joinAll(): Promise<T[]> {
    const results: T[] = [];
    for await (const joined of this) {
      if (joined.status === "fulfilled") {
        results.push(joined.value);
        continue;
      }
      await this.shutdown();
      throw joined.reason;
    }
    return results;
  }

  /**
   * Cancels all tasks. They stay in the set, to be joined.
   *
   * @param reason What they are rejected with. Default: a `DOMException` named
   * `AbortError`.
   */
  abortAll(reason?: unknown): void {
    for (const task of [...this.#running]) task.cancel(reason);
  }

  /** Cancels all tasks, waits until they have ended, and empties the set. */
  async shutdown(): Promise<void> {
    while (this.size > 0) {
      const tasks = [...this.#running];
      this.abortAll();
      await Promise.all(tasks.map((task) => task.ended));
      await Promise.allSettled(tasks);
      this.#ended = [];
    }
  }

  /**
   * Empties the set; its tasks go on. If one of them fails then, that is an
   * unhandled rejection, as of any task that nobody awaits.
   */
  detachAll(): void {
    this.#running.clear();
    this.#ended = [];
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  /** What becomes of the tasks, in the order in which they end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Joined<T>, void, undefined> {
    for (
      let joined = await this.joinNext();
      joined !== undefined;
      joined = await this.joinNext()
    ) yield joined;
  }

  /** Cancels all tasks, and empties the set. */
  [Symbol.dispose](): void {
    this.abortAll();
    this.detachAll();
  }

  /** As {@linkcode shutdown}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #end(joined: Joined<T>): void {
    if (!this.#running.delete(joined.task)) {
      // Nobody joins it any more. Who cancels it knows what becomes of it.
      if (joined.status === "fulfilled") return;
      const { reason, task } = joined;
      if (task.state === "failed" || isTimeout(reason)) Promise.reject(reason);
      return;
    }
    const resolve = this.#waiting.shift();
    if (resolve === undefined) this.#ended.push(joined);
    else resolve(joined);
  }
}

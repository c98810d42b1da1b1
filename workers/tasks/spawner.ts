/**
 * What tasks are spawned with: a runtime, or a view of it with options.
 *
 * @module
 */

import type { PortableArguments } from "../../codec/portable.ts";
import { PartialFailureError } from "../../linked/errors.ts";
import type {
  SentFunction,
  SentGenerator,
  SentMapper,
} from "../functions/sent_function.ts";
import { TaskStream } from "../streams/task_stream.ts";
import { withoutClosure } from "./closure_call.ts";
import { type MapOptions, mapOver } from "./map.ts";
import {
  checkSpawnOptions,
  checkWorker,
  type SpawnOptions,
} from "./spawn_options.ts";
import type { Task } from "./task.ts";
import type { TaskPort } from "./task_port.ts";

/**
 * Spawns tasks on the workers of a runtime, with the same options each time. It
 * never changes, and can be used again and again.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const quick = runtime.with({ name: "square", timeout: 10_000 });
 * const squares = [1, 2, 3].map((n) => quick.spawn((n: number) => n * n, n));
 * assertEquals(await Promise.all(squares), [1, 4, 9]);
 * ```
 */
export class Spawner {
  readonly #port: TaskPort;
  readonly #options: SpawnOptions;

  /** Made by a runtime. */
  constructor(port: TaskPort, options: SpawnOptions = {}) {
    this.#port = port;
    this.#options = options;
  }

  /** How many workers there are. */
  get size(): number {
    return this.#port.size;
  }

  /**
   * Runs a function on a worker.
   *
   * The function is self-contained, so that it uses only its arguments, globals
   * and `currentTask`; or a module exports it with `portable()`; or it is a closure
   * (see `closure()`), which goes with its data. Arguments and
   * result are copied: the compiler refuses those that cannot be (see `Portable`).
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const length = await runtime.spawn((text: string) => text.length, "Ada");
   * assertEquals(length, 3);
   * ```
   *
   * @typeParam A The types of its parameters.
   * @typeParam R What it returns.
   * @returns The task. What is wrong with the function or its arguments rejects it.
   */
  spawn<A extends unknown[], R>(
    fn: SentFunction<A, R>,
    ...args: PortableArguments<A>
  ): Task<Awaited<R>> {
    const task = withoutClosure(fn, args, this.#options);
    const { promise } = this.#port.spawn(task.fn, task.args, task.options);
    return promise as Task<Awaited<R>>;
  }

  /**
   * Runs a generator on a worker; what it yields comes here, as it is wanted.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const numbers = runtime.stream(async function* (from: number) {
   *   for (let n = from;; n++) yield n;
   * }, 10);
   * let sum = 0;
   * for await (const n of numbers) {
   *   if (n > 12) break;
   *   sum += n;
   * }
   * assertEquals(sum, 33);
   * ```
   *
   * @typeParam A The types of its parameters.
   * @typeParam T What it yields.
   * @param fn A generator function, async or not, or one that returns something
   * iterable; portable as for {@linkcode Spawner.spawn}.
   * @returns The stream. What is wrong with the function or its arguments is
   * thrown where it is iterated.
   */
  stream<A extends unknown[], T>(
    fn: SentGenerator<A, T>,
    ...args: PortableArguments<A>
  ): TaskStream<Awaited<T>> {
    const task = withoutClosure(fn, args, this.#options);
    return new TaskStream(
      this.#port,
      (items) => this.#port.spawn(task.fn, task.args, task.options, { items }),
      this.#options.window,
    );
  }

  /**
   * Runs a function on a worker for each item of a source.
   *
   * Never more than `concurrency` items are taken from the source whose results are
   * not yet taken from here. Items that prove to be small and short go to a worker
   * several at a time, and are one task there; if one of them then takes long, it
   * holds up at most those that went with it and were not started. If one fails, no more are taken, the others are
   * cancelled, and once all have ended the failure is thrown; leaving the loop early
   * ends it in the same way. Results that are there by then are dropped.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const squares = runtime.map([1, 2, 3], (n: number) => n * n);
   * assertEquals(await Array.fromAsync(squares), [1, 4, 9]);
   * ```
   *
   * @typeParam T The items.
   * @typeParam R What the function returns.
   * @throws {TypeError} If an argument is of another type.
   * @throws {RangeError} If a number is no positive integer.
   */
  map<T, R>(
    source: Iterable<T> | AsyncIterable<T>,
    fn: SentMapper<T, R>,
    options: MapOptions = {},
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    const port = this.#port;
    const spawn = this.#options;
    const results = mapOver({ port, spawn, source, fn }, options);
    return results as AsyncGenerator<Awaited<R>, void, undefined>;
  }

  /**
   * Spawns on one worker.
   *
   * @example Usage
   * ```ts
   * import { currentTask, Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const worker = await runtime.on(0).spawn(() => currentTask().worker);
   * assertEquals(worker, 0);
   * ```
   *
   * @param worker The index of the worker, from 0 on.
   * @throws {RangeError} If there is no such worker.
   */
  on(worker: number): Spawner {
    checkWorker(worker, this.size, "spawn on");
    return new Spawner(this.#port, { ...this.#options, worker });
  }

  /**
   * Spawns with further options; what is not named stays as it is.
   *
   * @throws {TypeError} If an option is of another type.
   * @throws {RangeError} If there is no such worker, or a timeout is negative or
   * not a number.
   */
  with(options: SpawnOptions): Spawner {
    checkSpawnOptions(options, this.size);
    return new Spawner(this.#port, { ...this.#options, ...options });
  }

  /**
   * Runs a function on every worker.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const sums = await runtime.broadcast((a: number, b: number) => a + b, 1, 2);
   * assertEquals(sums, [3]);
   * ```
   *
   * @returns The results in the order of the workers.
   * @throws {PartialFailureError} If it failed on some of them, once it has ended
   * on all.
   */
  async broadcast<A extends unknown[], R>(
    fn: SentFunction<A, R>,
    ...args: PortableArguments<A>
  ): Promise<Awaited<R>[]> {
    const tasks = Array.from(
      { length: this.size },
      (_, worker) => this.on(worker).spawn(fn, ...args),
    );
    const results = await Promise.allSettled(tasks);
    if (results.some(({ status }) => status === "rejected")) {
      throw new PartialFailureError(tasks[0]!.name, results);
    }
    return results.map((result) =>
      (result as PromiseFulfilledResult<Awaited<R>>).value
    );
  }
}

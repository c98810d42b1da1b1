/**
 * A runtime as any thread of it sees it.
 *
 * @module
 */

import type { PinnedAffinity } from "../../aware/affinity.ts";
import { runScope, type Scope, type ScopeOptions } from "../tasks/scope.ts";
import { Spawner } from "../tasks/spawner.ts";
import type { TaskPort } from "../tasks/task_port.ts";
import type { AffinityList } from "./affinity_list.ts";

let portIn: (face: RuntimeFace) => TaskPort;

/** How a runtime takes tasks, for what is built on it. */
export function portOf(face: RuntimeFace): TaskPort {
  return portIn(face);
}

/**
 * What every thread of a runtime can do with it: a worker too, where it is
 * `currentTask().runtime` or `Runtime.current`.
 *
 * @example A task that spawns others
 * ```ts
 * import { currentTask, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const sum = await runtime.spawn(async () => {
 *   const { runtime } = currentTask();
 *   const one = runtime.spawn((n: number) => n + 1, 0);
 *   const two = runtime.spawn((n: number) => n + 1, 1);
 *   return await one + await two;
 * });
 * assertEquals(sum, 3);
 * ```
 */
export class RuntimeFace extends Spawner {
  readonly #port: TaskPort;
  readonly #affinities: AffinityList;

  static {
    portIn = (face) => face.#port;
  }

  /** Made by a runtime. */
  constructor(port: TaskPort, affinities: AffinityList) {
    super(port);
    this.#port = port;
    this.#affinities = affinities;
  }

  /**
   * Where the workers live, in order: processors by their own indices, nodes in the
   * order in which workers are on them. Where threads are not pinned, and inline, all
   * are on one node.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start();
   * const [first] = runtime.affinities;
   * assertEquals([first?.processor, first?.processors], [0, runtime.size]);
   * ```
   */
  get affinities(): readonly PinnedAffinity[] {
    return this.#affinities.of(this.#port.size);
  }

  /**
   * Runs a callback that spawns tasks with the scope that it gets, and waits until
   * all of them have ended, also those that nobody awaits.
   *
   * The first failure, of a task or of the callback, cancels the rest. It is thrown
   * once all have ended, also those that were cancelled while they ran; failures
   * that came after it are in its property `suppressed`, an array. A task that was
   * cancelled by itself is no failure, one whose time is up is. Streams that are still
   * open when the callback has ended are ended.
   *
   * @example Usage
   * ```ts
   * import { currentTask, Runtime } from "@kindred/kindred";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const error = await assertRejects(() =>
   *   runtime.scope((scope) => {
   *     scope.spawn(() => {
   *       throw new RangeError("too far");
   *     });
   *     scope.spawn(async () => {
   *       const { signal } = currentTask();
   *       await new Promise((end) => signal.addEventListener("abort", end));
   *     });
   *   }), RangeError);
   * assertEquals(error.message, "too far");
   * ```
   *
   * @typeParam R What the callback returns.
   * @returns What the callback returns.
   * @throws The first failure.
   * @throws The reason of the signal, if that is aborted.
   * @throws {TypeError} If an argument is of another type.
   */
  scope<R>(
    callback: (scope: Scope) => R,
    options: ScopeOptions = {},
  ): Promise<Awaited<R>> {
    return runScope(this.#port, callback, options);
  }

  /**
   * Ends the runtime, on the thread that started it.
   *
   * @throws {Error} On a worker, and inside of a task: it would wait for itself.
   */
  close(): Promise<void> {
    return Promise.reject(
      new Error(
        "Cannot close the runtime from inside a task as that would wait for the task itself: close it on the thread that started it",
      ),
    );
  }
}

import type { RuntimeFace } from "../workers/runtime/runtime_face.ts";
import { JobQueue } from "./job_queue.ts";
import { LineReference } from "./line_reference.ts";
import type { OrderedOptions, Reference } from "./ordered.ts";
import { makeRemote } from "./remote/make_remote.ts";
import type { PlacedDesync } from "./remote/placed_desync.ts";
import type { RemoteDesyncOptions } from "./remote/remote_options.ts";

/**
 * Data that is protected by the order of what is done with it, instead of a lock:
 * nobody but the jobs of the object gets it, and they run one at a time, in the
 * order in which they were asked for, also where they await something.
 *
 * After Desync (https://docs.rs/desync).
 *
 * @example Usage
 * ```ts
 * import { Desync } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const number = new Desync(0);
 * number.desync((n) => {
 *   n.value = 42;
 * });
 * assertEquals(number.sync((n) => n.value), 42);
 * ```
 *
 * @example Awaiting in a job
 * ```ts
 * import { Desync } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const balance = new Desync(100);
 * async function withdraw(b: { value: number }, sum: number): Promise<boolean> {
 *   const before = b.value;
 *   await Promise.resolve(); //                        nobody comes between
 *   if (before < sum) return false;
 *   b.value = before - sum;
 *   return true;
 * }
 * const both = await Promise.all([
 *   balance.futureSync(withdraw, 80),
 *   balance.futureSync(withdraw, 80),
 * ]);
 * assertEquals(both, [true, false]);
 * ```
 *
 * @typeParam T What the data is.
 */
export class Desync<T> extends JobQueue<[ref: Reference<T>]> {
  /**
   * Takes data, which nobody else is to use from then on. No thread is started.
   *
   * @throws {TypeError} If an option is of the wrong kind.
   */
  constructor(
    value: T,
    options: OrderedOptions<[ref: Reference<T>]> = {},
  ) {
    const reference = new LineReference(value);
    super(options, reference);
    reference.belongsTo(this);
  }

  /**
   * Makes data on a worker of a runtime, and an object of them, which all threads of
   * the runtime can use: it has the same interface, and can be sent to them.
   *
   * What makes the data is a portable function, and so are the jobs; their arguments and
   * results are copied.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * await using list = await Desync.on(runtime, () => ["a"]);
   * list.desync((l, item: string) => l.value.push(item), "b");
   * assertEquals(list.sync((l) => l.value.join()), "a,b");
   * ```
   *
   * @example Used by another worker
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { Desync, type PlacedDesync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start();
   * await using total = await Desync.on(runtime, () => 0);
   * const add = (sum: PlacedDesync<number>, n: number) => {
   *   sum.desync((s, n) => s.value += n, n);
   * };
   * await Promise.all([1, 2, 3].map((n) => runtime.spawn(add, total, n)));
   * assertEquals(await total.futureSync((s) => s.value), 6);
   * ```
   *
   * @typeParam T What the data is.
   * @param factory Makes the data, or a promise of them: a portable function.
   * @throws {TypeError} If an argument is of another type, or cannot be sent.
   * @throws {RangeError} If there is no such worker.
   * @throws What the factory throws.
   */
  static on<T>(
    runtime: RuntimeFace,
    factory: (...args: never[]) => T | PromiseLike<T>,
    options: RemoteDesyncOptions<T> = {},
  ): Promise<PlacedDesync<T>> {
    return makeRemote(runtime, factory, options);
  }
}

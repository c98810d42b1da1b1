/**
 * One value for each processor.
 *
 * @module
 */

import { PerAffinity } from "./per_affinity.ts";
import { registerHandles } from "./per_affinity_kind.ts";
import type { SlotSource } from "./slot_source.ts";
import { PER_CORE } from "./strategy.ts";

/**
 * A handle of a value of which each processor, and so each worker of a runtime, has its
 * own: made where it is first needed, and the same one for all handles that come there.
 *
 * Sent to a worker in a call, the handle that arrives means the worker's value, which is
 * kept for as long as a handle is in use on the thread that made the first one. What
 * makes the values is portable, then: exported by its module with `portable()`, or using
 * only its arguments and globals.
 *
 * After `Arc<T, PerCore>` of Rust's `thread_aware`.
 *
 * @example A table of each worker
 * ```ts
 * import { PerCore, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * const seen = new PerCore(() => new Map<string, number>());
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const count = (word: string) =>
 *   runtime.on(0).spawn((seen: PerCore<Map<string, number>>, word: string) => {
 *     const times = (seen.value.get(word) ?? 0) + 1;
 *     seen.value.set(word, times);
 *     return times;
 *   }, seen, word);
 * assertEquals([await count("a"), await count("a")], [1, 2]);
 * assertEquals(seen.value.size, 0); // this thread has its own
 * ```
 *
 * @typeParam T The type of the values.
 */
export class PerCore<T> extends PerAffinity<T> {
  /**
   * Makes the value of this thread.
   *
   * @param source Where values come from.
   * @throws {TypeError} If that is no source, or a value cannot be copied.
   * @throws {RangeError} If slots are given, and the one that is meant is empty.
   * @throws What makes the value throws.
   */
  constructor(source: SlotSource<T>) {
    super(PER_CORE, source);
  }
}

registerHandles(PER_CORE, PerCore);

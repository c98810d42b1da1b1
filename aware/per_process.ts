/**
 * One value for all.
 *
 * @module
 */

import { PerAffinity } from "./per_affinity.ts";
import { registerHandles } from "./per_affinity_kind.ts";
import type { SlotSource } from "./slot_source.ts";
import { PER_PROCESS } from "./strategy.ts";

/**
 * A handle of a value that all places have in common, with the same ways as
 * {@linkcode PerCore}: so that how far a value is shared is one word of a program.
 *
 * What lives in shared memory is the same one on all threads, as {@linkcode PerNode}
 * says; of anything else each thread has one, which all handles there mean.
 *
 * After `Arc<T, PerProcess>` of Rust's `thread_aware`.
 *
 * @example Usage
 * ```ts
 * import { manualAffinities, PerProcess } from "@kindred/kindred/aware";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const [first, second] = manualAffinities([1, 1]);
 * const here = new PerProcess(() => new Map());
 * const there = here.clone().relocated(first!, second!);
 * assertStrictEquals(there.value, here.value);
 * ```
 *
 * @typeParam T The type of the value.
 */
export class PerProcess<T> extends PerAffinity<T> {
  /**
   * Makes the value.
   *
   * @param source Where values come from.
   * @throws {TypeError} If that is no source, or a value cannot be copied.
   * @throws {RangeError} If slots are given, and the first one is empty.
   * @throws What makes the value throws.
   */
  constructor(source: SlotSource<T>) {
    super(PER_PROCESS, source);
  }
}

registerHandles(PER_PROCESS, PerProcess);

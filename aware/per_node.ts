/**
 * One value for each NUMA node.
 *
 * @module
 */

import { PerAffinity } from "./per_affinity.ts";
import { registerHandles } from "./per_affinity_kind.ts";
import type { SlotSource } from "./slot_source.ts";
import { PER_NODE } from "./strategy.ts";

/**
 * A handle of a value of which each NUMA node has its own, as {@linkcode PerCore} for
 * processors.
 *
 * What lives in shared memory is one for all workers of a node: the first one that needs
 * it makes it, in memory of the node, and the others attach to it. That are objects as
 * `SharedCounter` or `Mutex`, and arrays and plain objects of them; these are frozen, as
 * each worker has a copy. Anything else cannot be shared by JavaScript's threads: then
 * each worker has one of its own. Which of both it is, the first value tells. The thread
 * that made the handle has a value of its own, unless it lives on a node.
 *
 * After `Arc<T, PerNuma>` of Rust's `thread_aware`.
 *
 * @example Hits counted on each node
 * ```ts
 * import { PerNode, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * // export const newCounter = portable(import.meta.url, function newCounter() {
 * //   return new SharedCounter();
 * // });
 * import { hitNode, newCounter } from "../examples/node_hits.ts";
 *
 * const hits = new PerNode(newCounter);
 *
 * await using runtime = await Runtime.start();
 * const counts: number[] = [];
 * for (const worker of runtime.affinities.keys()) {
 *   counts.push(await runtime.on(worker).spawn(hitNode, hits));
 * }
 * const onFirst = runtime.affinities.filter(({ node }) => node === 0);
 * assertEquals(counts[onFirst.at(-1)!.processor], onFirst.length);
 * ```
 *
 * @typeParam T The type of the values.
 */
export class PerNode<T> extends PerAffinity<T> {
  /**
   * Makes the value of this thread.
   *
   * @param source Where values come from.
   * @throws {TypeError} If that is no source, or a value cannot be copied.
   * @throws {RangeError} If slots are given, and the one that is meant is empty.
   * @throws What makes the value throws.
   */
  constructor(source: SlotSource<T>) {
    super(PER_NODE, source);
  }
}

registerHandles(PER_NODE, PerNode);

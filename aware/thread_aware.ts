/**
 * Objects that are told where they live.
 *
 * @module
 */

import { knowWhereabouts } from "../codec/relocation.ts";
import { isAffinity, type MemoryAffinity } from "./affinity.ts";
import { currentAffinity } from "./current_affinity.ts";

/**
 * An object that is told when it lives on another thread, so that it can let go of what
 * is contended there, and take or make what belongs to its new place.
 *
 * That is a cooperation for speed, and never needed for correctness: an object has to
 * stay right when it is not told, told twice, told a wrong place, or one where it is
 * already.
 *
 * After `ThreadAware` of Rust's `thread_aware`
 * (https://crates.io/crates/thread_aware).
 *
 * @example A counter that nobody else writes to
 * ```ts
 * import { manualAffinities, relocate, type ThreadAware } from "@kindred/kindred/aware";
 * import { assertEquals } from "@std/assert";
 *
 * const HITS = new Map<number, { hits: number }>();
 * function hitsOf(processor: number): { hits: number } {
 *   let own = HITS.get(processor);
 *   if (own === undefined) HITS.set(processor, own = { hits: 0 });
 *   return own;
 * }
 * class Page implements ThreadAware {
 *   #own = hitsOf(0);
 *   hit() {
 *     this.#own.hits++;
 *   }
 *   relocated(_source: MemoryAffinity, destination: MemoryAffinity): void {
 *     if (destination !== "unknown") this.#own = hitsOf(destination.processor);
 *   }
 * }
 *
 * import type { MemoryAffinity } from "@kindred/kindred/aware";
 * const [first, second] = manualAffinities([2]);
 * const page = new Page();
 * page.hit();
 * relocate(page, first!, second!).hit();
 * assertEquals([...HITS], [[0, { hits: 1 }], [1, { hits: 1 }]]);
 * ```
 */
export interface ThreadAware {
  /**
   * Is called once for each way, on the thread where it lives now, after all that is
   * in it was told. It is called while a value arrives, so it must not wait for other
   * threads by `join()`.
   *
   * @param source Where it was; `"unknown"` if nobody can tell.
   * @param destination Where it is.
   * @returns What takes its place where it is held; nothing: itself.
   */
  relocated(source: MemoryAffinity, destination: MemoryAffinity): unknown;
}

knowWhereabouts({ here: currentAffinity, isPlace: isAffinity });

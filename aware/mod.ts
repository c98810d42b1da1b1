/**
 * Values that know where they live: affinities, and one copy of a value for each
 * processor or NUMA node.
 *
 * ```ts
 * import { manualAffinities, sameAffinity } from "@kindred/kindred/aware";
 * import { assert } from "@std/assert";
 *
 * const [here, there] = manualAffinities([1, 1]);
 * assert(!sameAffinity(here!, there!));
 * ```
 *
 * @module
 */

export {
  manualAffinities,
  type MemoryAffinity,
  type PinnedAffinity,
  sameAffinity,
} from "./affinity.ts";
export {
  AffinityRegistry,
  type AffinityRegistryOptions,
  type ProcessorCount,
} from "./affinity_registry.ts";
export { aware, type AwareClass, type AwareOptions } from "./aware.ts";
export {
  type Closure,
  closure,
  type ClosureMut,
  closureMut,
  type ClosureOnce,
  closureOnce,
} from "./closure.ts";
export { currentAffinity } from "./current_affinity.ts";
export * from "./first_names.ts";
export { relocate } from "./relocate.ts";
export { type ThreadAware } from "./thread_aware.ts";
export { ThreadAwareValidator } from "./thread_aware_validator.ts";
export { Unaware } from "../codec/unaware.ts";
export { PerAffinity } from "./per_affinity.ts";
export { PerCore } from "./per_core.ts";
export { PerNode } from "./per_node.ts";
export { PerProcess } from "./per_process.ts";
export type { CopiedValue, GivenSlots, SlotSource } from "./slot_source.ts";
export { RegionCached } from "./region_cached.ts";
export { RegionLocal } from "./region_local.ts";

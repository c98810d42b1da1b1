/**
 * What is called otherwise in `thread_aware` 0.3, by the names that it has there.
 *
 * @module
 */

export { manualAffinities as createManualAffinities } from "./affinity.ts";
export type {
  Closure as RelocateFn,
  ClosureMut as RelocateFnMut,
  ClosureOnce as RelocateFnOnce,
} from "./closure.ts";
export {
  closureMut as relocateMut,
  closureOnce as relocateOnce,
} from "./closure.ts";
export { PerNode as PerNuma } from "./per_node.ts";

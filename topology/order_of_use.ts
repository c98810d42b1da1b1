/**
 * Which processors a program uses first, and how many of them.
 *
 * @module
 */

import type { ProcessorSet } from "./processor_set.ts";
import type { Topology } from "./topology.ts";

/** The ids of one processor of each core, then of their siblings. */
export function inOrderOfUse(allowed: ProcessorSet): number[] {
  const first = allowed.onePerCore();
  return [...first.ids, ...allowed.except(first).ids];
}

/** As many as there are cores, and as the quota feeds; at least one. */
export function coresWithinQuota(topology: Topology): number {
  return withinQuota(topology.allowed.onePerCore().size, topology);
}

/** Of so many processors, as many as the quota feeds; at least one. */
export function withinQuota(
  count: number,
  { quota = Infinity }: Topology,
): number {
  return Math.min(count, Math.max(1, Math.floor(quota)));
}

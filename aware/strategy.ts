/**
 * Which affinities have a value in common.
 *
 * @module
 */

import type { MemoryAffinity } from "./affinity.ts";

/** How the values of one kind are numbered. */
export interface Strategy {
  /** Which one it is in a frame: the same on all threads. */
  readonly number: number;
  /** The name of the class. */
  readonly name: string;
  /** Which value an affinity has; -1 where nobody knows. */
  index(affinity: MemoryAffinity): number;
  /** How many values there are, as an affinity tells it; 0 where nobody knows. */
  count(affinity: MemoryAffinity): number;
}

/** One value for each processor. */
export const PER_CORE: Strategy = {
  number: 0,
  name: "PerCore",
  index: (affinity) => affinity === "unknown" ? -1 : affinity.processor,
  count: (affinity) => affinity === "unknown" ? 0 : affinity.processors,
};

/** One value for each node. */
export const PER_NODE: Strategy = {
  number: 1,
  name: "PerNode",
  index: (affinity) => affinity === "unknown" ? -1 : affinity.node,
  count: (affinity) => affinity === "unknown" ? 0 : affinity.nodes,
};

/** One value for all, wherever they are. */
export const PER_PROCESS: Strategy = {
  number: 2,
  name: "PerProcess",
  index: () => 0,
  count: () => 1,
};

/**
 * A counter for each NUMA node.
 *
 * @module
 */

import { type PerNode, portable, SharedCounter } from "../mod.ts";

/** Makes the counter of a node. */
export const newCounter: () => SharedCounter = portable(
  import.meta.url,
  function newCounter() {
    return new SharedCounter();
  },
);

/** Counts one hit on the node of the thread that calls. Returns how many it has. */
export const hitNode: (hits: PerNode<SharedCounter>) => number = portable(
  import.meta.url,
  function hitNode(hits: PerNode<SharedCounter>) {
    return hits.value.add(1) + 1;
  },
);

/**
 * From the operating system's ids to indices that run from 0.
 *
 * @module
 */

import type { PinnedAffinity } from "./affinity.ts";

/** A place by the operating system's ids, as far as they are known. */
export interface Place {
  /** The id of the processor. */
  readonly processor: number | undefined;
  /** The id of its node. */
  readonly node: number | undefined;
}

/**
 * The affinities of some places: processors in the order in which they are given,
 * nodes in the order in which they are met, so that further places change no index.
 * Where the node is unknown, all such places are on the same one.
 */
export function denseAffinities(places: readonly Place[]): PinnedAffinity[] {
  const ids = [...new Set(places.map(({ node }) => node))];
  return places.map(({ processor, node }, index) =>
    Object.freeze({
      processor: index,
      node: ids.indexOf(node),
      processors: places.length,
      nodes: ids.length,
      ...(processor !== undefined && { processorId: processor }),
      ...(node !== undefined && { nodeId: node }),
    })
  );
}

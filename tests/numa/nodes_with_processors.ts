/**
 * The nodes of the machine that threads can run on.
 *
 * @module
 */

import { type NumaNode, topology } from "../../mod.ts";

/** All that have processors. */
export function nodesWithProcessors(): NumaNode[] {
  return topology().nodes.filter(({ processors }) => processors.size > 0);
}

/** The first one and the last one of these. */
export function farNodes(): [NumaNode, NumaNode] {
  const nodes = nodesWithProcessors();
  return [nodes[0]!, nodes.at(-1)!];
}

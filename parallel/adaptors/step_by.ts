/**
 * `stepBy`: every n-th value.
 *
 * @module
 */

import type { IndexedNode } from "../plan/node.ts";
import { reindexed } from "../plan/reindexed.ts";

/** The first value, and then every `step`-th. */
export function stepBy(former: IndexedNode, step: number): IndexedNode {
  return reindexed(former, {
    key: "stepBy",
    params: [step],
    length: Math.ceil(former.length / step),
    toFormer: ([step], index) => `${index} * ${step}`,
  });
}

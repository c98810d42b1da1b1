/**
 * `rev`: the last value first.
 *
 * @module
 */

import type { IndexedNode } from "../plan/node.ts";
import { reindexed } from "../plan/reindexed.ts";

/** The same values in the opposite order. */
export function rev(former: IndexedNode): IndexedNode {
  const { length } = former;
  return reindexed(former, {
    key: "rev",
    params: [length - 1],
    length,
    toFormer: ([last], index) => `${last} - ${index}`,
  });
}

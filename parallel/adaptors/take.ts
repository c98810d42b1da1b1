/**
 * `take`: the first values only.
 *
 * @module
 */

import type { IndexedNode } from "../plan/node.ts";
import { reindexed } from "../plan/reindexed.ts";

/** The values before an index. */
export function take(former: IndexedNode, count: number): IndexedNode {
  return reindexed(former, {
    key: "take",
    params: [],
    length: Math.min(count, former.length),
    keepsRuns: true,
    toFormer: (_, index) => index,
  });
}

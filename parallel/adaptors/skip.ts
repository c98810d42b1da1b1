/**
 * `skip`: all values but the first ones.
 *
 * @module
 */

import type { IndexedNode } from "../plan/node.ts";
import { reindexed } from "../plan/reindexed.ts";

/** All values from an index on. */
export function skip(former: IndexedNode, count: number): IndexedNode {
  const skipped = Math.min(count, former.length);
  return reindexed(former, {
    key: "skip",
    params: [skipped],
    length: former.length - skipped,
    keepsRuns: true,
    toFormer: ([skipped], index) => `${index} + ${skipped}`,
  });
}

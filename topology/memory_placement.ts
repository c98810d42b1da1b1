/**
 * Placing new memory on a node by the best means that the system allows.
 *
 * @module
 */

import { topology } from "./detect.ts";
import type { NumaNode } from "./hardware.ts";
import { touchFrom } from "./memory_first_touch.ts";
import { bindPages } from "./memory_policy.ts";

/**
 * What decides where memory is: `"bound"`, the kernel takes each page from the
 * node as it is first used; `"touched"`, a thread that ran on the node has used
 * all pages first, so that they came from there; `"anywhere"`, whoever uses a
 * page first.
 */
export type MemoryPlacement = "bound" | "touched" | "anywhere";

/** What came of the placing of memory. */
export interface Placed {
  /** What decides where the memory is. */
  readonly placement: MemoryPlacement;
  /** Why it is not bound, and not touched either. */
  readonly reasons: readonly string[];
}

/**
 * Places memory that nobody has used yet: by a policy, or else by touching all
 * of it from the node.
 *
 * @param node The node; `undefined` where it is not known.
 * @param bytes All of a buffer that is a mapping of its own.
 * @param strict Whether pages may come from no other node.
 */
export function placeOn(
  node: NumaNode | undefined,
  bytes: Uint8Array<SharedArrayBuffer>,
  strict: boolean,
): Placed {
  if (node === undefined) {
    const reason = "not bound: the processor of this thread is not known";
    return { placement: "anywhere", reasons: [reason] };
  }
  const notBound = bindPages(bytes, node.id, strict);
  if (notBound === undefined) return { placement: "bound", reasons: [] };
  const reasons = [`not bound to node ${node.id}: ${notBound}`];
  // On the only node there is all memory is where it should be.
  if (topology().nodes.length === 1) return { placement: "anywhere", reasons };
  const notTouched = touchFrom(node, bytes.buffer);
  if (notTouched === undefined) return { placement: "touched", reasons };
  reasons.push(`not touched from there: ${notTouched}`);
  return { placement: "anywhere", reasons };
}

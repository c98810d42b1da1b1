/**
 * Places the memory of a worker on its NUMA node.
 *
 * @module
 */

import { allocateFrom } from "../../sync/memory/arena.ts";
import { bindMemory, bindPages } from "../../topology/memory_policy.ts";
import type { Fabric } from "../fabric/fabric.ts";

/** What memory of a worker is placed. */
export interface PlaceHereOptions {
  /** The mailboxes. */
  readonly fabric: Fabric;
  /** Which of them is its own. */
  readonly slot: number;
  /** The id of the node. */
  readonly node: number;
}

/**
 * Has a mailbox, and what the calling thread allocates from now on, come from a
 * node. What another thread has written to the mailbox is moved there.
 *
 * @returns Why none of it is placed; undefined if it is.
 */
export function placeHere(
  { fabric, slot, node }: PlaceHereOptions,
): string | undefined {
  const reason = bindMemory(fabric.handle.buffer, node, fabric.mailbox(slot));
  if (reason !== undefined) return `not bound to node ${node}: ${reason}`;
  allocateFrom((byteLength) => {
    // A growable buffer is a mapping of its own. It is not the arena's default,
    // as to make a view on one takes longer; to use a view does not.
    const buffer = new SharedArrayBuffer(byteLength, {
      maxByteLength: byteLength,
    });
    // What was possible for the mailbox is so for this; if not, the pages come
    // from where this thread runs when it writes to them.
    bindPages(new Uint8Array(buffer, 0, byteLength), node);
    return buffer;
  });
  return undefined;
}

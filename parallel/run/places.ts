/**
 * On which NUMA nodes the memory of a plan lies.
 *
 * @module
 */

import { currentAffinity } from "../../aware/current_affinity.ts";
import { nodeOfThread } from "../../topology/memory_node.ts";
import { nodeOf } from "../../topology/memory_pages.ts";
import type { Node } from "../plan/node.ts";

/** Indices whose memory lies on one node. */
export interface Place {
  /** The id of the node. */
  readonly node: number;
  /** The first index. */
  readonly from: number;
  /** The one behind the last. */
  readonly to: number;
}

/** Who has less memory reads it in no time, wherever it is, in bytes. */
const WORTH_PLACING = 1 << 20;
/** So many pages are looked at. */
const SAMPLES = 64;
/** Memory that is in more parts than this lies everywhere. */
const MOST_PLACES = 16;

/**
 * Where the indices of a plan have their memory, from one on, in order; undefined if it
 * is in one place, everywhere, or nobody knows.
 *
 * Only some pages are looked at, as that takes about a microsecond each. So the
 * borders are about right, which is enough.
 *
 * @param nodeAt Tells the node of a byte of a buffer.
 */
export function placesOf(
  { near, length }: Node,
  from: number,
  nodeAt: typeof nodeOf = nodeOf,
): Place[] | undefined {
  if (near === undefined) return undefined;
  const { view, each } = near;
  const perIndex = each * view.BYTES_PER_ELEMENT;
  if ((length - from) * perIndex < WORTH_PLACING) return undefined;
  const places: { node: number; from: number; to: number }[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const index = from + Math.floor(sample * (length - from) / SAMPLES);
    const node = nodeAt(view.buffer, view.byteOffset + index * perIndex);
    const last = places.at(-1);
    // Memory that nobody has written to belongs to what is before it.
    if (node === undefined || node === last?.node) continue;
    if (last !== undefined) last.to = index;
    const start = last === undefined ? from : index;
    places.push({ node, from: start, to: length });
    if (places.length > MOST_PLACES) return undefined;
  }
  return places.length > 1 ? places : undefined;
}

/** The id of the node that this thread is on, where known. */
export function nodeHere(): number | undefined {
  const affinity = currentAffinity();
  return affinity === "unknown" ? nodeOfThread()?.id : affinity.nodeId;
}

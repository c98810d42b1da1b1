/**
 * Memory that all threads have before anything is in it, and that grows on a node.
 *
 * @module
 */

import { bindMemory } from "../topology/memory_policy.ts";
import type { MemoryAffinity } from "./affinity.ts";

/** It grows by whole pages, of which a system may have large ones. */
const STEP = 2 ** 16;

/** Makes memory of no size yet, that can have so many bytes. */
export function growingMemory(maxByteLength: number): SharedArrayBuffer {
  return new SharedArrayBuffer(0, { maxByteLength });
}

/**
 * Has memory be of some size at least. What is new comes from the node of an affinity,
 * where that is possible, and else from where it is first written to.
 *
 * @throws {RangeError} If that is more than there can be.
 */
export function growTo(
  memory: SharedArrayBuffer,
  byteLength: number,
  affinity: MemoryAffinity,
): void {
  const former = memory.byteLength;
  if (byteLength <= former) return;
  if (byteLength > memory.maxByteLength) {
    throw new RangeError(
      `Cannot put value into shared memory as it may take ${memory.maxByteLength} bytes: received ${byteLength}`,
    );
  }
  const end = Math.ceil(byteLength / STEP) * STEP;
  memory.grow(Math.min(end, memory.maxByteLength));
  if (affinity === "unknown" || affinity.nodes === 1) return;
  if (affinity.nodeId === undefined) return;
  bindMemory(memory, affinity.nodeId, { byteOffset: former });
}

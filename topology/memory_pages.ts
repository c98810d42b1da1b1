/**
 * Where the pages of buffers are, and moving them.
 *
 * @module
 */

import { describeErrno, ENOENT, platform } from "../ffi/mod.ts";
import type { NumaNode } from "./hardware.ts";
import { whyNoMemoryCalls } from "./memory_missing.ts";
import { nodeNamed } from "./memory_node.ts";
import { type MemoryRange, pagesOf, viewOf } from "./memory_range.ts";

/** What became of the pages of a buffer that were to be moved. */
export interface PageMove {
  /** How many are on the node now, those included that were before. */
  readonly moved: number;
  /** How many are somewhere else. */
  readonly left: number;
  /** How many are nowhere: nobody ever wrote to them, or they are swapped out. */
  readonly untouched: number;
  /** Why there are pages somewhere else, or nothing is known of them; `undefined` if all are moved. */
  readonly reason: string | undefined;
}

/**
 * The id of the NUMA node on which a byte of a buffer is.
 *
 * @example Usage
 * ```ts
 * import { nodeOf, topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const samples = new Float64Array(1000).fill(1);
 * const node = nodeOf(samples.buffer);
 * assert(node === undefined || topology().node(node) !== undefined);
 * ```
 *
 * @param buffer The buffer.
 * @param byteOffset Which byte of it.
 * @returns The id; `undefined` where the system does not tell, or while the
 * page is nowhere, as nobody has written to it.
 * @throws {RangeError} When the buffer has no such byte.
 */
export function nodeOf(
  buffer: ArrayBufferLike,
  byteOffset: number = 0,
): number | undefined {
  const action = "Cannot tell node of byte";
  const range = { byteOffset, byteLength: 1 };
  return nodesOfView(viewOf(action, buffer, range))[0];
}

/**
 * The ids of the NUMA nodes on which the pages of a buffer are, page by page:
 * as {@linkcode nodeOf} tells for each.
 *
 * @example Usage
 * ```ts
 * import { nodesOf, NumaBuffer } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const memory = NumaBuffer.allocate(2 ** 20);
 * memory.view(Uint8Array).fill(1);
 * const nodes = new Set(nodesOf(memory.buffer));
 * assert(nodes.size === 1 || memory.placement !== "bound");
 * ```
 *
 * @param buffer The buffer.
 * @param range Which part of it; default: all.
 * @returns One id, or `undefined`, for each page that the range lies in; none where the system does not tell.
 * @throws {RangeError} When the range does not lie in the buffer.
 */
export function nodesOf(
  buffer: ArrayBufferLike,
  range: MemoryRange = {},
): (number | undefined)[] {
  return nodesOfView(viewOf("Cannot tell nodes of pages", buffer, range));
}

/**
 * Moves the pages of a buffer to a NUMA node, wherever the buffer comes from.
 * Its content stays as it is, also while other threads write to it.
 *
 * Only pages move that are somewhere already. Those that nobody has written to
 * are counted as `untouched`, and come from where they would have come from: the
 * node of a {@linkcode NumaBuffer}, or of the thread that writes to them first.
 *
 * @example Usage
 * ```ts
 * import { movePages, topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const samples = new Float64Array(100_000).fill(1);
 * const { left, reason } = movePages(samples.buffer, topology().nodes[0]!);
 * assert(left === 0 || reason !== undefined);
 * ```
 *
 * @param buffer The buffer.
 * @param node The node.
 * @param range Which part of the buffer; default: all.
 * @returns How many pages are where. A system that refuses to move is a `reason`, and no error.
 * @throws {RangeError} When the machine has no such node, or the range does not lie in the buffer.
 */
export function movePages(
  buffer: ArrayBufferLike,
  node: NumaNode | number,
  range: MemoryRange = {},
): PageMove {
  const action = "Cannot move pages";
  const { id } = nodeNamed(action, node);
  const view = viewOf(action, buffer, range);
  const system = platform();
  const { memory } = system;
  if (memory === undefined) {
    const reason = whyNoMemoryCalls(system);
    return { moved: 0, left: 0, untouched: 0, reason };
  }
  const pages = pagesOf(memory, view);
  const { errno, states } = memory.movePages(pages, id);
  // A call that moves some says nothing about the others.
  const after = memory.nodesOf(pages);
  const known = after.errno === 0 ? [...after.states] : [];
  const moved = known.filter((state) => state === id).length;
  const untouched = known.filter((state) => state === -ENOENT).length;
  const left = known.length - moved - untouched;
  return {
    moved,
    left,
    untouched,
    reason: errno !== 0 ? refusalOf(errno) : whyLeft(states, left),
  };
}

/** Why pages are left, by what the call said of each. */
function whyLeft(states: Int32Array, left: number): string | undefined {
  if (left === 0) return undefined;
  const failure = states.find((state) => state < 0 && state !== -ENOENT);
  return failure === undefined
    ? "the kernel left pages where they are"
    : refusalOf(-failure);
}

function nodesOfView(view: Uint8Array): (number | undefined)[] {
  const { memory } = platform();
  if (memory === undefined) return [];
  const { errno, states } = memory.nodesOf(pagesOf(memory, view));
  if (errno !== 0) return [];
  return Array.from(states, (state) => state < 0 ? undefined : state);
}

function refusalOf(errno: number): string {
  return `move_pages fails with ${describeErrno(errno)}`;
}

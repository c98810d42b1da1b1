/**
 * Shared memory where the threads of a plan leave the numbers of lists.
 *
 * @module
 */

import type { Node } from "../plan/node.ts";
import type { Sink } from "../sinks/sink.ts";
import { takeMemory } from "./spare_memory.ts";

/** Memory in which each thread writes where its indices are. */
export type Room = Float64Array<SharedArrayBuffer>;

/** A longer list is made of arrays, in numbers. */
const MOST = 2 ** 24;

/** Memory for a plan; undefined if it makes no lists. */
export function roomFor<P, R>(
  { lists = 0 }: Sink<P, R>,
  { length }: Node,
): Room | undefined {
  if (lists === 0 || length > MOST) return undefined;
  const count = lists * length;
  return new Float64Array(takeMemory(8 * count), 0, count);
}

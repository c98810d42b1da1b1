/**
 * How much of its V8 heap a thread uses, for those who read stats.
 *
 * @module
 */

import { sizeOf } from "./stats_text.ts";

/** From this part of `maxHeap` on, stats warn. */
const WARNS_AT = 0.8;

/** How much of its V8 heap a thread uses. */
export interface HeapUse {
  /**
   * What it holds, in bytes, when the worker looked last: while it sleeps that is up
   * to 10 ms before its last task ended. With what V8 has not collected yet, and
   * without the content of array buffers. Undefined where nobody looks: of a worker
   * that has not worked yet, of the starting thread, and inline.
   */
  readonly used: number | undefined;
  /** What it may hold, in bytes: `maxHeap`. Undefined: as much as V8 gives it. */
  readonly max: number | undefined;
  /** Whether it holds at least 80 % of that. */
  readonly isNearMax: boolean;
}

/** Nobody looks at it. */
export const UNSEEN: HeapUse = heapUse(undefined, Infinity);

/** What a thread uses, of what it may use. */
export function heapUse(used: number | undefined, max: number): HeapUse {
  return Object.freeze({
    used,
    max: max === Infinity ? undefined : max,
    isNearMax: used !== undefined && used >= WARNS_AT * max,
  });
}

/** What is to be said about the heap of a worker; nothing if there is enough left. */
export function heapWarning(
  worker: number,
  { used, max, isNearMax }: HeapUse,
): string[] {
  if (!isNearMax) return [];
  const part = Math.floor(100 * used! / max!);
  return [
    `worker ${worker} uses ${
      sizeOf(used!)
    } of its V8 heap: ${part} % of 'maxHeap', ${sizeOf(max!)}`,
  ];
}

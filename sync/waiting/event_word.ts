/**
 * The one word of an event: made as the options say, or that of a handle.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import { LINE, wordsOf } from "../memory/memory.ts";
import { placed } from "../memory/placed.ts";

/** Options of the events. */
export interface EventOptions {
  /** Whether it is set from the start. Default: false. */
  readonly set?: boolean;
}

/**
 * Makes an event, or attaches to one.
 *
 * @param set What stands in the word of an event that is set.
 * @throws {TypeError} If the handle is none, or one of another class.
 * @throws {RangeError} If the buffer is too small or the offset misaligned.
 */
export function eventAt<K extends string>(
  kind: K,
  source: EventOptions | SharedHandle<K>,
  set: number,
): SharedHandle<K> {
  if (source === null || "kind" in source) return placed(kind, source, LINE);
  const handle = placed(kind, undefined, LINE);
  if (source.set === true) Atomics.store(wordsOf(handle, 1), 0, set);
  return handle;
}

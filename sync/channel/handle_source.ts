/**
 * Constructors of channels that make one, or attach to one by its handle.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";

/**
 * Whether a constructor was given a handle, rather than what messages are.
 *
 * @typeParam H The handles of the class.
 */
export function isHandle<H extends SharedHandle>(source: unknown): source is H {
  return typeof source === "object" && source !== null && "kind" in source;
}

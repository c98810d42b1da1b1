/**
 * How many indices one thread takes at a time, where two plans become one.
 *
 * @module
 */

import type { Lengths, Node } from "./node.ts";

/** As many as none of them sets limits. */
export const ANY_LENGTHS: Lengths = { min: 1, max: Infinity };

/** What holds for both of two nodes. */
export function bothLengths(
  { lengths: a }: Node,
  { lengths: b }: Node,
): Lengths {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
}

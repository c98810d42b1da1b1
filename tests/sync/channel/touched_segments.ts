/**
 * How much memory a store of segments has ever used.
 */

import { PUSHED, SUPPLY } from "../../../sync/channel/segment_layout.ts";
import { type SharedSlice, wordsOf } from "../../../sync/memory/memory.ts";

/** How many segments of a store were ever used. While nobody pushes. */
export function touchedSegments(slice: SharedSlice): number {
  const words = wordsOf(slice, SUPPLY + 8);
  const supply = SUPPLY + ((Atomics.load(words, PUSHED) & 2) << 1);
  return words[supply + 3]!;
}

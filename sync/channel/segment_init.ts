/**
 * How a chain of segments begins.
 *
 * @module
 */

import {
  FREED,
  type Geometry,
  HEAD_POSITION,
  POPPED,
  PUSHED,
  startOf,
  SUPPLY,
  TAIL_POSITION,
} from "./segment_layout.ts";

/**
 * Makes a chain of one segment, without messages, out of zeroed memory.
 *
 * @param start How many messages there have been. They are counted modulo 2^30;
 * each channel passes the end of that soon.
 */
export function initSegments(
  words: Int32Array,
  geometry: Geometry,
  start: number = -1024,
): void {
  const at = startOf(geometry, 0);
  words[TAIL_POSITION] = words[HEAD_POSITION] = at;
  words[TAIL_POSITION + 1] = words[HEAD_POSITION + 1] = at + geometry.used;
  // No free segment, none read, and all after the first one fresh.
  words[SUPPLY + 3] = 1;
  Atomics.store(words, FREED, 0);
  Atomics.store(words, POPPED, start << 2);
  Atomics.store(words, PUSHED, start << 2);
}

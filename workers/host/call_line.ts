/**
 * Which calls have to stay in order.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import type { Peer } from "../mailbox/peer.ts";

/** The line of a call: those of one caller to one instance have the same. */
export function lineOf(from: Peer, frame: Reader): number {
  const family = frame.words[frame.at + 1]!;
  return 1024 * family + from.slot;
}

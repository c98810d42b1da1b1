/**
 * Frames that are handled later.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import type { Peer } from "./peer.ts";

/** A frame in memory of its own, and what it is. */
export interface KeptFrame {
  /** Who sent it. */
  readonly from: Peer;
  /** Its kind. */
  readonly kind: number;
  /** Its words. */
  readonly frame: Reader;
}

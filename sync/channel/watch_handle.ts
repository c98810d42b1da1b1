/**
 * How a watch and its ends are named in messages.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import type { PayloadForm } from "./payload.ts";

/** Names a watch, or an end of one, in a message. */
export interface WatchHandleOf<K extends string>
  extends SharedHandle<K>, PayloadForm {}

/** Names a `Watch` in a message. */
export type WatchHandle = WatchHandleOf<"Watch">;
/** Names a `WatchSender` in a message. */
export type WatchSenderHandle = WatchHandleOf<"WatchSender">;
/** Names a `WatchReceiver` in a message. */
export interface WatchReceiverHandle extends WatchHandleOf<"WatchReceiver"> {
  /** Which value the receiver has seen, modulo 2^32. */
  readonly version: number;
}

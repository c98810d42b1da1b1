/**
 * How a broadcast and its ends are named in messages.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import type { PayloadForm } from "./payload.ts";

/** Names a broadcast, or an end of one, in a message. */
export interface BroadcastHandleOf<K extends string>
  extends SharedHandle<K>, PayloadForm {
  /** How many messages are kept. */
  readonly capacity: number;
}

/** Names a `Broadcast` in a message. */
export type BroadcastHandle = BroadcastHandleOf<"Broadcast">;
/** Names a `BroadcastSender` in a message. */
export type BroadcastSenderHandle = BroadcastHandleOf<"BroadcastSender">;
/** Names a `BroadcastReceiver` in a message. */
export interface BroadcastReceiverHandle
  extends BroadcastHandleOf<"BroadcastReceiver"> {
  /** The position of the message that the receiver takes next, modulo 2^32. */
  readonly position: number;
}

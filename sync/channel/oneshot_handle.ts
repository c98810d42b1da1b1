/**
 * How a oneshot and its ends are named in messages.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import type { PayloadForm } from "./payload.ts";

/** Names a oneshot, or an end of one, in a message. */
export interface OneshotHandleOf<K extends string>
  extends SharedHandle<K>, PayloadForm {}

/** Names a `Oneshot` in a message. */
export type OneshotHandle = OneshotHandleOf<"Oneshot">;
/** Names a `OneshotSender` in a message. */
export type OneshotSenderHandle = OneshotHandleOf<"OneshotSender">;
/** Names a `OneshotReceiver` in a message. */
export type OneshotReceiverHandle = OneshotHandleOf<"OneshotReceiver">;

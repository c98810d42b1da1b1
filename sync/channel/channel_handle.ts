/**
 * How channels and their ends are named in messages.
 *
 * @module
 */

import type { SharedHandle } from "../memory/handle.ts";
import type { ChannelForm } from "./channel_form.ts";

/** Names a {@linkcode Channel} in a message. */
export interface ChannelHandle extends SharedHandle<"Channel">, ChannelForm {}

/** Names a channel in a message; who attaches to it opens a sender. */
export interface SenderHandle extends SharedHandle<"Sender">, ChannelForm {}

/** Names a channel in a message; who attaches to it opens a receiver. */
export interface ReceiverHandle extends SharedHandle<"Receiver">, ChannelForm {}

/** A channel, or an end of one. */
export interface ChannelLike {
  /** Names it in a message. */
  readonly handle: ChannelHandle | SenderHandle | ReceiverHandle;
}

/** Whether both are of the same channel. */
export function isSame(a: ChannelLike, b: ChannelLike): boolean {
  return a.handle.id === b.handle.id &&
    a.handle.byteOffset === b.handle.byteOffset;
}

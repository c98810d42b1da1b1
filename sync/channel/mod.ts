/**
 * Channels: messages from thread to thread.
 *
 * @module
 */

export {
  Broadcast,
  type BroadcastHandle,
  type BroadcastHandleOf,
  type BroadcastOptions,
  BroadcastReceiver,
  type BroadcastReceiverHandle,
  BroadcastSender,
  type BroadcastSenderHandle,
  MAX_BROADCAST_CAPACITY,
} from "./broadcast.ts";
export { bytesCodec, textCodec } from "./built_in_codecs.ts";
export { Channel, type ChannelOptions } from "./channel.ts";
export { ChannelClosedError } from "./channel_closed_error.ts";
export { type ChannelForm, MAX_CHANNEL_CAPACITY } from "./channel_form.ts";
export type {
  ChannelHandle,
  ChannelLike,
  ReceiverHandle,
  SenderHandle,
} from "./channel_handle.ts";
export type { Codec } from "./codec.ts";
export { LaggedError } from "./lagged_error.ts";
export { MessageDecodeError } from "./message_decode_error.ts";
export {
  Oneshot,
  type OneshotHandle,
  type OneshotHandleOf,
  OneshotReceiver,
  type OneshotReceiverHandle,
  OneshotSender,
  type OneshotSenderHandle,
} from "./oneshot.ts";
export {
  MAX_MESSAGE_BYTES,
  type PayloadForm,
  type PayloadOptions,
} from "./payload.ts";
export {
  Receiver,
  type RecvAsyncOptions,
  type RecvOptions,
  type RecvTarget,
} from "./receiver.ts";
export { ChannelReserveError } from "./reserve_error.ts";
export {
  type ArmChoice,
  type CheckedArms,
  type Choice,
  select,
  type SelectArm,
  type SelectArms,
  selectAsync,
  type SelectAsyncOptions,
  type SelectOptions,
  type SelectReceiver,
  type SelectSender,
  trySelect,
  type TrySelectOptions,
} from "./select.ts";
export { Selector, type SelectorChoice } from "./selector.ts";
export { Sender } from "./sender.ts";
export { after, at, never, tick, TimeReceiver } from "./timers.ts";
export {
  Watch,
  type WatchHandle,
  type WatchHandleOf,
  WatchReceiver,
  type WatchReceiverHandle,
  WatchSender,
  type WatchSenderHandle,
} from "./watch.ts";

/**
 * Channels: messages from thread to thread.
 *
 * @module
 */

export { Broadcast } from "./broadcast.ts";
export {
  type BroadcastOptions,
  MAX_BROADCAST_CAPACITY,
} from "./broadcast_core.ts";
export type {
  BroadcastHandle,
  BroadcastHandleOf,
  BroadcastReceiverHandle,
  BroadcastSenderHandle,
} from "./broadcast_handle.ts";
export { BroadcastReceiver } from "./broadcast_receiver.ts";
export { BroadcastSender } from "./broadcast_sender.ts";
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
export { failedArm } from "./failed_arm.ts";
export { LaggedError } from "./lagged_error.ts";
export { MessageDecodeError } from "./message_decode_error.ts";
export { Oneshot } from "./oneshot.ts";
export type {
  OneshotHandle,
  OneshotHandleOf,
  OneshotReceiverHandle,
  OneshotSenderHandle,
} from "./oneshot_handle.ts";
export { OneshotReceiver } from "./oneshot_receiver.ts";
export { OneshotSender } from "./oneshot_sender.ts";
export {
  MAX_MESSAGE_BYTES,
  type PayloadForm,
  type PayloadOptions,
} from "./payload.ts";
export { Receiver } from "./receiver.ts";
export type { RecvAsyncOptions, RecvOptions } from "./recv_options.ts";
export type { RecvTarget } from "./recv_target.ts";
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
export { Watch } from "./watch.ts";
export type {
  WatchHandle,
  WatchHandleOf,
  WatchReceiverHandle,
  WatchSenderHandle,
} from "./watch_handle.ts";
export { WatchReceiver } from "./watch_receiver.ts";
export { WatchSender } from "./watch_sender.ts";

/**
 * Channels: messages from any number of senders to any number of receivers.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import { perRealm } from "../thread/realm.ts";
import { recordTypeOf } from "../record/record.ts";
import type { RecordSource } from "../record/record_type.ts";
import { currentThread } from "../thread/thread.ts";
import { ChannelCore } from "./channel_core.ts";
import {
  type ChannelHandle,
  type ChannelLike,
  isSame,
} from "./channel_handle.ts";
import { type Codec, isCodec } from "./codec.ts";
import { Receiver } from "./receiver.ts";
import { DEFAULT_RESERVE } from "./segments.ts";
import { Sender } from "./sender.ts";

/** Options of {@linkcode Channel}. */
export interface ChannelOptions {
  /**
   * The most messages that wait to be received, from 1 to 2^24; or 0: a
   * rendezvous, where each send waits until a receiver has the message. Default:
   * no limit.
   */
  readonly capacity?: number;
  /**
   * Whether there is one sender and one receiver at a time: quicker, for records
   * with a capacity. Default: false.
   *
   * Send the `Channel` to the other thread then, and open its end there. A `Sender`
   * or a `Receiver` in a message opens one more end where it arrives, which is
   * refused as long as yours is open.
   */
  readonly single?: boolean;
  /**
   * How many bytes of address space there are for messages without a limit, or of
   * any size. Memory is taken as it is used. A rendezvous has as many for each of
   * its sides, at most 1 GiB. Default: 256 MiB.
   */
  readonly reserve?: number;
}

/**
 * A queue of messages from any number of senders to any number of receivers, in
 * all threads; each message is received once, in the order in which they were
 * sent.
 *
 * Messages are records, `"i32"`, `"u32"`, `"f64"` or a struct type, which are sent
 * without any allocation; or what a {@linkcode Codec} makes bytes of.
 *
 * A channel is used by its ends. Each belongs to the thread that opened it, and counts
 * until it is closed, or that thread is lost or leaves. As in crossbeam and
 * flume: when all senders are gone, receivers get what is left, and then a
 * {@linkcode ChannelClosedError}; when all receivers are gone, sends throw one that
 * has the message, and what was not received is dropped. A side is gone for
 * ever, but not before it had an end. So keep your own end open until the other
 * thread has opened its.
 *
 * A `Channel` itself is no end and keeps nothing open (what flume and tokio call
 * a weak sender): `channel.sender()` opens one as long as there are others.
 *
 * There are no permits as tokio's: a thread that is lost would keep them. Try to
 * send, or take a `Semaphore` besides.
 *
 * @typeParam T What the channel carries.
 *
 * @example Usage
 * ```ts
 * import { Channel, struct } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const Point = struct({ x: "f64", y: "f64" });
 * const channel = new Channel(Point, { capacity: 64 });
 * using tx = channel.sender();
 * tx.send({ x: 1, y: 2 });
 *
 * const same = Channel.from(channel.handle); //    in another thread
 * using rx = same.receiver();
 * assertEquals(rx.recv(), { x: 1, y: 2 });
 * ```
 */
export class Channel<T = number> implements ChannelLike {
  /** Names this channel in a message. */
  readonly handle: ChannelHandle;
  readonly #core: ChannelCore<T>;

  /**
   * Makes a channel without any end.
   *
   * @param messages What the messages are: `"i32"`, `"u32"`, `"f64"`, a struct
   * type, or a codec.
   * @throws {TypeError} If they are none of these.
   * @throws {RangeError} If the capacity or the reserve is out of range.
   */
  constructor(messages: RecordSource<T> | Codec<T>, options?: ChannelOptions);
  /** Attaches to a channel: see {@linkcode Channel.from}. */
  constructor(handle: ChannelHandle, codec?: Codec<T>);
  constructor(
    source: RecordSource<T> | Codec<T> | ChannelHandle,
    options?: ChannelOptions | Codec<T>,
  ) {
    this.#core = isHandle(source)
      ? ChannelCore.attach("Channel", source, options as Codec<T> | undefined)
      : create(source, options as ChannelOptions | undefined);
    this.handle = this.#core.handleOf("Channel");
  }

  /**
   * Attaches to a channel that another thread made. Opens no end.
   *
   * @param codec The codec that the channel was made with, unless its messages
   * are records.
   * @throws {TypeError} If the handle is none, or one of another class, or the
   * codec is missing or has another name.
   * @throws {RangeError} If the buffer is too small or holds another channel.
   */
  static from<T>(handle: ChannelHandle, codec?: Codec<T>): Channel<T> {
    // Whatever it is, it is not what messages are.
    if (!isHandle(handle)) ChannelCore.attach("Channel", handle, codec);
    return new Channel<T>(handle, codec);
  }

  /** How many messages there can be: 0 for a rendezvous, `Infinity` without a limit. */
  get capacity(): number {
    return this.#core.capacity;
  }

  /** How many messages there are; 0 once nobody will receive them. */
  get size(): number {
    return this.#core.size;
  }

  /** Whether there is no message. */
  get isEmpty(): boolean {
    return this.#core.isEmpty;
  }

  /** Whether there is no room: always so for a rendezvous. */
  get isFull(): boolean {
    return this.#core.isFull;
  }

  /** Whether nothing can be sent any more: it was closed, or one side is gone. */
  get isClosed(): boolean {
    const core = this.#core;
    return core.isGone(core.senders) || core.isGone(core.receivers);
  }

  /** How many senders there are whose threads live. */
  get senderCount(): number {
    return this.#core.senders.count;
  }

  /** How many receivers there are whose threads live. */
  get receiverCount(): number {
    return this.#core.receivers.count;
  }

  /** Whether this is the channel of an end, or the same as another one. */
  sameChannel(other: ChannelLike): boolean {
    return isSame(this, other);
  }

  /**
   * Opens an end that sends, for this thread.
   *
   * @throws {ChannelClosedError} If the channel is closed, or all its senders
   * are.
   * @throws {RangeError} If there are as many senders as there can be: 254, or 1.
   */
  sender(): Sender<T> {
    return new Sender(this.#core);
  }

  /**
   * Opens an end that receives, for this thread. Also when the channel or its
   * senders are closed: there may be messages left.
   *
   * @throws {ChannelClosedError} If all receivers are closed.
   * @throws {RangeError} If there are as many receivers as there can be: 254, or
   * 1.
   */
  receiver(): Receiver<T> {
    return new Receiver(this.#core);
  }

  /**
   * Closes the channel for all senders: from now on they get their messages back,
   * and receivers get what is left and then a {@linkcode ChannelClosedError}.
   *
   * @returns Whether this call did that.
   */
  close(): boolean {
    const closed = this.#core.senders.shut();
    this.#core.seal();
    return closed;
  }
}

function isHandle(source: unknown): source is ChannelHandle {
  return (source as Partial<ChannelHandle> | null | undefined)?.kind ===
    "Channel";
}

function create<T>(
  messages: RecordSource<T> | Codec<T>,
  options: ChannelOptions = {},
): ChannelCore<T> {
  const { capacity = Infinity, single = false, reserve = DEFAULT_RESERVE } =
    options;
  const form = {
    id: nextId(),
    capacity,
    single,
    reserve,
  };
  if (typeof single !== "boolean") {
    throw new TypeError(
      `Cannot create channel as 'single' must be a boolean: received ${typeof single}`,
    );
  }
  if (isCodec(messages)) {
    const { name } = messages;
    return ChannelCore.create(
      { ...form, record: undefined, codec: name },
      messages,
    );
  }
  const { form: record } = recordTypeOf("create channel", messages);
  return ChannelCore.create({ ...form, record, codec: undefined }, undefined);
}

/** A thread id, and how many channels that thread has made. */
function nextId(): number {
  const made = perRealm("channels", () => ({ count: 0 }));
  return currentThread().id * 2 ** 21 + made.count++;
}

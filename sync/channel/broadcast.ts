/**
 * A channel that gives each message to every receiver.
 *
 * The protocol is in the folder's README, "Broadcast".
 *
 * @module
 */

import { checkHandle, isHandle } from "../memory/handle.ts";
import type { RecordSource } from "../record/record_type.ts";
import { BroadcastCore, type BroadcastOptions } from "./broadcast_core.ts";
import type { BroadcastHandle } from "./broadcast_handle.ts";
import { BroadcastReceiver } from "./broadcast_receiver.ts";
import { BroadcastSender } from "./broadcast_sender.ts";
import type { Codec } from "./codec.ts";

/**
 * A channel that gives each message to every receiver that is there when it is
 * sent.
 *
 * As tokio's `broadcast`: the last messages are kept in a ring, so that senders
 * never wait for receivers. One that is so slow that messages were overwritten
 * gets a {@linkcode LaggedError}, which says how many it missed, and goes on with the
 * oldest that is kept. Once all senders are closed, receivers take what is there,
 * and then get a {@linkcode ChannelClosedError}. An end whose thread is lost counts
 * as closed; a sender that is lost in the middle of a `send()` has sent all of the
 * message or nothing.
 *
 * @typeParam T One message.
 *
 * @example Usage
 * ```ts
 * import { Broadcast } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const news = new Broadcast("f64", { capacity: 16 });
 * using one = news.receiver();
 * using two = Broadcast.from(news.handle).receiver(); //    on another thread
 * using tx = news.sender();
 * assertEquals(tx.send(0.5), 2); //                         how many receive it
 * assertEquals([one.recv(), await two.recvAsync()], [0.5, 0.5]);
 * ```
 */
export class Broadcast<T = number> {
  /** Names this broadcast in a message. */
  readonly handle: BroadcastHandle;
  /** How many messages are kept: a power of two. */
  readonly capacity: number;
  readonly #core: BroadcastCore<T>;

  /**
   * Makes a broadcast without any ends.
   *
   * @param source What messages are: a kind of number, a struct type, or a codec.
   * @throws {TypeError} If it is none of them.
   * @throws {RangeError} If the capacity is no integer in its range; if the source
   * is a codec, and `maxBytes` is missing or out of range; if all of it takes
   * 2 GiB or more.
   */
  constructor(source: RecordSource<T> | Codec<T>, options: BroadcastOptions);
  /** Attaches to a broadcast that another thread made. */
  constructor(handle: BroadcastHandle, codec?: Codec<T>);
  constructor(
    source: RecordSource<T> | Codec<T> | BroadcastHandle,
    more?: BroadcastOptions | Codec<T>,
  ) {
    this.#core = isHandle<BroadcastHandle>(source)
      ? BroadcastCore.attach(source, more as Codec<T> | undefined)
      : BroadcastCore.create(source, more as BroadcastOptions | undefined);
    this.handle = this.#core.handle;
    this.capacity = this.handle.capacity;
  }

  /**
   * Attaches to a broadcast that another thread made. This opens no end.
   *
   * @param codec What makes messages, if they are no records.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(
    handle: BroadcastHandle,
    codec?: Codec<T>,
  ): Broadcast<T> {
    checkHandle("Broadcast", handle, () => 0);
    return new Broadcast<T>(handle, codec);
  }

  /** Whether all senders are closed, so that nothing more will be sent. */
  get isClosed(): boolean {
    return this.#core.ring.isOver();
  }

  /** How many receivers there are, at this moment. */
  get receiverCount(): number {
    return this.#core.ring.receivers.count;
  }

  /**
   * Opens an end that sends, for this thread.
   *
   * @throws {ChannelClosedError} If there were senders, and all are closed.
   * @throws {RangeError} If there are as many as there can be.
   */
  sender(): BroadcastSender<T> {
    return new BroadcastSender(this.#core);
  }

  /**
   * Opens an end that receives what is sent from now on, for this thread.
   *
   * @throws {RangeError} If there are as many as there can be.
   */
  receiver(): BroadcastReceiver<T> {
    return new BroadcastReceiver(this.#core);
  }

  /** Closes all senders, and there will be none. A second call does nothing. */
  close(): void {
    this.#core.ring.shut();
  }
}

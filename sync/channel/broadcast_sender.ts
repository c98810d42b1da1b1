/**
 * The end of a broadcast that sends.
 *
 * @module
 */

import { checkHandle } from "../memory/handle.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { BroadcastCore } from "./broadcast_core.ts";
import type { BroadcastSenderHandle } from "./broadcast_handle.ts";
import { BroadcastReceiver } from "./broadcast_receiver.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { PublishingEnd } from "./publishing_end.ts";

const SEND = "send message";

/**
 * An end of a `Broadcast` that sends. For one thread; another one that
 * attaches to its handle opens one of its own: keep this one open until then.
 *
 * @typeParam T One message.
 *
 * @example Usage
 * ```ts
 * import { Broadcast, ChannelClosedError } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const news = new Broadcast("i32", { capacity: 2 });
 * using tx = news.sender();
 * const error = assertThrows(() => tx.send(7), ChannelClosedError);
 * assertEquals(error.value, 7); //    there is no receiver
 *
 * using rx = tx.subscribe();
 * assertEquals(tx.send(7), 1);
 * assertEquals(rx.recv(), 7);
 * ```
 */
export class BroadcastSender<T = number> implements Disposable {
  /** Names this end in a message: who attaches to it opens a sender too. */
  readonly handle: BroadcastSenderHandle;
  readonly #core: BroadcastCore<T>;
  readonly #end: PublishingEnd;

  /** See `broadcast.sender()`. */
  constructor(core: BroadcastCore<T>) {
    this.#end = new PublishingEnd(core.ring, "broadcast");
    this.handle = core.handleOf("BroadcastSender");
    this.#core = core;
  }

  /**
   * Opens a sender on the thread that was sent one.
   *
   * @param codec What makes messages, if they are no records.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form; if there
   * are as many senders as there can be.
   * @throws {ChannelClosedError} If all senders are closed.
   */
  static from<T = number>(
    handle: BroadcastSenderHandle,
    codec?: Codec<T>,
  ): BroadcastSender<T> {
    checkHandle("BroadcastSender", handle, () => 0);
    return new BroadcastSender(
      BroadcastCore.attach({ ...handle, kind: "Broadcast" }, codec),
    );
  }

  /** How many receivers there are, at this moment. */
  get receiverCount(): number {
    return this.#core.ring.receivers.count;
  }

  /**
   * Sends a message to all receivers. It does not wait for them.
   *
   * @returns How many there were. One that came or went during the call may be
   * counted or not.
   * @throws {ChannelClosedError} If there was none, or the broadcast was closed:
   * with the message, which was not sent. There may be receivers later.
   * @throws {TypeError} If the message is none that can be sent, or this end is
   * closed.
   * @throws {RangeError} If the message is out of range, or too long.
   */
  send(message: T): number {
    const { ring } = this.#core;
    const words = ring.payload.enter(SEND, message);
    this.#end.checkOpen(SEND);
    const count = ring.receivers.count;
    if (count === 0) {
      throw new ChannelClosedError(
        "Cannot send message as there is no receiver",
        message,
      );
    }
    if (ring.senders.isGone || !ring.publish(words)) {
      throw new ChannelClosedError(
        "Cannot send message as the broadcast was closed",
        message,
      );
    }
    return count;
  }

  /**
   * Opens a receiver, for this thread, of what is sent from now on.
   *
   * @throws {RangeError} If there are as many as there can be.
   */
  subscribe(): BroadcastReceiver<T> {
    return new BroadcastReceiver(this.#core);
  }

  /**
   * Waits until there were receivers and all are closed; blocks the thread.
   *
   * @returns True. False if this end or the broadcast was closed meanwhile.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  closed(options: WaitOptions = {}): boolean {
    return this.#end.closed(options);
  }

  /**
   * Waits until there were receivers and all are closed, without blocking the
   * thread.
   *
   * @returns As {@linkcode closed} does.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  closedAsync(options: WaitAsyncOptions = {}): Promise<boolean> {
    return this.#end.closedAsync(options);
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    this.#end.close();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The end of a channel that sends.
 *
 * @module
 */

import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { setSenderArm } from "./arms.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import { ChannelCore } from "./channel_core.ts";
import {
  type ChannelLike,
  isSame,
  type SenderHandle,
} from "./channel_handle.ts";
import type { Codec } from "./codec.ts";
import { CLOSED, FULL, PUSHED, type Pushed } from "./flavor.ts";
import { Delivery, SEND } from "./delivery.ts";

/**
 * The end of a channel that sends. Opened by `channel.sender()`, for the thread
 * that called it.
 *
 * Messages of one sender are received in their order, if each is sent after the
 * call before has returned. Async calls of one sender that wait are served in
 * their order; `send()` and `trySend()` do not wait for those.
 *
 * @typeParam T What the channel carries.
 *
 * @example Usage
 * ```ts
 * import { Channel } from "@kindred/kindred/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const channel = new Channel("f64", { capacity: 2 });
 * using _rx = channel.receiver();
 * using tx = channel.sender();
 * tx.send(0.5); //               blocks while there is no room
 * await tx.sendAsync(1.5); //    waits without blocking the thread
 * assertFalse(tx.trySend(2.5)); // never waits
 * assert(tx.isFull);
 * ```
 */
export class Sender<T> implements ChannelLike, Disposable {
  /**
   * Names the channel in a message: who attaches to it opens a sender of its own.
   */
  readonly handle: SenderHandle;
  readonly #core: ChannelCore<T>;
  readonly #delivery: Delivery<T>;

  /** See `channel.sender()`. */
  constructor(core: ChannelCore<T>) {
    this.handle = core.handleOf("Sender");
    this.#core = core;
    const delivery = new Delivery(core);
    this.#delivery = delivery;
    let call = 0;
    setSenderArm(this, {
      check: (value) => {
        delivery.check(value);
        call = delivery.nextCall();
      },
      tryGive: (value) => delivery.tryGive(value, call),
      events: core.room,
      store: delivery.store,
    });
  }

  /**
   * Opens a sender of the channel that a handle names, for this thread.
   *
   * @param codec The codec that the channel was made with, unless its messages
   * are records.
   * @throws {TypeError} If the handle is none, or one of another class, or the
   * codec is missing or has another name.
   * @throws {RangeError} If the buffer is too small or holds another channel, or
   * there are as many senders as there can be.
   * @throws {ChannelClosedError} If the channel or all its senders are closed.
   */
  static from<T>(handle: SenderHandle, codec?: Codec<T>): Sender<T> {
    return new Sender(ChannelCore.attach("Sender", handle, codec));
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

  /**
   * Whether nothing can be sent any more: the channel was closed, all receivers
   * are, or this end is.
   */
  get isClosed(): boolean {
    return !this.#delivery.isOpen || this.#core.isGone(this.#core.senders) ||
      this.#delivery.isOver;
  }

  /** Whether this is an end of the same channel as another end, or of this channel. */
  sameChannel(other: ChannelLike): boolean {
    return isSame(this, other);
  }

  /**
   * Opens another sender of the channel, for the same thread. Both count until
   * they are closed.
   *
   * @throws {TypeError} If this end is closed, or the channel is `single`.
   * @throws {ChannelClosedError} If the channel is closed.
   * @throws {RangeError} If there are as many senders as there can be: 254.
   *
   * @example Usage
   * ```ts
   * import { Channel } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const channel = new Channel("i32", { capacity: 8 });
   * using rx = channel.receiver();
   * const first = channel.sender();
   * const second = first.clone();
   * first.close();
   * second.send(7); //             the channel is open as long as one of them is
   * assertEquals(rx.recv(), 7);
   * ```
   */
  clone(): Sender<T> {
    if (!this.#delivery.isOpen) {
      throw new TypeError("Cannot clone sender as this sender was closed");
    }
    this.#core.checkMany("sender");
    return new Sender(this.#core);
  }

  /**
   * Sends a message; blocks the thread while there is no room, or in a rendezvous
   * until a receiver has it.
   *
   * @throws {ChannelClosedError} If the channel or all receivers are closed; the
   * message is its `value`.
   * @throws {ChannelReserveError} If a channel without a limit has used up its
   * reserve; the message is its `value`.
   * @throws {DOMException} `TimeoutError` when the time is up; the message was
   * not sent then.
   * @throws {TypeError} If the message is `undefined`, or none of the channel's
   * kind, or this end is closed.
   * @throws {RangeError} If a number in it is out of range, or the timeout is.
   */
  send(value: T, options?: WaitOptions): void {
    if (options !== undefined) checkTimeout(options.timeout, SEND);
    let pushed = this.#delivery.tryGive(value);
    if (pushed === FULL) pushed = this.#delivery.wait(value, options);
    if (pushed === CLOSED) throw closed(value);
  }

  /**
   * Sends a message as soon as there is room, without blocking the thread.
   *
   * A message that has to wait is read, or encoded, when its turn has come: do not change it
   * until then.
   *
   * @throws {ChannelClosedError} If the channel or all receivers are closed; the
   * message is its `value`.
   * @throws {ChannelReserveError} If a channel without a limit has used up its
   * reserve; the message is its `value`.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; the message was not sent then.
   * @throws {TypeError} If the message is `undefined`, or none of the channel's
   * kind, or this end is closed.
   * @throws {RangeError} If a number in it is out of range, or the timeout is.
   */
  async sendAsync(value: T, options: WaitAsyncOptions = {}): Promise<void> {
    checkTimeout(options.timeout, SEND);
    options.signal?.throwIfAborted();
    const delivery = this.#delivery;
    let pushed: Pushed = FULL;
    // Those who came before are served before.
    if (delivery.waiting.isEmpty) pushed = delivery.tryGive(value);
    else delivery.check(value);
    if (pushed === FULL) pushed = await delivery.waitAsync(value, options);
    if (pushed === CLOSED) throw closed(value);
  }

  /**
   * Sends a message if there is room, or in a rendezvous if a receiver waits.
   *
   * @returns Whether it was sent.
   * @throws {ChannelClosedError} If the channel or all receivers are closed; the
   * message is its `value`.
   * @throws {ChannelReserveError} If a channel without a limit has used up its
   * reserve; the message is its `value`.
   * @throws {TypeError} If the message is `undefined`, or none of the channel's
   * kind, or this end is closed.
   * @throws {RangeError} If a number in it is out of range.
   */
  trySend(value: T): boolean {
    const pushed = this.#delivery.tryGive(value);
    if (pushed === CLOSED) throw closed(value);
    return pushed === PUSHED;
  }

  /**
   * Closes this end; calls of it that wait fail. When all senders of a channel are
   * closed, receivers get what is there and then a {@linkcode ChannelClosedError}.
   * A second call does nothing.
   */
  close(): void {
    this.#delivery.close();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function closed<T>(value: T): ChannelClosedError<T> {
  return new ChannelClosedError(
    "Cannot send message as the channel is closed, or all its receivers are",
    value,
  );
}

/**
 * The end of a channel that receives.
 *
 * @module
 */

import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { setReceiverArm } from "./arms.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import { ChannelCore } from "./channel_core.ts";
import {
  type ChannelLike,
  isSame,
  type ReceiverHandle,
} from "./channel_handle.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import { Intake } from "./intake.ts";
import { MessageIterator } from "./message_iterator.ts";
import type { RecvAsyncOptions, RecvOptions } from "./recv_options.ts";
import { mostOf, type RecvTarget } from "./recv_target.ts";

/**
 * The end of a channel that receives. Opened by `channel.receiver()`, for the
 * thread that called it. Each message goes to one receiver.
 *
 * Async calls of one receiver that wait are served in their order; `recv()` and
 * `tryRecv()` do not wait for those.
 *
 * @typeParam T What the channel carries.
 *
 * @example Usage
 * ```ts
 * import { Channel, ChannelClosedError } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const channel = new Channel("f64", { capacity: 8 });
 * using rx = channel.receiver();
 * const tx = channel.sender();
 * for (const value of [1, 2, 3, 4, 5]) tx.send(value);
 * tx.close();
 *
 * assertEquals(rx.recv(), 1); //               blocks while there is none
 * assertEquals(await rx.recvAsync(), 2); //    waits without blocking the thread
 * assertEquals(rx.recvMany(2), [3, 4]);
 * for await (const value of rx) assertEquals(value, 5);
 * assertThrows(() => rx.recv(), ChannelClosedError);
 * ```
 */
export class Receiver<T>
  implements ChannelLike, Iterable<T>, AsyncIterable<T>, Disposable {
  /**
   * Names the channel in a message: who attaches to it opens a receiver of its
   * own.
   */
  readonly handle: ReceiverHandle;
  readonly #core: ChannelCore<T>;
  readonly #intake: Intake<T>;

  /** See `channel.receiver()`. */
  constructor(core: ChannelCore<T>) {
    this.handle = core.handleOf("Receiver");
    this.#core = core;
    const intake = new Intake(core);
    this.#intake = intake;
    setReceiverArm(this, {
      check: () => intake.checkOpen(),
      tryTake: () => intake.tryTake(),
      events: core.items,
      due: Infinity,
      store: intake.store,
    });
  }

  /**
   * Opens a receiver of the channel that a handle names, for this thread.
   *
   * @param codec The codec that the channel was made with, unless its messages
   * are records.
   * @throws {TypeError} If the handle is none, or one of another class, or the
   * codec is missing or has another name.
   * @throws {RangeError} If the buffer is too small or holds another channel, or
   * there are as many receivers as there can be.
   * @throws {ChannelClosedError} If all receivers are closed.
   */
  static from<T>(handle: ReceiverHandle, codec?: Codec<T>): Receiver<T> {
    return new Receiver(ChannelCore.attach("Receiver", handle, codec));
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
   * Whether nothing more will be sent: the channel was closed, or all senders
   * are, or this end is. There may be messages left.
   */
  get isClosed(): boolean {
    return !this.#intake.isOpen || this.#intake.isOver;
  }

  /** Whether this is an end of the same channel as another end, or of this channel. */
  sameChannel(other: ChannelLike): boolean {
    return isSame(this, other);
  }

  /**
   * Opens another receiver of the channel, for the same thread. Both count until
   * they are closed, and each message goes to one of them.
   *
   * @throws {TypeError} If this end is closed, or the channel is `single`.
   * @throws {RangeError} If there are as many receivers as there can be: 254.
   *
   * @example Usage
   * ```ts
   * import { Channel } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const channel = new Channel("i32", { capacity: 8 });
   * using tx = channel.sender();
   * const first = channel.receiver();
   * const second = first.clone();
   * tx.send(1);
   * tx.send(2);
   * assertEquals([first.recv(), second.recv()], [1, 2]);
   * ```
   */
  clone(): Receiver<T> {
    if (!this.#intake.isOpen) {
      throw new TypeError("Cannot clone receiver as this receiver was closed");
    }
    this.#core.checkMany("receiver");
    return new Receiver(this.#core);
  }

  /**
   * Receives the oldest message; blocks the thread while there is none.
   *
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {MessageDecodeError} If the codec fails with the message, which was
   * taken.
   * @throws {DOMException} `TimeoutError` when the time is up; no message was
   * taken then.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; no message was taken then.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  recv(options?: RecvOptions<T>): T {
    if (options !== undefined) this.#intake.check(options);
    const early = this.#intake.take(options?.into);
    if (early !== undefined) return early;
    const value = this.#intake.wait(options);
    if (value === ENDED) throw closed();
    return value;
  }

  /**
   * Receives the oldest message as soon as there is one, without blocking the
   * thread.
   *
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {MessageDecodeError} If the codec fails with the message, which was
   * taken.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no message was taken then.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; no message was taken then.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async recvAsync(options: RecvAsyncOptions<T> = {}): Promise<T> {
    const value = await this.#intake.takeAsync(options, same);
    if (value === ENDED) throw closed();
    return value;
  }

  /**
   * Receives the oldest message, if there is one; in a rendezvous, if a sender
   * waits with one.
   *
   * @param into Where to put a struct. Default: a new object. If it refuses the
   * fields, as a frozen one does or a setter that throws, the message is gone.
   * @returns The message, or `undefined`.
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {MessageDecodeError} If the codec fails with the message, which was
   * taken.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; no message was taken then.
   */
  tryRecv(into?: T): T | undefined {
    this.#intake.checkInto(into);
    const value = this.#intake.tryTake(into);
    if (value === ENDED) throw closed();
    return value;
  }

  /**
   * Receives as many messages as there are, but at least one and at most so many;
   * blocks the thread while there is none.
   *
   * @param target Where to put them: up to `target.length`, from the start. Or
   * how many to receive at most, from 1 on.
   * @returns How many were received, if there is a target; else an array of
   * them.
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {MessageDecodeError} If the codec fails with a message, which was
   * taken: at once if it was the first one, else the next call throws it.
   * @throws {DOMException} `TimeoutError` when the time is up; no message was
   * taken then.
   * @throws {TypeError} If this end is closed, or the target is a typed array of
   * another class than that of the records, or cannot be written to.
   * @throws {RangeError} If so many is no positive integer, or the timeout is
   * negative or not a number.
   *
   * @example Usage
   * ```ts
   * import { Channel } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const channel = new Channel("i32", { capacity: 8 });
   * const tx = channel.sender();
   * const rx = channel.receiver();
   * for (const value of [1, 2, 3]) tx.send(value);
   *
   * assertEquals(rx.recvMany(2), [1, 2]);
   * const records = new Int32Array(2);
   * assertEquals(rx.recvMany(records), 1);
   * assertEquals([...records], [3, 0]);
   * ```
   */
  recvMany(target: RecvTarget<T>, options?: WaitOptions): number;
  /** Receives at least one and at most so many messages, as a new array. */
  recvMany(most: number, options?: WaitOptions): T[];
  recvMany(
    target: RecvTarget<T> | number,
    options?: WaitOptions,
  ): number | T[] {
    const most = mostOf(target, this.#core.shape.record);
    const first = this.recv(options as RecvOptions<T>);
    return this.#intake.gather(target, most, first);
  }

  /**
   * The same as {@linkcode recvMany} without blocking the thread.
   *
   * @returns How many were received, if there is a target; else an array of
   * them.
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {MessageDecodeError} If the codec fails with a message, which was
   * taken: at once if it was the first one, else the next call throws it.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no message was taken then.
   * @throws {TypeError} If this end is closed, or the target is a typed array of
   * another class than that of the records, or cannot be written to.
   * @throws {RangeError} If so many is no positive integer, or the timeout is
   * negative or not a number.
   */
  recvManyAsync(
    target: RecvTarget<T>,
    options?: WaitAsyncOptions,
  ): Promise<number>;
  /** Receives at least one and at most so many messages, as a new array. */
  recvManyAsync(most: number, options?: WaitAsyncOptions): Promise<T[]>;
  async recvManyAsync(
    target: RecvTarget<T> | number,
    options?: WaitAsyncOptions,
  ): Promise<number | T[]> {
    const most = mostOf(target, this.#core.shape.record);
    // At once: else calls that were made later would take what is behind it.
    const gathered = await this.#intake.takeAsync(
      options ?? {},
      (first) => this.#intake.gather(target, most, first),
    );
    if (gathered === ENDED) throw closed();
    return gathered;
  }

  /**
   * Receives the messages that are there, at once; none if there is none, or
   * none will come.
   *
   * @throws {MessageDecodeError} As {@linkcode recvMany} does.
   * @throws {TypeError} If this end is closed.
   */
  drain(): T[] {
    return this.#intake.drain();
  }

  /**
   * Receives all messages until nothing more will come; blocks the thread while
   * there is none. Who breaks the loop leaves this end open, and the messages that
   * it was not given where they are.
   *
   * @throws {MessageDecodeError} If the codec fails with a message, which was
   * taken.
   * @throws {TypeError} If this end is closed.
   */
  *[Symbol.iterator](): IterableIterator<T> {
    for (;;) {
      let value = this.#intake.tryTake();
      if (value === undefined) value = this.#intake.wait();
      if (value === ENDED) return;
      yield value;
    }
  }

  /**
   * Receives all messages until nothing more will come, without blocking the
   * thread. Who breaks the loop, or cancels a stream that is made of it, leaves this
   * end open, and the messages that it was not given where they are.
   *
   * @throws {MessageDecodeError} If the codec fails with a message, which was
   * taken.
   * @throws {TypeError} If this end is closed.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const intake = this.#intake;
    return new MessageIterator((signal) => intake.takeAsync({ signal }, same));
  }

  /**
   * Closes this end; calls of it that wait fail. When all receivers of a channel
   * are closed, what they did not receive is dropped, and senders get their
   * messages back. A second call does nothing.
   */
  close(): void {
    this.#intake.close();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function same<T>(value: T): T {
  return value;
}

function closed(): ChannelClosedError {
  return new ChannelClosedError(
    "Cannot receive message as the channel is closed, or all its senders are, and it is empty",
  );
}

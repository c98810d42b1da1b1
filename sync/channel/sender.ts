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
import {
  CLOSED,
  FULL,
  type MeetingOptions,
  PUSHED,
  type Pushed,
  type Store,
} from "./flavor.ts";
import { WaitingLine } from "./waiting_line.ts";

const ACTION = "send message";
/** A sender that never waits looks after so many messages who receives. */
const LOOK_AFTER = 256;

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
  readonly #store: Store<T>;
  readonly #entry: number;
  readonly #waiting: WaitingLine;
  #open = true;
  /** How many messages went, modulo 2^32. */
  #sends = 0;
  /** How many calls have waited, modulo 2^32: their numbers. */
  #calls = 0;
  /** The number of the `select` that was the last to begin. */
  #call = 0;

  /** See `channel.sender()`. */
  constructor(core: ChannelCore<T>) {
    const entry = core.senders.open();
    if (entry === undefined) {
      throw new ChannelClosedError(
        "Cannot open sender as the channel is closed, or all its senders are",
      );
    }
    this.handle = core.handleOf("Sender");
    this.#core = core;
    this.#entry = entry;
    this.#store = core.attachStore();
    this.#waiting = new WaitingLine(core.room);
    setSenderArm(this, {
      check: (value) => {
        this.#check(value);
        this.#call = this.#nextCall();
      },
      tryGive: (value) => this.#tryGive(value, this.#call),
      events: core.room,
      store: this.#store,
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
    return !this.#open || this.#core.isGone(this.#core.senders) ||
      this.#isOver();
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
    if (!this.#open) {
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
    if (options !== undefined) checkTimeout(options.timeout, ACTION);
    let pushed = this.#tryGive(value);
    if (pushed === FULL) pushed = this.#wait(value, options);
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
    checkTimeout(options.timeout, ACTION);
    options.signal?.throwIfAborted();
    let pushed: Pushed = FULL;
    if (this.#waiting.isEmpty) pushed = this.#tryGive(value);
    else this.#check(value);
    if (pushed === FULL) pushed = await this.#waitAsync(value, options);
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
    const pushed = this.#tryGive(value);
    if (pushed === CLOSED) throw closed(value);
    return pushed === PUSHED;
  }

  /**
   * Closes this end; calls of it that wait fail. When all senders of a channel are
   * closed, receivers get what is there and then a {@linkcode ChannelClosedError}.
   * A second call does nothing.
   */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#core.senders.close(this.#entry)) this.#core.seal();
    else {
      // Not only tasks in line: an async select may wait at this end.
      this.#core.room.signal();
      this.#store.meeting?.wakeAll();
    }
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #check(value: T): void {
    if (!this.#open) throw endClosed();
    if (value === undefined) throw nothing();
    this.#store.check(value);
  }

  #nextCall(): number {
    return this.#calls = (this.#calls + 1) | 0;
  }

  #tryGive(value: T, call?: number): Pushed {
    if (!this.#open) throw endClosed();
    if (value === undefined) throw nothing();
    const pushed = this.#store.tryPush(value, call);
    if (pushed === PUSHED) {
      this.#core.items.signal();
      this.#sends = (this.#sends + 1) | 0;
      if (this.#sends % LOOK_AFTER === 0) this.#isOver();
      return PUSHED;
    }
    return pushed === FULL && this.#isOver() ? CLOSED : pushed;
  }

  /** Whether nobody will receive anything: looks who is there. */
  #isOver(): boolean {
    return this.#core.isGone(this.#core.receivers);
  }

  #wait(value: T, options: WaitOptions | undefined): Pushed {
    const { meeting } = this.#store;
    const wait = {
      action: ACTION,
      timeout: options?.timeout,
      progress: this.#sends,
      room: this.#core.capacity,
    };
    if (meeting !== undefined) return meeting.push(value, this.#meet(wait));
    const call = this.#nextCall();
    return this.#core.room.wait(() => this.#unlessFull(value, call), wait);
  }

  #waitAsync(value: T, options: WaitAsyncOptions): Promise<Pushed> {
    const { meeting } = this.#store;
    const wait = { ...options, action: ACTION };
    if (meeting !== undefined) {
      return meeting.pushAsync(value, this.#meet(wait));
    }
    const call = this.#nextCall();
    return this.#waiting.wait(() => this.#unlessFull(value, call), wait);
  }

  #unlessFull(value: T, call: number): Pushed | undefined {
    const pushed = this.#tryGive(value, call);
    return pushed === FULL ? undefined : pushed;
  }

  #meet(
    wait: Pick<MeetingOptions<T>, "action" | "timeout" | "signal">,
  ): MeetingOptions<T> {
    return {
      ...wait,
      isOver: () => {
        if (!this.#open) throw endClosed();
        // It stands there without trying: closing the channel must reach it.
        if (!this.#core.senders.isGone) return this.#isOver();
        this.#core.seal();
        return true;
      },
    };
  }
}

function closed<T>(value: T): ChannelClosedError<T> {
  return new ChannelClosedError(
    "Cannot send message as the channel is closed, or all its receivers are",
    value,
  );
}

function endClosed(): TypeError {
  return new TypeError("Cannot send message as this sender was closed");
}

function nothing(): TypeError {
  return new TypeError(
    "Cannot send message as undefined means that there is none: received undefined",
  );
}

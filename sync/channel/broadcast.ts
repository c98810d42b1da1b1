/**
 * A channel that gives each message to every receiver.
 *
 * The protocol is in the folder's README, "Broadcast".
 *
 * @module
 */

import { allocate } from "../arena.ts";
import { checkHandle, type SharedHandle } from "../handle.ts";
import { LINE } from "../memory.ts";
import type { RecordSource } from "../record_type.ts";
import { checkTimeout } from "../timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../wait.ts";
import { setReceiverArm } from "./arms.ts";
import {
  BroadcastRing,
  MISSED,
  NONE,
  OVER,
  ringLengthOf,
} from "./broadcast_ring.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import { LaggedError } from "./lagged_error.ts";
import {
  type PayloadForm,
  payloadFrom,
  payloadOf,
  type PayloadOptions,
} from "./payload.ts";
import type { RecvAsyncOptions, RecvOptions } from "./receiver.ts";

/** The most messages that a broadcast can keep. */
export const MAX_BROADCAST_CAPACITY: number = 2 ** 24;
/** The most bytes of a broadcast. */
const MAX_BYTES = 2 ** 31 - 1;

const SEND = "send message";
const RECEIVE = "receive message";
const AWAIT_CLOSE = "wait for receivers to close";

/** Names a broadcast, or an end of one, in a message. */
export interface BroadcastHandleOf<K extends string>
  extends SharedHandle<K>, PayloadForm {
  /** How many messages are kept. */
  readonly capacity: number;
}

/** Names a {@linkcode Broadcast} in a message. */
export type BroadcastHandle = BroadcastHandleOf<"Broadcast">;
/** Names a {@linkcode BroadcastSender} in a message. */
export type BroadcastSenderHandle = BroadcastHandleOf<"BroadcastSender">;
/** Names a {@linkcode BroadcastReceiver} in a message. */
export interface BroadcastReceiverHandle
  extends BroadcastHandleOf<"BroadcastReceiver"> {
  /** The position of the message that the receiver takes next, modulo 2^32. */
  readonly position: number;
}

/** Options of a {@linkcode Broadcast}. */
export interface BroadcastOptions extends PayloadOptions {
  /**
   * How many messages are kept for receivers that are slow: 1 to 2^24, rounded up
   * to a power of two.
   */
  readonly capacity: number;
}

/** What the ends of a broadcast are made of. */
let ringOf: <T>(broadcast: Broadcast<T>) => BroadcastRing<T>;

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
  readonly #ring: BroadcastRing<T>;

  static {
    ringOf = (broadcast) => broadcast.#ring;
  }

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
    if (isHandle(source)) {
      checkHandle("Broadcast", source, () => LINE);
      const { capacity } = source;
      if (roundUp("attach to broadcast", capacity) !== capacity) {
        throw new RangeError(
          `Cannot attach to broadcast as 'capacity' must be a power of two: received ${capacity}`,
        );
      }
      const payload = payloadFrom<T>(
        "attach to broadcast",
        source,
        more as Codec<T> | undefined,
      );
      this.handle = checkHandle(
        "Broadcast",
        source,
        () => ringLengthOf(payload.width, capacity),
      ) as BroadcastHandle;
      this.capacity = capacity;
      if (!BroadcastRing.fits(source, payload, capacity)) {
        throw new RangeError(
          "Cannot attach to broadcast as it is of another form than the handle says",
        );
      }
      this.#ring = new BroadcastRing(source, payload, capacity);
      return;
    }
    const options = more as BroadcastOptions | undefined;
    const payload = payloadOf<T>("create broadcast", source, options);
    const capacity = roundUp("create broadcast", options?.capacity);
    const byteLength = ringLengthOf(payload.width, capacity);
    if (byteLength > MAX_BYTES) {
      throw new RangeError(
        `Cannot create broadcast as ${capacity} messages take 2 GiB or more: received ${byteLength} bytes`,
      );
    }
    const slice = allocate(byteLength);
    this.handle = { kind: "Broadcast", ...slice, ...payload.form, capacity };
    this.capacity = capacity;
    this.#ring = new BroadcastRing(this.handle, payload, capacity);
    this.#ring.init();
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
    return isOver(this.#ring);
  }

  /** How many receivers there are, at this moment. */
  get receiverCount(): number {
    return this.#ring.receivers.count;
  }

  /**
   * Opens an end that sends, for this thread.
   *
   * @throws {ChannelClosedError} If there were senders, and all are closed.
   * @throws {RangeError} If there are as many as there can be.
   */
  sender(): BroadcastSender<T> {
    return new BroadcastSender(this);
  }

  /**
   * Opens an end that receives what is sent from now on, for this thread.
   *
   * @throws {RangeError} If there are as many as there can be.
   */
  receiver(): BroadcastReceiver<T> {
    return new BroadcastReceiver(this);
  }

  /** Closes all senders, and there will be none. A second call does nothing. */
  close(): void {
    if (this.#ring.senders.shut()) wakeAll(this.#ring);
  }
}

/**
 * An end of a {@linkcode Broadcast} that sends. For one thread; another one that
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
  readonly #broadcast: Broadcast<T>;
  readonly #ring: BroadcastRing<T>;
  #entry: number | undefined;

  /** See {@linkcode Broadcast.sender}. */
  constructor(broadcast: Broadcast<T>) {
    this.handle = { ...broadcast.handle, kind: "BroadcastSender" };
    this.#broadcast = broadcast;
    this.#ring = ringOf(broadcast);
    this.#entry = this.#ring.senders.open();
    if (this.#entry === undefined) {
      throw new ChannelClosedError(
        "Cannot open sender as all senders of the broadcast are closed",
      );
    }
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
      new Broadcast<T>({ ...handle, kind: "Broadcast" }, codec),
    );
  }

  /** How many receivers there are, at this moment. */
  get receiverCount(): number {
    return this.#ring.receivers.count;
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
    const ring = this.#ring;
    const words = ring.payload.enter(SEND, message);
    if (this.#entry === undefined) {
      throw new TypeError("Cannot send message as this end is closed");
    }
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
    return this.#broadcast.receiver();
  }

  /**
   * Waits until there were receivers and all are closed; blocks the thread.
   *
   * @returns True. False if this end or the broadcast was closed meanwhile.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  closed(options: WaitOptions = {}): boolean {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    return this.#ring.leaving.wait(() => this.#closing(), {
      action: AWAIT_CLOSE,
      timeout: options.timeout,
    });
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
  async closedAsync(options: WaitAsyncOptions = {}): Promise<boolean> {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    return await this.#ring.leaving.waitAsync(() => this.#closing(), {
      ...options,
      action: AWAIT_CLOSE,
    });
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#ring.senders.close(entry);
    wakeAll(this.#ring);
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** True: no receivers. False: this end is of no use any more. */
  #closing(): boolean | undefined {
    const { receivers, senders } = this.#ring;
    if (receivers.isDeserted) return true;
    return this.#entry === undefined || senders.isGone ? false : undefined;
  }
}

/**
 * An end of a {@linkcode Broadcast} that receives. For one thread; another one
 * that attaches to its handle opens one of its own, which goes on where this one
 * was when the handle was read: keep this one open until then.
 *
 * Loops end when all senders are closed and everything was taken. A
 * {@linkcode LaggedError} ends one too; the next loop goes on behind the gap.
 *
 * @typeParam T One message.
 *
 * @example Usage
 * ```ts
 * import { Broadcast, LaggedError } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const news = new Broadcast("i32", { capacity: 2 });
 * const [tx, rx] = [news.sender(), news.receiver()];
 * for (const message of [1, 2, 3, 4]) tx.send(message);
 * tx.close();
 *
 * const error = assertThrows(() => rx.recv(), LaggedError);
 * assertEquals(error.missed, 2);
 * assertEquals([...rx], [3, 4]);
 * ```
 */
export class BroadcastReceiver<T = number>
  implements Disposable, Iterable<T>, AsyncIterable<T> {
  readonly #broadcast: Broadcast<T>;
  readonly #ring: BroadcastRing<T>;
  #entry: number | undefined;
  #next: number;

  /**
   * See {@linkcode Broadcast.receiver}.
   *
   * @param position Where to start. Default: with what is sent from now on.
   */
  constructor(broadcast: Broadcast<T>, position?: number) {
    const ring = ringOf(broadcast);
    this.#broadcast = broadcast;
    this.#ring = ring;
    this.#entry = ring.receivers.open();
    // After that: whoever sends later knows of this receiver.
    const { tail } = ring;
    if (position !== undefined && ((tail - position) | 0) < 0) {
      ring.receivers.close(this.#entry);
      wakeAll(ring);
      throw new RangeError(
        `Cannot attach to receiver as 'handle.position' must not be ahead of what was sent: received ${position}`,
      );
    }
    this.#next = position ?? tail;
    setReceiverArm<T>(this, {
      tryTake: () => this.#take(),
      events: ring.news,
      due: Infinity,
      store: undefined,
    });
  }

  /**
   * Opens a receiver on the thread that was sent one.
   *
   * @param codec What makes messages, if they are no records.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form; if there
   * are as many receivers as there can be; if the position is no 32-bit integer, or
   * ahead of what was sent.
   */
  static from<T = number>(
    handle: BroadcastReceiverHandle,
    codec?: Codec<T>,
  ): BroadcastReceiver<T> {
    checkHandle("BroadcastReceiver", handle, () => 0);
    const { position, ...rest } = handle;
    if ((position | 0) !== position) {
      throw new RangeError(
        `Cannot attach to receiver as 'handle.position' must be a 32-bit integer: received ${position}`,
      );
    }
    return new BroadcastReceiver(
      new Broadcast<T>({ ...rest, kind: "Broadcast" }, codec),
      position,
    );
  }

  /** Names this end, as it is now, in a message. */
  get handle(): BroadcastReceiverHandle {
    return {
      ...this.#broadcast.handle,
      kind: "BroadcastReceiver",
      position: this.#next,
    };
  }

  /** Whether all senders are closed, so that nothing more will be sent. */
  get isClosed(): boolean {
    return isOver(this.#ring);
  }

  /** How many messages there are to take, at this moment. */
  get size(): number {
    const { tail, capacity } = this.#ring;
    return Math.min((tail - this.#next) >>> 0, capacity);
  }

  /** Whether there is no message to take, at this moment. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /**
   * Takes the next message; `undefined` if there is none yet.
   *
   * @param into Where to put a struct. Default: a new object.
   * @throws {LaggedError} If the next message was overwritten. The call after that
   * goes on with the oldest that is kept.
   * @throws {ChannelClosedError} If all senders are closed and everything was taken.
   * @throws {TypeError} If this end is closed.
   */
  tryRecv(into?: T): T | undefined {
    const message = this.#take(into);
    if (message === ENDED) this.#refuse();
    return message;
  }

  /**
   * Takes the next message; blocks the thread until there is one.
   *
   * @throws {LaggedError} As {@linkcode tryRecv}.
   * @throws {ChannelClosedError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  recv(options?: RecvOptions<T>): T {
    if (options !== undefined) checkTimeout(options.timeout, RECEIVE);
    let message = this.#take(options?.into);
    // A codec may make null of a message.
    if (message === undefined) message = this.#wait(options);
    if (message === ENDED) this.#refuse();
    return message;
  }

  /**
   * Takes the next message as soon as there is one, without blocking the thread.
   *
   * @throws {LaggedError} As {@linkcode tryRecv}.
   * @throws {ChannelClosedError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no message was taken then.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async recvAsync(options: RecvAsyncOptions<T> = {}): Promise<T> {
    checkTimeout(options.timeout, RECEIVE);
    const message = await this.#waitAsync(options);
    if (message === ENDED) this.#refuse();
    return message;
  }

  /**
   * Opens another receiver, for this thread, of what is sent from now on.
   *
   * @throws {RangeError} If there are as many as there can be.
   */
  resubscribe(): BroadcastReceiver<T> {
    return this.#broadcast.receiver();
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#ring.receivers.close(entry);
    wakeAll(this.#ring);
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Takes messages until all senders are closed; blocks the thread.
   *
   * @throws {LaggedError} As {@linkcode tryRecv}.
   */
  *[Symbol.iterator](): Generator<T, void, void> {
    for (;;) {
      let message = this.#take();
      if (message === undefined) message = this.#wait();
      if (message === ENDED) return;
      yield message;
    }
  }

  /**
   * Takes messages until all senders are closed, without blocking the thread.
   *
   * @throws {LaggedError} As {@linkcode tryRecv}.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const message = await this.#waitAsync({});
      if (message === ENDED) return;
      yield message;
    }
  }

  #wait(options?: RecvOptions<T>): T | typeof ENDED {
    return this.#ring.news.wait(() => this.#take(options?.into), {
      action: RECEIVE,
      timeout: options?.timeout,
    });
  }

  #waitAsync(options: RecvAsyncOptions<T>): Promise<T | typeof ENDED> {
    const { into, timeout, signal } = options;
    return this.#ring.news.waitAsync(() => this.#take(into), {
      action: RECEIVE,
      timeout,
      signal,
    });
  }

  /** The next message, if there is one. */
  #take(into?: T): T | undefined | typeof ENDED {
    if (this.#entry === undefined) {
      throw new TypeError("Cannot receive message as this end is closed");
    }
    const ring = this.#ring;
    const next = this.#next;
    let found = ring.read(next);
    if (found === NONE) {
      if (ring.senders.isGone || !ring.senders.look()) return undefined;
      // The last of them may have sent before it was lost.
      found = ring.read(next);
      wakeAll(ring);
      if (found === NONE) return undefined;
    }
    if (found === OVER) return ENDED;
    if (found === MISSED) {
      this.#next = ring.oldestAfter(next);
      throw new LaggedError((this.#next - next) >>> 0);
    }
    this.#next = (next + 1) | 0;
    return ring.payload.leave(into);
  }

  #refuse(): never {
    throw new ChannelClosedError(
      "Cannot receive message as all senders are closed and everything was taken",
    );
  }
}

/** Whether all senders are gone: looks who is there, and tells those who wait. */
function isOver(
  ring: Pick<BroadcastRing<unknown>, "senders" | "news" | "leaving">,
): boolean {
  if (ring.senders.isGone) return true;
  if (!ring.senders.look()) return false;
  wakeAll(ring);
  return true;
}

/** Tells all who wait that somebody left. */
function wakeAll(
  ring: Pick<BroadcastRing<unknown>, "news" | "leaving">,
): void {
  ring.news.signal();
  ring.leaving.signal();
}

function roundUp(action: string, capacity: unknown): number {
  if (
    typeof capacity === "number" && Number.isInteger(capacity) &&
    capacity >= 1 && capacity <= MAX_BROADCAST_CAPACITY
  ) return 2 ** Math.ceil(Math.log2(capacity));
  throw new RangeError(
    `Cannot ${action} as 'capacity' must be an integer from 1 to ${MAX_BROADCAST_CAPACITY}: received ${capacity}`,
  );
}

function isHandle(source: unknown): source is BroadcastHandle {
  return typeof source === "object" && source !== null && "kind" in source;
}

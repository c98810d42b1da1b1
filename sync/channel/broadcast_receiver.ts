/**
 * The end of a broadcast that receives.
 *
 * @module
 */

import { checkHandle } from "../memory/handle.ts";
import { checkTimeout } from "../thread/timeout.ts";
import { setReceiverArm } from "./arms.ts";
import { BroadcastCore } from "./broadcast_core.ts";
import type { BroadcastReceiverHandle } from "./broadcast_handle.ts";
import { type BroadcastRing, MISSED, NONE, OVER } from "./broadcast_ring.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import { checkPlace } from "./handle_place.ts";
import { LaggedError } from "./lagged_error.ts";
import { PublicationEnd } from "./publication_end.ts";
import type { RecvAsyncOptions, RecvOptions } from "./recv_options.ts";

const RECEIVE = "receive message";

/**
 * An end of a `Broadcast` that receives. For one thread; another one
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
  readonly #core: BroadcastCore<T>;
  readonly #ring: BroadcastRing<T>;
  readonly #end: PublicationEnd;
  #next: number;

  /**
   * See `broadcast.receiver()`.
   *
   * @param position Where to start. Default: with what is sent from now on.
   */
  constructor(core: BroadcastCore<T>, position?: number) {
    const { ring } = core;
    this.#end = new PublicationEnd(ring, ring.receivers);
    this.#core = core;
    this.#ring = ring;
    // After it was opened: whoever sends later knows of this receiver.
    const { tail } = ring;
    if (position !== undefined && ((tail - position) | 0) < 0) {
      this.close();
      throw new RangeError(
        `Cannot attach to receiver as 'handle.position' must not be ahead of what was sent: received ${position}`,
      );
    }
    this.#next = position ?? tail;
    setReceiverArm<T>(this, {
      check: () => this.#end.checkOpen(RECEIVE),
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
    checkPlace("position", position);
    return new BroadcastReceiver(
      BroadcastCore.attach({ ...rest, kind: "Broadcast" }, codec),
      position,
    );
  }

  /** Names this end, as it is now, in a message. */
  get handle(): BroadcastReceiverHandle {
    return {
      ...this.#core.handleOf("BroadcastReceiver"),
      position: this.#next,
    };
  }

  /**
   * Whether nothing more will come: all senders are closed, or this end is. There
   * may be messages left.
   */
  get isClosed(): boolean {
    return !this.#end.isOpen || this.#ring.isOver();
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
   * @param into Where to put a struct. Default: a new object. If it refuses the
   * fields, as a frozen one does or a setter that throws, the message is gone.
   * @throws {LaggedError} If the next message was overwritten. The call after that
   * goes on with the oldest that is kept.
   * @throws {ChannelClosedError} If all senders are closed and everything was taken.
   * @throws {MessageDecodeError} If the codec fails with the message, which was taken.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; no message was taken then.
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
   * @throws {MessageDecodeError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; no message was taken then.
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
   * @throws {MessageDecodeError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; no message was taken then.
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
    return new BroadcastReceiver(this.#core);
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    this.#end.close();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Takes messages until all senders are closed; blocks the thread.
   *
   * @throws {LaggedError} As {@linkcode tryRecv}.
   * @throws {MessageDecodeError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end is closed.
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
   * @throws {MessageDecodeError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end is closed.
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
    this.#end.checkOpen(RECEIVE);
    const ring = this.#ring;
    ring.payload.checkInto(RECEIVE, into);
    const next = this.#next;
    let found = ring.read(next);
    if (found === NONE) {
      if (ring.senders.isGone || !ring.senders.look()) return undefined;
      // The last of them may have sent before it was lost.
      found = ring.read(next);
      ring.wakeAll();
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

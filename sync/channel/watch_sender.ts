/**
 * The end of a watch that sends.
 *
 * @module
 */

import { checkHandle } from "../memory/handle.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { PublishingEnd } from "./publishing_end.ts";
import { CHANGED, OVER, type WatchCell } from "./watch_cell.ts";
import { WatchCore } from "./watch_core.ts";
import type { WatchSenderHandle } from "./watch_handle.ts";
import { WatchReceiver } from "./watch_receiver.ts";

const SEND = "send value";

/**
 * An end of a `Watch` that sends. For one thread; another one that
 * attaches to its handle opens one of its own: keep this one open until then.
 *
 * @typeParam T The value.
 *
 * @example Usage
 * ```ts
 * import { Watch } from "@kindred/kindred/sync";
 * import { assert, assertEquals, assertFalse } from "@std/assert";
 *
 * const peak = new Watch("i32", 3);
 * using tx = peak.sender();
 * const raise = (to: number) =>
 *   tx.sendIfModified((peak) => to > peak ? to : undefined);
 * assert(raise(5));
 * assertFalse(raise(4));
 * assertEquals(tx.sendReplace(0), 5);
 * ```
 */
export class WatchSender<T = number> implements Disposable {
  /** Names this end in a message: who attaches to it opens a sender too. */
  readonly handle: WatchSenderHandle;
  readonly #core: WatchCore<T>;
  readonly #cell: WatchCell<T>;
  readonly #end: PublishingEnd;

  /** See `watch.sender()`. */
  constructor(core: WatchCore<T>) {
    this.#end = new PublishingEnd(core.cell, "watch");
    this.handle = core.handleOf("WatchSender");
    this.#core = core;
    this.#cell = core.cell;
  }

  /**
   * Opens a sender on the thread that was sent one.
   *
   * @param codec What makes values, if they are no records.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form; if there
   * are as many senders as there can be.
   * @throws {ChannelClosedError} If all senders are closed.
   */
  static from<T = number>(
    handle: WatchSenderHandle,
    codec?: Codec<T>,
  ): WatchSender<T> {
    checkHandle("WatchSender", handle, () => 0);
    return new WatchSender(
      WatchCore.attach({ ...handle, kind: "Watch" }, codec),
    );
  }

  /** How many receivers there are, at this moment. */
  get receiverCount(): number {
    return this.#cell.receivers.count;
  }

  /**
   * Replaces the value, if there are receivers.
   *
   * @throws {ChannelClosedError} If there are none, or the watch was closed: with
   * the value, which was not sent. There may be receivers later.
   * @throws {TypeError} If the value is none that can be sent, or this end is
   * closed.
   * @throws {RangeError} If the value is out of range, or too long.
   */
  send(value: T): void {
    const cell = this.#cell;
    const words = cell.payload.enter(SEND, value);
    this.#end.checkOpen(SEND);
    if (cell.receivers.count === 0) {
      throw new ChannelClosedError(
        "Cannot send value as there is no receiver",
        value,
      );
    }
    if (cell.write(words) === OVER) throw closed(value);
  }

  /**
   * Replaces the value, whether there are receivers or not.
   *
   * @returns The value that was there before.
   * @throws {ChannelClosedError} If the watch was closed: with the value, which was
   * not sent.
   * @throws {TypeError} If the value is none that can be sent, or this end is
   * closed.
   * @throws {RangeError} If the value is out of range, or too long.
   * @throws {MessageDecodeError} If the codec fails with the last value.
   */
  sendReplace(value: T): T {
    let before: T | undefined;
    this.#modify((last) => {
      before = last;
      return value;
    });
    return before as T;
  }

  /**
   * Replaces the value by one that a function makes of it, whether there are
   * receivers or not.
   *
   * @param modify Returns the new value. It is called again if another thread was
   * quicker: it should do nothing else, and not send itself.
   * @throws {ChannelClosedError} If the watch was closed: with the value, which was
   * not sent.
   * @throws {TypeError} If the value is none that can be sent, or this end is
   * closed.
   * @throws {RangeError} If the value is out of range, or too long.
   * @throws {MessageDecodeError} If the codec fails with the last value.
   */
  sendModify(modify: (value: T) => T): void {
    this.#modify(modify);
  }

  /**
   * Replaces the value if a function makes another one of it, whether there are
   * receivers or not.
   *
   * @param modify Returns the new value, or `undefined` to leave it as it is. It is
   * called again if another thread was quicker: it should do nothing else, and
   * not send itself.
   * @returns Whether the value was replaced. If not, nobody is told.
   * @throws {ChannelClosedError} If the watch was closed: with the value, which was
   * not sent.
   * @throws {TypeError} If the value is none that can be sent, or this end is
   * closed.
   * @throws {RangeError} If the value is out of range, or too long.
   * @throws {MessageDecodeError} If the codec fails with the last value.
   */
  sendIfModified(modify: (value: T) => T | undefined): boolean {
    return this.#modify(modify, true);
  }

  /**
   * The last value.
   *
   * @param into Where to put a struct. Default: a new object.
   * @throws {MessageDecodeError} If the codec fails with the value.
   */
  borrow(into?: T): T {
    this.#cell.read();
    return this.#cell.payload.leave(into);
  }

  /**
   * Opens a receiver, for this thread. The value that is there counts as seen.
   *
   * @throws {RangeError} If there are as many as there can be.
   */
  subscribe(): WatchReceiver<T> {
    return new WatchReceiver(this.#core);
  }

  /**
   * Waits until there were receivers and all are closed; blocks the thread.
   *
   * @returns True. False if this end or the watch was closed meanwhile.
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

  #modify(
    modify: (value: T) => T | undefined,
    mayLeave: boolean = false,
  ): boolean {
    const cell = this.#cell;
    for (;;) {
      this.#end.checkOpen(SEND);
      const version = cell.read();
      const value = modify(cell.payload.leave());
      if (value === undefined && mayLeave) return false;
      // The function may have closed this end.
      const words = cell.payload.enter(SEND, value as T);
      this.#end.checkOpen(SEND);
      const done = cell.write(words, version);
      if (done === CHANGED) return true;
      if (done === OVER) throw closed(value);
    }
  }
}

function closed<T>(value: T): ChannelClosedError<T> {
  return new ChannelClosedError(
    "Cannot send value as the watch was closed",
    value,
  );
}

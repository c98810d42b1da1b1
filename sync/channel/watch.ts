/**
 * A channel that keeps the last value only.
 *
 * The protocol is in the folder's README, "Watch".
 *
 * @module
 */

import { checkHandle, isHandle } from "../memory/handle.ts";
import type { RecordSource } from "../record/record_type.ts";
import type { Codec } from "./codec.ts";
import type { PayloadOptions } from "./payload.ts";
import { WatchCore } from "./watch_core.ts";
import type { WatchHandle } from "./watch_handle.ts";
import { WatchReceiver } from "./watch_receiver.ts";
import { WatchSender } from "./watch_sender.ts";

/**
 * A channel that keeps the last value only: for settings, states and progress.
 *
 * As tokio's `watch`: senders replace the value, receivers look at it at any time
 * and wait until there is another one. One that is slow skips values, and never sees an
 * older one after a newer one. Once all senders are closed, receivers see the last
 * value, and a {@linkcode ChannelClosedError} says that there will be no other. An
 * end whose thread is lost counts as closed; a sender that is lost in the middle
 * of a call has sent all of the value or nothing.
 *
 * @typeParam T The value.
 *
 * @example Usage
 * ```ts
 * import { Watch } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const level = new Watch("f64", 0.5);
 * using rx = level.receiver();
 * const same = Watch.from(level.handle); //    on another thread
 * using tx = same.sender();
 * assertEquals(rx.borrow(), 0.5);
 *
 * tx.send(0.75);
 * tx.sendModify((level) => level / 2);
 * await rx.changedAsync();
 * assertEquals(rx.borrowAndUpdate(), 0.375);
 * ```
 */
export class Watch<T = number> {
  /** Names this watch in a message. */
  readonly handle: WatchHandle;
  readonly #core: WatchCore<T>;

  /**
   * Makes a watch without any ends.
   *
   * @param source What the value is: a kind of number, a struct type, or a codec.
   * @param initial The first value.
   * @throws {TypeError} If the source is none of them, or the value none of it.
   * @throws {RangeError} If the value is out of range or too long; if the source
   * is a codec, and `maxBytes` is missing or out of range.
   */
  constructor(
    source: RecordSource<T> | Codec<T>,
    initial: T,
    options?: PayloadOptions,
  );
  /** Attaches to a watch that another thread made. */
  constructor(handle: WatchHandle, codec?: Codec<T>);
  constructor(
    source: RecordSource<T> | Codec<T> | WatchHandle,
    initial?: T | Codec<T>,
    options?: PayloadOptions,
  ) {
    this.#core = isHandle<WatchHandle>(source)
      ? WatchCore.attach(source, initial as Codec<T> | undefined)
      : WatchCore.create(source, initial as T, options);
    this.handle = this.#core.handle;
  }

  /**
   * Attaches to a watch that another thread made. This opens no end.
   *
   * @param codec What makes values, if they are no records.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(handle: WatchHandle, codec?: Codec<T>): Watch<T> {
    checkHandle("Watch", handle, () => 0);
    return new Watch<T>(handle, codec);
  }

  /** Whether all senders are closed, so that the value will stay. */
  get isClosed(): boolean {
    return this.#core.cell.isOver();
  }

  /** How many receivers there are, at this moment. */
  get receiverCount(): number {
    return this.#core.cell.receivers.count;
  }

  /**
   * Opens an end that sends, for this thread.
   *
   * @throws {ChannelClosedError} If there were senders, and all are closed.
   * @throws {RangeError} If there are as many as there can be.
   */
  sender(): WatchSender<T> {
    return new WatchSender(this.#core);
  }

  /**
   * Opens an end that receives, for this thread. The value that is there counts as
   * seen.
   *
   * @throws {RangeError} If there are as many as there can be.
   */
  receiver(): WatchReceiver<T> {
    return new WatchReceiver(this.#core);
  }

  /** Closes all senders, and there will be none. A second call does nothing. */
  close(): void {
    this.#core.cell.shut();
  }
}

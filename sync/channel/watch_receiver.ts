/**
 * The end of a watch that receives.
 *
 * @module
 */

import { checkHandle } from "../memory/handle.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { setReceiverArm } from "./arms.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import { checkPlace } from "./handle_place.ts";
import type { WatchCell } from "./watch_cell.ts";
import { WatchCore } from "./watch_core.ts";
import type { WatchReceiverHandle } from "./watch_handle.ts";
import { WatchView } from "./watch_view.ts";

const AWAIT_CHANGE = "wait for change";
const AWAIT_VALUE = "wait for value";

/**
 * An end of a `Watch` that receives. For one thread; another one that
 * attaches to its handle opens one of its own, which has seen what this one had
 * when the handle was read: keep this one open until then.
 *
 * Loops take the value that is there, then each that they come to see, and end
 * when all senders are closed.
 *
 * @typeParam T The value.
 *
 * @example Usage
 * ```ts
 * import { ChannelClosedError, Watch } from "@kindred/kindred/sync";
 * import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
 *
 * const state = new Watch("i32", 0);
 * const [tx, rx] = [state.sender(), state.receiver()];
 * for (const value of [1, 2, 3]) tx.send(value);
 * assert(rx.hasChanged);
 * assertEquals(rx.waitFor((value) => value > 1), 3);
 * assertFalse(rx.hasChanged);
 *
 * tx.close();
 * assertThrows(() => rx.changed(), ChannelClosedError);
 * assertEquals(rx.borrow(), 3);
 * ```
 */
export class WatchReceiver<T = number>
  implements Disposable, Iterable<T>, AsyncIterable<T> {
  readonly #core: WatchCore<T>;
  readonly #cell: WatchCell<T>;
  readonly #view: WatchView<T>;

  /**
   * See `watch.receiver()`.
   *
   * @param version Which value counts as seen. Default: the one that is there.
   */
  constructor(core: WatchCore<T>, version?: number) {
    const { cell } = core;
    const view = new WatchView(cell, version);
    this.#core = core;
    this.#cell = cell;
    this.#view = view;
    setReceiverArm<T>(this, {
      check: () => view.checkOpen(),
      tryTake: () => view.take(),
      events: cell.news,
      due: Infinity,
      store: undefined,
    });
  }

  /**
   * Opens a receiver on the thread that was sent one.
   *
   * @param codec What makes values, if they are no records.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form; if there
   * are as many receivers as there can be; if the version is no 32-bit integer.
   */
  static from<T = number>(
    handle: WatchReceiverHandle,
    codec?: Codec<T>,
  ): WatchReceiver<T> {
    checkHandle("WatchReceiver", handle, () => 0);
    const { version, ...rest } = handle;
    checkPlace("version", version);
    return new WatchReceiver(
      WatchCore.attach({ ...rest, kind: "Watch" }, codec),
      version,
    );
  }

  /** Names this end, as it is now, in a message. */
  get handle(): WatchReceiverHandle {
    return {
      ...this.#core.handleOf("WatchReceiver"),
      version: this.#view.seen,
    };
  }

  /** Whether there is a value that was not seen. */
  get hasChanged(): boolean {
    return this.#view.hasChanged;
  }

  /**
   * Whether no new value will come: all senders are closed, or this end is. The
   * last value may not have been seen.
   */
  get isClosed(): boolean {
    return !this.#view.isOpen || this.#cell.isOver();
  }

  /**
   * The last value. It does not count as seen by that.
   *
   * @param into Where to put a struct. Default: a new object.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; nothing counts as seen by that.
   * @throws {MessageDecodeError} If the codec fails with the value.
   */
  borrow(into?: T): T {
    return this.#view.borrow(into);
  }

  /**
   * The last value, which counts as seen from now on.
   *
   * @param into Where to put a struct. Default: a new object. If it refuses the
   * fields, as a frozen one does or a setter that throws, the value counts as seen.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; nothing counts as seen by that.
   * @throws {MessageDecodeError} If the codec fails with the value, which counts as
   * seen.
   */
  borrowAndUpdate(into?: T): T {
    return this.#view.borrowAndUpdate(into);
  }

  /**
   * The last value, if it was not seen, which then counts as seen; else
   * `undefined`. So a `select` has an arm for it.
   *
   * @param into Where to put a struct. Default: a new object. If it refuses the
   * fields, as a frozen one does or a setter that throws, the value counts as seen.
   * @throws {ChannelClosedError} If the last value was seen, and all senders are
   * closed.
   * @throws {TypeError} If this end is closed, or a struct is to be put into
   * something else than an object; nothing counts as seen by that.
   * @throws {MessageDecodeError} If the codec fails with the value, which counts as
   * seen.
   */
  tryRecv(into?: T): T | undefined {
    const value = this.#view.take(into);
    if (value === ENDED) throw ended("receive value");
    return value;
  }

  /**
   * Waits for a value that was not seen, which then counts as seen; blocks the
   * thread.
   *
   * @throws {ChannelClosedError} If the last value was seen, and all senders are
   * closed.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  changed(options: WaitOptions = {}): void {
    this.#wait(AWAIT_CHANGE, () => this.#view.step(), options);
  }

  /**
   * Waits for a value that was not seen, which then counts as seen, without
   * blocking the thread.
   *
   * @throws {ChannelClosedError} If the last value was seen, and all senders are
   * closed.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async changedAsync(options: WaitAsyncOptions = {}): Promise<void> {
    await this.#waitAsync(AWAIT_CHANGE, () => this.#view.step(), options);
  }

  /**
   * Waits for a value that a function says yes to; blocks the thread. The value that is
   * there may be it. Those that it was asked about count as seen.
   *
   * @returns The value.
   * @throws {ChannelClosedError} If the last value is none, and all senders are
   * closed.
   * @throws {MessageDecodeError} If the codec fails with a value.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  waitFor(predicate: (value: T) => boolean, options: WaitOptions = {}): T {
    return this.#wait(AWAIT_VALUE, this.#view.search(predicate), options);
  }

  /**
   * Waits for a value that a function says yes to, without blocking the thread.
   * The value that is there may be it. Those that it was asked about count as seen.
   *
   * @returns The value.
   * @throws {ChannelClosedError} If the last value is none, and all senders are
   * closed.
   * @throws {MessageDecodeError} If the codec fails with a value.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async waitForAsync(
    predicate: (value: T) => boolean,
    options: WaitAsyncOptions = {},
  ): Promise<T> {
    return await this.#waitAsync(
      AWAIT_VALUE,
      this.#view.search(predicate),
      options,
    );
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    this.#view.close();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Takes the value that is there, then each that is new; blocks the thread.
   *
   * @throws {TypeError} If this end is closed.
   * @throws {MessageDecodeError} As {@linkcode borrowAndUpdate}.
   */
  *[Symbol.iterator](): Generator<T, void, void> {
    const options = { action: AWAIT_CHANGE };
    do yield this.borrowAndUpdate(); while (
      this.#cell.news.wait(() => this.#view.look(), options) !== ENDED
    );
  }

  /**
   * Takes the value that is there, then each that is new, without blocking the
   * thread.
   *
   * @throws {TypeError} If this end is closed.
   * @throws {MessageDecodeError} As {@linkcode borrowAndUpdate}.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    const options = { action: AWAIT_CHANGE };
    do yield this.borrowAndUpdate(); while (
      await this.#cell.news.waitAsync(() => this.#view.look(), options) !==
        ENDED
    );
  }

  #wait<R>(
    action: string,
    attempt: () => R | undefined | typeof ENDED,
    { timeout }: WaitOptions,
  ): R {
    checkTimeout(timeout, action);
    const found = this.#cell.news.wait(attempt, { action, timeout });
    if (found === ENDED) throw ended(action);
    return found;
  }

  async #waitAsync<R>(
    action: string,
    attempt: () => R | undefined | typeof ENDED,
    options: WaitAsyncOptions,
  ): Promise<R> {
    checkTimeout(options.timeout, action);
    const wait = { ...options, action };
    const found = await this.#cell.news.waitAsync(attempt, wait);
    if (found === ENDED) throw ended(action);
    return found;
  }
}

function ended(action: string): ChannelClosedError {
  return new ChannelClosedError(`Cannot ${action} as all senders are closed`);
}

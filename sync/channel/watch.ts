/**
 * A channel that keeps the last value only.
 *
 * The protocol is in the folder's README, "Watch".
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
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import {
  type PayloadForm,
  payloadFrom,
  payloadOf,
  type PayloadOptions,
} from "./payload.ts";
import { cellLengthOf, CHANGED, OVER, SAME, WatchCell } from "./watch_cell.ts";

const SEND = "send value";
const AWAIT_CHANGE = "wait for change";
const AWAIT_VALUE = "wait for value";
const AWAIT_CLOSE = "wait for receivers to close";

/** Names a watch, or an end of one, in a message. */
export interface WatchHandleOf<K extends string>
  extends SharedHandle<K>, PayloadForm {}

/** Names a {@linkcode Watch} in a message. */
export type WatchHandle = WatchHandleOf<"Watch">;
/** Names a {@linkcode WatchSender} in a message. */
export type WatchSenderHandle = WatchHandleOf<"WatchSender">;
/** Names a {@linkcode WatchReceiver} in a message. */
export interface WatchReceiverHandle extends WatchHandleOf<"WatchReceiver"> {
  /** Which value the receiver has seen, modulo 2^32. */
  readonly version: number;
}

/** What the ends of a watch are made of. */
let cellOf: <T>(watch: Watch<T>) => WatchCell<T>;

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
  readonly #cell: WatchCell<T>;

  static {
    cellOf = (watch) => watch.#cell;
  }

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
    if (isHandle(source)) {
      checkHandle("Watch", source, () => LINE);
      const payload = payloadFrom<T>(
        "attach to watch",
        source,
        initial as Codec<T> | undefined,
      );
      const byteLength = cellLengthOf(payload.width);
      this.handle = checkHandle("Watch", source, () => byteLength);
      if (!WatchCell.fits(source, payload)) {
        throw new RangeError(
          "Cannot attach to watch as it is of another form than the handle says",
        );
      }
      this.#cell = new WatchCell(source, payload);
      return;
    }
    const payload = payloadOf<T>("create watch", source, options);
    const words = payload.enter("create watch", initial as T);
    const slice = allocate(cellLengthOf(payload.width));
    this.handle = { kind: "Watch", ...slice, ...payload.form };
    this.#cell = new WatchCell(this.handle, payload);
    this.#cell.init(words);
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
    return isOver(this.#cell);
  }

  /** How many receivers there are, at this moment. */
  get receiverCount(): number {
    return this.#cell.receivers.count;
  }

  /**
   * Opens an end that sends, for this thread.
   *
   * @throws {ChannelClosedError} If there were senders, and all are closed.
   * @throws {RangeError} If there are as many as there can be.
   */
  sender(): WatchSender<T> {
    return new WatchSender(this);
  }

  /**
   * Opens an end that receives, for this thread. The value that is there counts as
   * seen.
   *
   * @throws {RangeError} If there are as many as there can be.
   */
  receiver(): WatchReceiver<T> {
    return new WatchReceiver(this);
  }

  /** Closes all senders, and there will be none. A second call does nothing. */
  close(): void {
    if (this.#cell.senders.shut()) wakeAll(this.#cell);
  }
}

/**
 * An end of a {@linkcode Watch} that sends. For one thread; another one that
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
  readonly #watch: Watch<T>;
  readonly #cell: WatchCell<T>;
  #entry: number | undefined;

  /** See {@linkcode Watch.sender}. */
  constructor(watch: Watch<T>) {
    this.handle = { ...watch.handle, kind: "WatchSender" };
    this.#watch = watch;
    this.#cell = cellOf(watch);
    this.#entry = this.#cell.senders.open();
    if (this.#entry === undefined) {
      throw new ChannelClosedError(
        "Cannot open sender as all senders of the watch are closed",
      );
    }
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
      new Watch<T>({ ...handle, kind: "Watch" }, codec),
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
    this.#checkOpen();
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
   */
  sendIfModified(modify: (value: T) => T | undefined): boolean {
    return this.#modify(modify, true);
  }

  /**
   * The last value.
   *
   * @param into Where to put a struct. Default: a new object.
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
    return this.#watch.receiver();
  }

  /**
   * Waits until there were receivers and all are closed; blocks the thread.
   *
   * @returns True. False if this end or the watch was closed meanwhile.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  closed(options: WaitOptions = {}): boolean {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    return this.#cell.leaving.wait(() => this.#closing(), {
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
    return await this.#cell.leaving.waitAsync(() => this.#closing(), {
      ...options,
      action: AWAIT_CLOSE,
    });
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#cell.senders.close(entry);
    wakeAll(this.#cell);
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
      this.#checkOpen();
      const version = cell.read();
      const value = modify(cell.payload.leave());
      if (value === undefined && mayLeave) return false;
      // The function may have closed this end.
      const words = cell.payload.enter(SEND, value as T);
      this.#checkOpen();
      const done = cell.write(words, version);
      if (done === CHANGED) return true;
      if (done === OVER) throw closed(value);
    }
  }

  #checkOpen(): void {
    if (this.#entry !== undefined) return;
    throw new TypeError("Cannot send value as this end is closed");
  }

  /** True: no receivers. False: this end is of no use any more. */
  #closing(): boolean | undefined {
    const { receivers, senders } = this.#cell;
    if (receivers.isDeserted) return true;
    return this.#entry === undefined || senders.isGone ? false : undefined;
  }
}

/**
 * An end of a {@linkcode Watch} that receives. For one thread; another one that
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
  readonly #watch: Watch<T>;
  readonly #cell: WatchCell<T>;
  #entry: number | undefined;
  #seen: number;

  /**
   * See {@linkcode Watch.receiver}.
   *
   * @param version Which value counts as seen. Default: the one that is there.
   */
  constructor(watch: Watch<T>, version?: number) {
    const cell = cellOf(watch);
    this.#watch = watch;
    this.#cell = cell;
    this.#entry = cell.receivers.open();
    this.#seen = version ?? cell.version;
    setReceiverArm<T>(this, {
      tryTake: () => this.#take(),
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
    if ((version | 0) !== version) {
      throw new RangeError(
        `Cannot attach to receiver as 'handle.version' must be a 32-bit integer: received ${version}`,
      );
    }
    return new WatchReceiver(
      new Watch<T>({ ...rest, kind: "Watch" }, codec),
      version,
    );
  }

  /** Names this end, as it is now, in a message. */
  get handle(): WatchReceiverHandle {
    return {
      ...this.#watch.handle,
      kind: "WatchReceiver",
      version: this.#seen,
    };
  }

  /** Whether there is a value that was not seen. */
  get hasChanged(): boolean {
    return this.#cell.version !== this.#seen;
  }

  /** Whether all senders are closed, so that the value will stay. */
  get isClosed(): boolean {
    return isOver(this.#cell);
  }

  /**
   * The last value. It does not count as seen by that.
   *
   * @param into Where to put a struct. Default: a new object.
   * @throws {TypeError} If this end is closed.
   */
  borrow(into?: T): T {
    this.#checkOpen();
    this.#cell.read();
    return this.#cell.payload.leave(into);
  }

  /**
   * The last value, which counts as seen from now on.
   *
   * @param into Where to put a struct. Default: a new object.
   * @throws {TypeError} If this end is closed.
   */
  borrowAndUpdate(into?: T): T {
    this.#checkOpen();
    this.#seen = this.#cell.read();
    return this.#cell.payload.leave(into);
  }

  /**
   * The last value, if it was not seen, which then counts as seen; else
   * `undefined`. So a `select` has an arm for it.
   *
   * @param into Where to put a struct. Default: a new object.
   * @throws {ChannelClosedError} If the last value was seen, and all senders are
   * closed.
   * @throws {TypeError} If this end is closed.
   */
  tryRecv(into?: T): T | undefined {
    const value = this.#take(into);
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
    checkTimeout(options.timeout, AWAIT_CHANGE);
    const end = this.#cell.news.wait(() => this.#step(), {
      action: AWAIT_CHANGE,
      timeout: options.timeout,
    });
    if (end === ENDED) throw ended(AWAIT_CHANGE);
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
    checkTimeout(options.timeout, AWAIT_CHANGE);
    const end = await this.#cell.news.waitAsync(() => this.#step(), {
      ...options,
      action: AWAIT_CHANGE,
    });
    if (end === ENDED) throw ended(AWAIT_CHANGE);
  }

  /**
   * Waits for a value that a function says yes to; blocks the thread. The value that is
   * there may be it. Those that it was asked about count as seen.
   *
   * @returns The value.
   * @throws {ChannelClosedError} If the last value is none, and all senders are
   * closed.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  waitFor(predicate: (value: T) => boolean, options: WaitOptions = {}): T {
    checkTimeout(options.timeout, AWAIT_VALUE);
    const value = this.#cell.news.wait(this.#search(predicate), {
      action: AWAIT_VALUE,
      timeout: options.timeout,
    });
    if (value === ENDED) throw ended(AWAIT_VALUE);
    return value;
  }

  /**
   * Waits for a value that a function says yes to, without blocking the thread.
   * The value that is there may be it. Those that it was asked about count as seen.
   *
   * @returns The value.
   * @throws {ChannelClosedError} If the last value is none, and all senders are
   * closed.
   * @throws {TypeError} If this end is closed.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async waitForAsync(
    predicate: (value: T) => boolean,
    options: WaitAsyncOptions = {},
  ): Promise<T> {
    checkTimeout(options.timeout, AWAIT_VALUE);
    const value = await this.#cell.news.waitAsync(this.#search(predicate), {
      ...options,
      action: AWAIT_VALUE,
    });
    if (value === ENDED) throw ended(AWAIT_VALUE);
    return value;
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#cell.receivers.close(entry);
    wakeAll(this.#cell);
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Takes the value that is there, then each that is new; blocks the thread. */
  *[Symbol.iterator](): Generator<T, void, void> {
    const options = { action: AWAIT_CHANGE };
    do yield this.borrowAndUpdate(); while (
      this.#cell.news.wait(() => this.#look(), options) !== ENDED
    );
  }

  /**
   * Takes the value that is there, then each that is new, without blocking the
   * thread.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    const options = { action: AWAIT_CHANGE };
    do yield this.borrowAndUpdate(); while (
      await this.#cell.news.waitAsync(() => this.#look(), options) !== ENDED
    );
  }

  /** Whether there is a value that was not seen; undefined if there may be one. */
  #look(): true | undefined | typeof ENDED {
    this.#checkOpen();
    const { senders } = this.#cell;
    let found = this.#cell.look(this.#seen);
    if (found === SAME && !senders.isGone && senders.look()) {
      // The last of them may have sent before it was lost.
      found = this.#cell.look(this.#seen);
      wakeAll(this.#cell);
    }
    if (found === OVER) return ENDED;
    return found === CHANGED || undefined;
  }

  #take(into?: T): T | undefined | typeof ENDED {
    const found = this.#look();
    return found === true ? this.borrowAndUpdate(into) : found;
  }

  /** The same; the value then counts as seen. */
  #step(): true | undefined | typeof ENDED {
    const found = this.#look();
    if (found === true) this.#seen = this.#cell.version;
    return found;
  }

  /** Looks for a value, among those that it has not looked at. */
  #search(
    predicate: (value: T) => boolean,
  ): () => T | undefined | typeof ENDED {
    let isFirst = true;
    return () => {
      if (isFirst) this.#checkOpen();
      else {
        const found = this.#look();
        if (found !== true) return found;
      }
      const version = this.#cell.read();
      const value = this.#cell.payload.leave();
      const isIt = predicate(value);
      this.#seen = version;
      if (isIt) return value;
      isFirst = false;
      return undefined;
    };
  }

  #checkOpen(): void {
    if (this.#entry !== undefined) return;
    throw new TypeError("Cannot receive value as this end is closed");
  }
}

/** Whether all senders are gone: looks who is there, and tells those who wait. */
function isOver(
  cell: Pick<WatchCell<unknown>, "senders" | "news" | "leaving">,
): boolean {
  if (cell.senders.isGone) return true;
  if (!cell.senders.look()) return false;
  wakeAll(cell);
  return true;
}

/** Tells all who wait that somebody left. */
function wakeAll(
  cell: Pick<WatchCell<unknown>, "news" | "leaving">,
): void {
  cell.news.signal();
  cell.leaving.signal();
}

function closed<T>(value: T): ChannelClosedError<T> {
  return new ChannelClosedError(
    "Cannot send value as the watch was closed",
    value,
  );
}

function ended(action: string): ChannelClosedError {
  return new ChannelClosedError(`Cannot ${action} as all senders are closed`);
}

function isHandle(source: unknown): source is WatchHandle {
  return typeof source === "object" && source !== null && "kind" in source;
}

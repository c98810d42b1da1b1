/**
 * The end of a channel that receives.
 *
 * @module
 */

import { checkRecords } from "../record.ts";
import { checkTimeout } from "../timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../wait.ts";
import { setReceiverArm } from "./arms.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import { ChannelCore } from "./channel_core.ts";
import {
  type ChannelLike,
  isSame,
  type ReceiverHandle,
} from "./channel_handle.ts";
import type { Codec } from "./codec.ts";
import { MAX_ENDS } from "./ends.ts";
import { ENDED, type MeetingOptions, type Store } from "./flavor.ts";
import { MessageIterator } from "./message_iterator.ts";
import { WaitingLine } from "./waiting_line.ts";

const ACTION = "receive message";

/** Options of {@linkcode Receiver.recv}. */
export interface RecvOptions<T> extends WaitOptions {
  /** Where to put a struct that is received. Default: a new object. */
  readonly into?: T;
}

/** Options of {@linkcode Receiver.recvAsync}. */
export interface RecvAsyncOptions<T> extends WaitAsyncOptions {
  /** Where to put a struct that is received. Default: a new object. */
  readonly into?: T;
}

/** Where {@linkcode Receiver.recvMany} puts messages: a typed array, or any other. */
export interface RecvTarget<T> {
  /** The most messages to receive. */
  readonly length: number;
  /** The messages. */
  [index: number]: T;
}

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
  readonly #store: Store<T>;
  readonly #entry: number;
  readonly #waiting: WaitingLine;
  #open = true;
  /** How many messages were taken, modulo 2^32. */
  #received = 0;
  /** What the next call throws: the message behind those of the last one was bad. */
  #failure: { readonly error: unknown } | undefined;

  /** See `channel.receiver()`. */
  constructor(core: ChannelCore<T>) {
    const entry = core.receivers.open();
    if (entry === undefined) {
      throw new ChannelClosedError(
        "Cannot open receiver as all receivers of the channel are closed",
      );
    }
    this.handle = core.handleOf("Receiver");
    this.#core = core;
    this.#entry = entry;
    this.#store = core.attachStore();
    this.#waiting = new WaitingLine(core.items);
    setReceiverArm(this, {
      tryTake: () => this.#tryTake(),
      events: core.items,
      due: Infinity,
      store: this.#store,
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
    return this.#core.shape.capacity;
  }

  /** How many messages there are; 0 once nobody will receive them. */
  get size(): number {
    return this.#core.size;
  }

  /** Whether there is no message. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there is no room: always so for a rendezvous. */
  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  /**
   * Whether nothing more will be sent: the channel was closed, or all senders
   * are, or this end is. There may be messages left.
   */
  get isClosed(): boolean {
    return !this.#open || this.#isOver();
  }

  /** Whether this is an end of the same channel as another end, or of this channel. */
  sameChannel(other: ChannelLike): boolean {
    return isSame(this, other);
  }

  /**
   * Receives the oldest message; blocks the thread while there is none.
   *
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {DOMException} `TimeoutError` when the time is up; no message was
   * taken then.
   * @throws {TypeError} If this end is closed.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  recv(options?: RecvOptions<T>): T {
    if (options !== undefined) checkTimeout(options.timeout, ACTION);
    let value = this.#tryTake(options?.into);
    if (value === undefined) value = this.#wait(options);
    if (value === ENDED) throw closed();
    return value;
  }

  /**
   * Receives the oldest message as soon as there is one, without blocking the
   * thread.
   *
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no message was taken then.
   * @throws {TypeError} If this end is closed.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async recvAsync(options: RecvAsyncOptions<T> = {}): Promise<T> {
    const value = await this.#take(options, same);
    if (value === ENDED) throw closed();
    return value;
  }

  /**
   * Receives the oldest message, if there is one; in a rendezvous, if a sender
   * waits with one.
   *
   * @param into Where to put a struct. Default: a new object.
   * @returns The message, or `undefined`.
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
   * @throws {TypeError} If this end is closed.
   */
  tryRecv(into?: T): T | undefined {
    const value = this.#tryTake(into);
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
    const most = this.#mostOf(target);
    const first = this.recv(options as RecvOptions<T>);
    return this.#gather(target, most, first);
  }

  /**
   * The same as {@linkcode recvMany} without blocking the thread.
   *
   * @returns How many were received, if there is a target; else an array of
   * them.
   * @throws {ChannelClosedError} If there is none, and the channel or all senders
   * are closed.
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
    const most = this.#mostOf(target);
    // At once: else calls that were made later would take what is behind it.
    const gathered = await this.#take(
      options ?? {},
      (first) => this.#gather(target, most, first),
    );
    if (gathered === ENDED) throw closed();
    return gathered;
  }

  /**
   * Receives the messages that are there, at once; none if there is none, or
   * none will come.
   *
   * @throws {TypeError} If this end is closed.
   */
  drain(): T[] {
    if (!this.#open || this.#failure !== undefined) this.#refuse();
    const { meeting, size } = this.#store;
    // Those that come meanwhile are not for this call, which ends.
    const most = meeting === undefined ? size : MAX_ENDS;
    const values: T[] = [];
    this.#gather(values, most, undefined);
    return values;
  }

  /**
   * Receives all messages until nothing more will come; blocks the thread while
   * there is none. Who breaks the loop leaves this end open, and the messages that
   * it was not given where they are.
   */
  *[Symbol.iterator](): IterableIterator<T> {
    for (;;) {
      let value = this.#tryTake();
      if (value === undefined) value = this.#wait();
      if (value === ENDED) return;
      yield value;
    }
  }

  /**
   * Receives all messages until nothing more will come, without blocking the
   * thread. Who breaks the loop, or cancels a stream that is made of it, leaves this
   * end open, and the messages that it was not given where they are.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new MessageIterator((signal) => this.#take({ signal }, same));
  }

  /**
   * Closes this end; calls of it that wait fail. When all receivers of a channel
   * are closed, what they did not receive is dropped, and senders get their
   * messages back. A second call does nothing.
   */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#core.receivers.close(this.#entry)) this.#core.seal();
    else {
      // Not only tasks in line: an async select may wait at this end.
      this.#core.items.signal();
      this.#store.meeting?.wakeAll();
    }
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #tryTake(into?: T): T | undefined | typeof ENDED {
    if (!this.#open || this.#failure !== undefined) this.#refuse();
    const value = this.#pop(into);
    if (value !== undefined) return value;
    if (!this.#isOver()) return undefined;
    // Nothing was sent after the seal, but something may have been before.
    const last = this.#pop(into);
    return last === undefined ? ENDED : last;
  }

  #pop(into: T | undefined): T | undefined {
    let value: T | undefined;
    try {
      value = this.#store.tryPop(into);
    } catch (error) {
      // It could not be decoded, but it was taken.
      this.#core.room.signal();
      throw error;
    }
    if (value !== undefined) {
      this.#received = (this.#received + 1) | 0;
      this.#core.room.signal();
    }
    return value;
  }

  #refuse(): void {
    if (!this.#open) throw endClosed();
    const { error } = this.#failure!;
    this.#failure = undefined;
    throw error;
  }

  /** Whether nothing more will be sent: looks who is there. */
  #isOver(): boolean {
    return this.#core.isGone(this.#core.senders);
  }

  #wait(options?: RecvOptions<T>): T | typeof ENDED {
    const { meeting } = this.#store;
    const into = options?.into;
    const wait = { action: ACTION, timeout: options?.timeout };
    if (meeting !== undefined) {
      const value = meeting.pop(this.#meet(wait, into));
      return value === undefined ? ENDED : value;
    }
    return this.#core.items.wait(
      () => this.#tryTake(into),
      wait,
      this.#received,
    );
  }

  /** Takes a message, and what is made of it in the same step. */
  async #take<R>(
    options: RecvAsyncOptions<T>,
    make: (value: T) => R,
  ): Promise<R | typeof ENDED> {
    checkTimeout(options.timeout, ACTION);
    options.signal?.throwIfAborted();
    const { meeting } = this.#store;
    const { into, timeout, signal } = options;
    const wait = { action: ACTION, timeout, signal };
    // Those who came before are served before.
    if (this.#waiting.isEmpty) {
      const early = this.#tryTake(into);
      if (early !== undefined) return early === ENDED ? ENDED : make(early);
    }
    if (meeting !== undefined) {
      const value = await meeting.popAsync(this.#meet(wait, into));
      return value === undefined ? ENDED : make(value);
    }
    return await this.#waiting.wait<R | typeof ENDED>(() => {
      const value = this.#tryTake(into);
      if (value === undefined) return undefined;
      return value === ENDED ? ENDED : make(value);
    }, wait);
  }

  #meet(
    wait: Pick<MeetingOptions<T>, "action" | "timeout" | "signal">,
    into: T | undefined,
  ): MeetingOptions<T> {
    return {
      ...wait,
      into,
      isOver: () => {
        if (!this.#open) throw endClosed();
        return this.#isOver();
      },
    };
  }

  /** How many messages to receive at most. Checks what they are to be put into. */
  #mostOf(target: RecvTarget<T> | number): number {
    const isCount = typeof target === "number";
    const most = isCount ? target : target?.length;
    if (!(Number.isInteger(most) && most >= 1)) {
      throw new RangeError(
        `Cannot receive messages as there must be room for a positive number of them: received ${most}`,
      );
    }
    if (isCount) return most;
    const { record } = this.#core.shape;
    if (record !== undefined && ArrayBuffer.isView(target)) {
      checkRecords("receive messages", record.form, target);
    }
    if (isWritable(target, most)) return most;
    throw new TypeError(
      `Cannot receive messages as those before must be written over: received an array that cannot be changed`,
    );
  }

  /** Puts a message that was taken and those behind it into an array. */
  #gather(
    target: RecvTarget<T> | number,
    most: number,
    first: T | undefined,
  ): number | T[] {
    const values: T[] | RecvTarget<T> = typeof target === "number"
      ? []
      : target;
    let count = 0;
    try {
      if (first !== undefined) values[count++] = first;
      while (count < most) {
        let value: T | undefined;
        try {
          value = this.#store.tryPop();
        } catch (error) {
          // Those before it must not be lost with it.
          if (count === 0) throw error;
          this.#failure = { error };
          break;
        }
        if (value === undefined) break;
        this.#received = (this.#received + 1) | 0;
        values[count++] = value;
      }
    } finally {
      this.#core.room.signal();
    }
    return typeof target === "number" ? values as T[] : count;
  }
}

/** Whether the first elements of an array can be written to. */
function isWritable(target: RecvTarget<unknown>, most: number): boolean {
  if (ArrayBuffer.isView(target) || Object.isExtensible(target)) return true;
  for (let k = 0; k < most; k++) {
    if (!Object.getOwnPropertyDescriptor(target, k)?.writable) return false;
  }
  return true;
}

function same<T>(value: T): T {
  return value;
}

function closed(): ChannelClosedError {
  return new ChannelClosedError(
    "Cannot receive message as the channel is closed, or all its senders are, and it is empty",
  );
}

function endClosed(): TypeError {
  return new TypeError("Cannot receive message as this receiver was closed");
}

/**
 * A channel for one message.
 *
 * The protocol is in the folder's README, "Oneshot".
 *
 * @module
 */

import { allocate } from "../arena.ts";
import { EVENT_COUNT_SIZE, EventCount } from "../event_count.ts";
import { checkHandle, type SharedHandle } from "../handle.ts";
import { LINE, wordsOf } from "../memory.ts";
import type { RecordSource } from "../record_type.ts";
import { currentThread, type ThreadRegistry } from "../thread.ts";
import { checkTimeout } from "../timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../wait.ts";
import { setReceiverArm } from "./arms.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import {
  type Payload,
  type PayloadForm,
  payloadFrom,
  payloadOf,
  type PayloadOptions,
} from "./payload.ts";

const MARK = 0; //     written once: what messages are
const WIDTH = 1; //    written once: how many words a message has
const STATE = 2; //    how far it is
const SENDER = 3; //   the thread that has the end, minus it once that is used, or 0
const RECEIVER = 4; // likewise, minus it once that is closed
const MESSAGE = 8; //  written once, by the sender

const EMPTY = 0;
const SENT = 1;
const RECEIVED = 2;
/** The sender went without a message. */
const ABANDONED = 3;
/** The receiver went before there was a message. */
const REFUSED = 4;

/** Names a oneshot, or an end of one, in a message. */
export interface OneshotHandleOf<K extends string>
  extends SharedHandle<K>, PayloadForm {}

/** Names a {@linkcode Oneshot} in a message. */
export type OneshotHandle = OneshotHandleOf<"Oneshot">;
/** Names a {@linkcode OneshotSender} in a message. */
export type OneshotSenderHandle = OneshotHandleOf<"OneshotSender">;
/** Names a {@linkcode OneshotReceiver} in a message. */
export type OneshotReceiverHandle = OneshotHandleOf<"OneshotReceiver">;

/** What the ends of a oneshot are made of. */
let coreOf: <T>(oneshot: Oneshot<T>) => Core<T>;

/**
 * A channel for one message, from one sender to one receiver.
 *
 * As tokio's `oneshot`. Each end is taken once. To hand one to another thread,
 * send it, or its `handle`: the thread that attaches to it has the end from then
 * on. An end whose thread is lost counts as closed.
 *
 * @typeParam T The message.
 *
 * @example Usage
 * ```ts
 * import { Oneshot } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const answer = new Oneshot("f64");
 * using rx = answer.receiver();
 * const tx = Oneshot.from(answer.handle).sender(); //    on another thread
 * tx.send(42);
 * assertEquals(rx.recv(), 42);
 * ```
 */
export class Oneshot<T = number> {
  /** Names this oneshot in a message. */
  readonly handle: OneshotHandle;
  readonly #core: Core<T>;

  static {
    coreOf = (oneshot) => oneshot.#core;
  }

  /**
   * Makes a oneshot.
   *
   * @param source What the message is: a kind of number, a struct type, or a codec.
   * @throws {TypeError} If it is none of them.
   * @throws {RangeError} If it is a codec, and `maxBytes` is missing or out of range.
   */
  constructor(
    source: RecordSource<T> | Codec<T>,
    options?: PayloadOptions,
  );
  /** Attaches to a oneshot that another thread made. */
  constructor(handle: OneshotHandle, codec?: Codec<T>);
  constructor(
    source: RecordSource<T> | Codec<T> | OneshotHandle,
    more?: PayloadOptions | Codec<T>,
  ) {
    if (isHandle(source)) {
      this.#core = Core.from(source, more as Codec<T> | undefined);
      this.handle = source;
      return;
    }
    const payload = payloadOf<T>(
      "create oneshot",
      source,
      more as PayloadOptions | undefined,
    );
    const slice = allocate(byteLengthOf(payload.width));
    this.handle = { kind: "Oneshot", ...slice, ...payload.form };
    const words = wordsOf(slice, MESSAGE);
    Atomics.store(words, WIDTH, payload.width);
    Atomics.store(words, MARK, payload.mark);
    this.#core = new Core(this.handle, payload);
  }

  /**
   * Attaches to a oneshot that another thread made. This takes no end.
   *
   * @param codec What makes the message, if that is no record.
   * @throws {TypeError} If the handle is none, one of another class, or the codec is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(handle: OneshotHandle, codec?: Codec<T>): Oneshot<T> {
    checkHandle("Oneshot", handle, () => 0);
    return new Oneshot<T>(handle, codec);
  }

  /**
   * Takes the end that sends, for this thread.
   *
   * @throws {TypeError} If it was taken before.
   */
  sender(): OneshotSender<T> {
    this.#core.take(SENDER, "sender");
    return new OneshotSender(this);
  }

  /**
   * Takes the end that receives, for this thread.
   *
   * @throws {TypeError} If it was taken before.
   */
  receiver(): OneshotReceiver<T> {
    this.#core.take(RECEIVER, "receiver");
    return new OneshotReceiver(this);
  }
}

/**
 * The end of a {@linkcode Oneshot} that sends. For one thread at a time.
 *
 * @typeParam T The message.
 *
 * @example Usage
 * ```ts
 * import { ChannelClosedError, Oneshot } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const oneshot = new Oneshot("i32");
 * const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
 * rx.close();
 * const error = assertThrows(() => tx.send(7), ChannelClosedError);
 * assertEquals(error.value, 7);
 * ```
 */
export class OneshotSender<T = number> implements Disposable {
  /** Names this end in a message: who attaches to it has the end from then on. */
  readonly handle: OneshotSenderHandle;
  readonly #core: Core<T>;

  /** See {@linkcode Oneshot.sender}: takes the end over, if another thread has it. */
  constructor(oneshot: Oneshot<T>) {
    this.handle = { ...oneshot.handle, kind: "OneshotSender" };
    this.#core = coreOf(oneshot);
    this.#core.move(SENDER, "sender");
  }

  /**
   * Takes the end over from the thread that sent it.
   *
   * @param codec What makes the message, if that is no record.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing; if the end was used or closed.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(
    handle: OneshotSenderHandle,
    codec?: Codec<T>,
  ): OneshotSender<T> {
    checkHandle("OneshotSender", handle, () => 0);
    return new OneshotSender(
      new Oneshot<T>({ ...handle, kind: "Oneshot" }, codec),
    );
  }

  /** Whether a message can no longer be sent by this end. */
  get isClosed(): boolean {
    return this.#core.closing() !== undefined;
  }

  /**
   * Sends the message. Once; it does not wait for the receiver.
   *
   * @throws {ChannelClosedError} If the receiver is gone: with the message.
   * @throws {TypeError} If the message is none that can be sent, or if this end
   * was used, closed, or moved to another thread.
   * @throws {RangeError} If the message is out of range, or too long; the end can
   * still be used.
   */
  send(message: T): void {
    this.#core.send(message);
  }

  /**
   * Waits until the receiver is gone; blocks the thread.
   *
   * @returns True. False if this end was used, closed or moved meanwhile, so that it
   * no longer matters.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  closed(options: WaitOptions = {}): boolean {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    const core = this.#core;
    return core.events.wait(() => core.closing(), {
      action: AWAIT_CLOSE,
      timeout: options.timeout,
    });
  }

  /**
   * Waits until the receiver is gone, without blocking the thread.
   *
   * @returns As {@linkcode closed} does.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async closedAsync(options: WaitAsyncOptions = {}): Promise<boolean> {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    const core = this.#core;
    return await core.events.waitAsync(() => core.closing(), {
      ...options,
      action: AWAIT_CLOSE,
    });
  }

  /**
   * Gives the end up: if it has sent nothing, the receiver gets an error. A second
   * call does nothing.
   */
  close(): void {
    this.#core.abandon();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The end of a {@linkcode Oneshot} that receives. For one thread at a time.
 *
 * @typeParam T The message.
 *
 * @example Usage
 * ```ts
 * import { ChannelClosedError, Oneshot } from "@kindred/kindred/sync";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const oneshot = new Oneshot("i32");
 * const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
 * assertEquals(rx.tryRecv(), undefined); //    nothing yet
 * tx.close();
 * await assertRejects(() => rx.recvAsync(), ChannelClosedError);
 * ```
 */
export class OneshotReceiver<T = number> implements Disposable {
  /** Names this end in a message: who attaches to it has the end from then on. */
  readonly handle: OneshotReceiverHandle;
  readonly #core: Core<T>;

  /** See {@linkcode Oneshot.receiver}: takes the end over, if another thread has it. */
  constructor(oneshot: Oneshot<T>) {
    const core = coreOf(oneshot);
    this.handle = { ...oneshot.handle, kind: "OneshotReceiver" };
    core.move(RECEIVER, "receiver");
    this.#core = core;
    setReceiverArm<T>(this, {
      tryTake: () => core.receive(),
      events: core.events,
      due: Infinity,
      store: undefined,
    });
  }

  /**
   * Takes the end over from the thread that sent it.
   *
   * @param codec What makes the message, if that is no record.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing; if the end was closed.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(
    handle: OneshotReceiverHandle,
    codec?: Codec<T>,
  ): OneshotReceiver<T> {
    checkHandle("OneshotReceiver", handle, () => 0);
    return new OneshotReceiver(
      new Oneshot<T>({ ...handle, kind: "Oneshot" }, codec),
    );
  }

  /**
   * Takes the message, if it is there; `undefined` if it may still come.
   *
   * @throws {ChannelClosedError} If the sender is gone without a message, this end
   * was closed before there was one, or the message was received already.
   * @throws {TypeError} If this end was moved to another thread.
   */
  tryRecv(): T | undefined {
    const message = this.#core.receive();
    if (message === ENDED) throw this.#core.closedError();
    return message;
  }

  /**
   * Takes the message; blocks the thread until it is there.
   *
   * @throws {ChannelClosedError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end was moved to another thread.
   * @throws {DOMException} `TimeoutError` when the time is up; the message may
   * still come then.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  recv(options: WaitOptions = {}): T {
    checkTimeout(options.timeout, RECEIVE);
    const message = this.tryRecv();
    // A codec may make null of it.
    if (message !== undefined) return message;
    return this.#core.events.wait(() => this.tryRecv(), {
      action: RECEIVE,
      timeout: options.timeout,
    });
  }

  /**
   * Takes the message as soon as it is there, without blocking the thread.
   *
   * @throws {ChannelClosedError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end was moved to another thread.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; the message may still come then.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async recvAsync(options: WaitAsyncOptions = {}): Promise<T> {
    checkTimeout(options.timeout, RECEIVE);
    return await this.#core.events.waitAsync(() => this.tryRecv(), {
      ...options,
      action: RECEIVE,
    });
  }

  /**
   * Refuses the message from now on: the sender gets it back. One that was sent
   * before can still be received. A second call does nothing.
   */
  close(): void {
    this.#core.refuse();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

const SEND = "send message";
const RECEIVE = "receive message";
const AWAIT_CLOSE = "wait for receiver to close";

/** What a thread does with a oneshot. */
class Core<T> {
  readonly events: EventCount;
  readonly #payload: Payload<T>;
  readonly #words: Int32Array;
  readonly #me: number;
  readonly #threads: ThreadRegistry;

  constructor(handle: OneshotHandle, payload: Payload<T>) {
    const { buffer, byteOffset } = handle;
    const { width } = payload;
    const byteLength = byteLengthOf(width);
    this.#payload = payload;
    this.#words = wordsOf(handle, MESSAGE + width);
    this.events = new EventCount({
      buffer,
      byteOffset: byteOffset + byteLength - EVENT_COUNT_SIZE,
    });
    const { id, threads } = currentThread();
    this.#me = id;
    this.#threads = threads;
  }

  static from<T>(handle: OneshotHandle, codec: Codec<T> | undefined): Core<T> {
    const action = "attach to oneshot";
    checkHandle("Oneshot", handle, () => LINE);
    const payload = payloadFrom<T>(action, handle, codec);
    checkHandle("Oneshot", handle, () => byteLengthOf(payload.width));
    const words = wordsOf(handle, MESSAGE);
    if (
      Atomics.load(words, MARK) !== payload.mark ||
      Atomics.load(words, WIDTH) !== payload.width
    ) {
      throw new RangeError(`Cannot ${action} as its message is another one`);
    }
    return new Core(handle, payload);
  }

  /** Takes an end that nobody has had yet. */
  take(end: number, name: string): void {
    if (Atomics.compareExchange(this.#words, end, 0, this.#me) === 0) return;
    throw new TypeError(
      `Cannot take ${name} of oneshot as it was taken before: send it to move it`,
    );
  }

  /** Takes an end over from the thread that has it. */
  move(end: number, name: string): void {
    for (;;) {
      const holder = Atomics.load(this.#words, end);
      if (holder <= 0) {
        throw new TypeError(
          `Cannot attach to ${name} of oneshot as it was ${
            holder === 0 ? "never taken" : "used or closed before"
          }`,
        );
      }
      if (holder === this.#me) return;
      if (
        Atomics.compareExchange(this.#words, end, holder, this.#me) !== holder
      ) continue;
      // The former thread may wait here.
      this.events.signal();
      return;
    }
  }

  send(message: T): void {
    const words = this.#words;
    if (Atomics.load(words, SENDER) !== this.#me) this.#isUsed();
    const count = this.#payload.enter(SEND, message);
    // To encode is code of the caller: the end may have been used in it.
    if (
      Atomics.compareExchange(words, SENDER, this.#me, -this.#me) !== this.#me
    ) this.#isUsed();
    this.#refuseForLost();
    const { stage } = this.#payload;
    for (let k = 0; k < count; k++) words[MESSAGE + k] = stage[k]!;
    // Publishes the plain stores of the message.
    const sent = Atomics.compareExchange(words, STATE, EMPTY, SENT) === EMPTY;
    this.events.signal();
    if (sent) return;
    throw new ChannelClosedError(
      "Cannot send message as nobody will receive it",
      message,
    );
  }

  /** Closes the end that sends. */
  abandon(): void {
    const words = this.#words;
    if (
      Atomics.compareExchange(words, SENDER, this.#me, -this.#me) !== this.#me
    ) return;
    Atomics.compareExchange(words, STATE, EMPTY, ABANDONED);
    this.events.signal();
  }

  /** Closes the end that receives. */
  refuse(): void {
    const words = this.#words;
    if (
      Atomics.compareExchange(words, RECEIVER, this.#me, -this.#me) !== this.#me
    ) return;
    Atomics.compareExchange(words, STATE, EMPTY, REFUSED);
    this.events.signal();
  }

  /** The message, if it is there. */
  receive(): T | undefined | typeof ENDED {
    const words = this.#words;
    if (Math.abs(Atomics.load(words, RECEIVER)) !== this.#me) {
      throw new TypeError(
        "Cannot receive message as this end was moved to another thread",
      );
    }
    for (;;) {
      const state = Atomics.load(words, STATE);
      if (state === SENT) {
        if (Atomics.compareExchange(words, STATE, SENT, RECEIVED) !== SENT) {
          continue;
        }
        // Nobody writes it any more.
        const payload = this.#payload;
        const count = payload.wordsFrom(words[MESSAGE]!);
        for (let k = 0; k < count; k++) payload.stage[k] = words[MESSAGE + k]!;
        return payload.leave();
      }
      if (state !== EMPTY) return ENDED;
      if (!this.#isLost(SENDER)) return undefined;
      // It may have sent before it was lost.
      Atomics.compareExchange(words, STATE, EMPTY, ABANDONED);
    }
  }

  closedError(): ChannelClosedError<T> {
    const state = Atomics.load(this.#words, STATE);
    const reason = state === ABANDONED
      ? "its sender is gone"
      : state === REFUSED
      ? "this end was closed before"
      : "it was received before";
    return new ChannelClosedError(`Cannot receive message as ${reason}`);
  }

  /** True: the receiver is gone. False: this end is. */
  closing(): boolean | undefined {
    this.#refuseForLost();
    const state = Atomics.load(this.#words, STATE);
    if (state === REFUSED) return true;
    if (state !== EMPTY) return false;
    return Atomics.load(this.#words, SENDER) === this.#me ? undefined : false;
  }

  #refuseForLost(): void {
    if (!this.#isLost(RECEIVER)) return;
    Atomics.compareExchange(this.#words, STATE, EMPTY, REFUSED);
  }

  /** Whether the thread that has an end is gone. */
  #isLost(end: number): boolean {
    const holder = Math.abs(Atomics.load(this.#words, end));
    return holder !== 0 && !this.#threads.isLive(holder);
  }

  #isUsed(): never {
    throw new TypeError(
      "Cannot send message as this end was used, closed, or moved to another thread",
    );
  }
}

function isHandle(source: unknown): source is OneshotHandle {
  return typeof source === "object" && source !== null && "kind" in source;
}

function byteLengthOf(width: number): number {
  return Math.ceil(4 * (MESSAGE + width) / LINE) * LINE + EVENT_COUNT_SIZE;
}

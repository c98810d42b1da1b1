/**
 * What a oneshot and its ends have in common, in one thread.
 *
 * The protocol is in the folder's README, "Oneshot".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { EVENT_COUNT_SIZE, EventCount } from "../thread/event_count.ts";
import { LINE, wordsOf } from "../memory/memory.ts";
import type { RecordSource } from "../record/record_type.ts";
import { currentThread, type ThreadRegistry } from "../thread/thread.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import type { OneshotHandle, OneshotHandleOf } from "./oneshot_handle.ts";
import {
  attachPayload,
  type Payload,
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

const SEND = "send message";

/** An end of a oneshot. */
export type OneshotEnd = "sender" | "receiver";

const WORD_OF: Readonly<Record<OneshotEnd, number>> = {
  sender: SENDER,
  receiver: RECEIVER,
};

/** What a thread does with a oneshot. */
export class OneshotCore<T> {
  /** Names the oneshot in a message. */
  readonly handle: OneshotHandle;
  /** Signalled after each step of either end. */
  readonly events: EventCount;
  readonly #payload: Payload<T>;
  readonly #words: Int32Array;
  readonly #me: number;
  readonly #threads: ThreadRegistry;

  private constructor(handle: OneshotHandle, payload: Payload<T>) {
    const { buffer, byteOffset } = handle;
    const { width } = payload;
    const byteLength = byteLengthOf(width);
    this.handle = handle;
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

  /**
   * Makes a oneshot.
   *
   * @throws {TypeError} If the source is not what a message can be.
   * @throws {RangeError} If an option is out of range.
   */
  static create<T>(
    source: RecordSource<T> | Codec<T>,
    options: PayloadOptions | undefined,
  ): OneshotCore<T> {
    const payload = payloadOf<T>("create oneshot", source, options);
    const slice = allocate(byteLengthOf(payload.width));
    const words = wordsOf(slice, MESSAGE);
    Atomics.store(words, WIDTH, payload.width);
    Atomics.store(words, MARK, payload.mark);
    return new OneshotCore(
      { kind: "Oneshot", ...slice, ...payload.form },
      payload,
    );
  }

  /**
   * Attaches to a oneshot.
   *
   * @throws {TypeError} If the handle is none, or the codec is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static attach<T>(
    handle: OneshotHandle,
    codec: Codec<T> | undefined,
  ): OneshotCore<T> {
    const payload = attachPayload("Oneshot", handle, codec, byteLengthOf);
    const words = wordsOf(handle, MESSAGE);
    if (
      Atomics.load(words, MARK) !== payload.mark ||
      Atomics.load(words, WIDTH) !== payload.width
    ) {
      throw new RangeError(
        "Cannot attach to oneshot as its message is another one",
      );
    }
    return new OneshotCore(handle, payload);
  }

  /** A handle of an end of it. */
  handleOf<K extends string>(kind: K): OneshotHandleOf<K> {
    return { ...this.handle, kind };
  }

  /**
   * Takes an end that nobody has had yet.
   *
   * @throws {TypeError} If it was taken before.
   */
  take(end: OneshotEnd): void {
    const at = WORD_OF[end];
    if (Atomics.compareExchange(this.#words, at, 0, this.#me) === 0) return;
    throw new TypeError(
      `Cannot take ${end} of oneshot as it was taken before: send it to move it`,
    );
  }

  /**
   * Takes an end over from the thread that has it.
   *
   * @throws {TypeError} If nobody has it.
   */
  move(end: OneshotEnd): void {
    const at = WORD_OF[end];
    for (;;) {
      const holder = Atomics.load(this.#words, at);
      if (holder <= 0) {
        throw new TypeError(
          `Cannot attach to ${end} of oneshot as it was ${
            holder === 0 ? "never taken" : "used or closed before"
          }`,
        );
      }
      if (holder === this.#me) return;
      if (
        Atomics.compareExchange(this.#words, at, holder, this.#me) !== holder
      ) continue;
      // The former thread may wait here.
      this.events.signal();
      return;
    }
  }

  /** Sends the message, once. */
  send(message: T): void {
    const words = this.#words;
    if (Atomics.load(words, SENDER) !== this.#me) this.#isUsed();
    const count = this.#payload.enter(SEND, message);
    const { stage } = this.#payload;
    this.#closeForLost(RECEIVER, REFUSED);
    // To encode is code of the caller: the end may have been used in it. From here
    // on nothing is called, so that a stack that is full cuts nothing off.
    if (
      Atomics.compareExchange(words, SENDER, this.#me, -this.#me) !== this.#me
    ) this.#isUsed();
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

  /**
   * Checks that this thread has the end that receives, closed or not.
   *
   * @throws {TypeError} If another one has.
   */
  checkReceiver(): void {
    if (Math.abs(Atomics.load(this.#words, RECEIVER)) === this.#me) return;
    throw new TypeError(
      "Cannot receive message as this end was moved to another thread",
    );
  }

  /** The message, if it is there. */
  receive(): T | undefined | typeof ENDED {
    this.checkReceiver();
    const words = this.#words;
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
      // It may have sent before it was lost.
      if (!this.#closeForLost(SENDER, ABANDONED)) return undefined;
    }
  }

  /** Whether no message will come to this end; one that has come may be there. */
  isOver(): boolean {
    if (!this.#receives()) return true;
    this.#closeForLost(SENDER, ABANDONED);
    return Atomics.load(this.#words, STATE) !== EMPTY;
  }

  /** Why no message can be received. */
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
    this.#closeForLost(RECEIVER, REFUSED);
    const state = Atomics.load(this.#words, STATE);
    if (state === REFUSED) return true;
    if (state !== EMPTY) return false;
    return Atomics.load(this.#words, SENDER) === this.#me ? undefined : false;
  }

  /** Whether this thread has the end that receives, closed or not. */
  #receives(): boolean {
    return Math.abs(Atomics.load(this.#words, RECEIVER)) === this.#me;
  }

  /**
   * Closes an end if the thread that has it is gone.
   *
   * @param state How far the oneshot is then, if there is no message.
   * @returns Whether it is gone.
   */
  #closeForLost(at: number, state: number): boolean {
    const holder = Math.abs(Atomics.load(this.#words, at));
    if (holder === 0 || this.#threads.isLive(holder)) return false;
    Atomics.compareExchange(this.#words, STATE, EMPTY, state);
    return true;
  }

  #isUsed(): never {
    throw new TypeError(
      "Cannot send message as this end was used, closed, or moved to another thread",
    );
  }
}

function byteLengthOf(width: number): number {
  return Math.ceil(4 * (MESSAGE + width) / LINE) * LINE + EVENT_COUNT_SIZE;
}

/**
 * How a sender gives messages: at once, or waiting.
 *
 * The protocol is in the folder's README, "Channel".
 *
 * @module
 */

import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { ChannelEnd, type EndWait } from "./channel_end.ts";
import type { ChannelCore } from "./channel_core.ts";
import {
  CLOSED,
  FULL,
  type MeetingOptions,
  PUSHED,
  type Pushed,
} from "./flavor.ts";

/** What a sender does, for messages. */
export const SEND = "send message";
/** A sender that never waits looks after so many messages who receives. */
const LOOK_AFTER = 256;

/** An end that gives messages. */
export class Delivery<T> extends ChannelEnd<T> {
  /** How many messages went, modulo 2^32. */
  #sends = 0;
  /** How many calls have waited, modulo 2^32: their numbers. */
  #calls = 0;

  /**
   * Opens an end.
   *
   * @throws {ChannelClosedError} If the channel or all senders are closed.
   * @throws {RangeError} If there are as many as there can be.
   */
  constructor(core: ChannelCore<T>) {
    super(
      core,
      "sender",
      "Cannot open sender as the channel is closed, or all its senders are",
    );
  }

  /** Whether nobody will receive anything: looks who is there. */
  get isOver(): boolean {
    return this.core.isGone(this.core.receivers);
  }

  /**
   * Checks a message, before the first try of a call that waits.
   *
   * @throws {TypeError} If it is none that can be sent, or this end is closed.
   * @throws {RangeError} If a number in it is out of range.
   */
  check(value: T): void {
    this.#checkOpen();
    if (value === undefined) throw nothing();
    this.store.check(value);
  }

  /** A number for a call that waits. */
  nextCall(): number {
    return this.#calls = (this.#calls + 1) | 0;
  }

  /**
   * Gives a message, if there is room.
   *
   * @param call The number of a call that waits.
   */
  tryGive(value: T, call?: number): Pushed {
    if (!this.isOpen) this.#checkOpen();
    if (value === undefined) throw nothing();
    const pushed = this.store.tryPush(value, call);
    if (pushed === PUSHED) {
      this.core.items.signal();
      this.#sends = (this.#sends + 1) | 0;
      if (this.#sends % LOOK_AFTER === 0) void this.isOver;
      return PUSHED;
    }
    return pushed === FULL && this.isOver ? CLOSED : pushed;
  }

  /** Gives a message; blocks the thread. For who has tried before. */
  wait(value: T, options: WaitOptions | undefined): Pushed {
    const { meeting } = this.store;
    const wait = {
      action: SEND,
      timeout: options?.timeout,
      progress: this.#sends,
      room: this.core.capacity,
    };
    if (meeting !== undefined) return meeting.push(value, this.#meet(wait));
    const call = this.nextCall();
    return this.core.room.wait(() => this.#unlessFull(value, call), wait);
  }

  /** Gives a message in turn. For who has tried before, if nobody waited. */
  waitAsync(
    value: T,
    { timeout, signal }: WaitAsyncOptions,
  ): Promise<Pushed> {
    const { meeting } = this.store;
    const wait = { action: SEND, timeout, signal };
    if (meeting !== undefined) {
      return meeting.pushAsync(value, this.#meet(wait));
    }
    const call = this.nextCall();
    return this.waiting.wait(() => this.#unlessFull(value, call), wait);
  }

  #unlessFull(value: T, call: number): Pushed | undefined {
    const pushed = this.tryGive(value, call);
    return pushed === FULL ? undefined : pushed;
  }

  #meet(wait: EndWait): MeetingOptions<T> {
    return {
      ...wait,
      isOver: () => {
        this.#checkOpen();
        // It stands there without trying: closing the channel must reach it.
        if (!this.core.senders.isGone) return this.isOver;
        this.core.seal();
        return true;
      },
    };
  }

  #checkOpen(): void {
    if (this.isOpen) return;
    throw new TypeError("Cannot send message as this sender was closed");
  }
}

function nothing(): TypeError {
  return new TypeError(
    "Cannot send message as undefined means that there is none: received undefined",
  );
}

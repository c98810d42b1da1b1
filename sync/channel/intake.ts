/**
 * How a receiver takes messages: at once, waiting, or many.
 *
 * The protocol is in the folder's README, "Channel".
 *
 * @module
 */

import { checkInto } from "../record/record.ts";
import { checkTimeout } from "../thread/timeout.ts";
import { ChannelEnd, type EndWait } from "./channel_end.ts";
import type { ChannelCore } from "./channel_core.ts";
import { MAX_ENDS } from "./ends.ts";
import { ENDED, type MeetingOptions } from "./flavor.ts";
import type { RecvAsyncOptions, RecvOptions } from "./recv_options.ts";
import type { RecvTarget } from "./recv_target.ts";

const ACTION = "receive message";

/** An end that takes messages. */
export class Intake<T> extends ChannelEnd<T> {
  /** How many messages were taken, modulo 2^32. */
  #received = 0;
  /** What the next call throws: the message behind those of the last one was bad. */
  #failure: { readonly error: unknown } | undefined;

  /**
   * Opens an end.
   *
   * @throws {ChannelClosedError} If all receivers are closed.
   * @throws {RangeError} If there are as many as there can be.
   */
  constructor(core: ChannelCore<T>) {
    super(
      core,
      "receiver",
      "Cannot open receiver as all receivers of the channel are closed",
    );
  }

  /** Whether nothing more will be sent: looks who is there. */
  get isOver(): boolean {
    return this.core.isGone(this.core.senders);
  }

  /**
   * Checks what a call is given, before it takes anything.
   *
   * @throws {TypeError} If a message cannot be put there.
   * @throws {RangeError} If the timeout is none.
   */
  check({ into, timeout }: RecvOptions<T>): void {
    checkTimeout(timeout, ACTION);
    this.checkInto(into);
  }

  /**
   * Checks that this end is open.
   *
   * @throws {TypeError} If it was closed.
   */
  checkOpen(): void {
    if (this.isOpen) return;
    throw new TypeError("Cannot receive message as this receiver was closed");
  }

  /** Checks where a message is to be put. What a codec makes is not put there. */
  checkInto(into: T | undefined): void {
    if (into === undefined) return;
    const { record } = this.core.shape;
    if (record !== undefined) checkInto(ACTION, record.form, into);
  }

  /**
   * Takes a message, if there is one. For who waits if not, and then asks whether
   * one will come.
   */
  take(into?: T): T | undefined {
    if (!this.isOpen || this.#failure !== undefined) this.#refuse();
    return this.#pop(into);
  }

  /** Takes a message, if there is one; `ENDED` if none will come. */
  tryTake(into?: T): T | undefined | typeof ENDED {
    const value = this.take(into);
    if (value !== undefined) return value;
    if (!this.isOver) return undefined;
    // Nothing was sent after the seal, but something may have been before.
    const last = this.#pop(into);
    return last === undefined ? ENDED : last;
  }

  /** Takes a message; blocks the thread. For who has tried before. */
  wait(options?: RecvOptions<T>): T | typeof ENDED {
    const { meeting } = this.store;
    const into = options?.into;
    const wait = {
      action: ACTION,
      timeout: options?.timeout,
      progress: this.#received,
    };
    if (meeting !== undefined) {
      const value = meeting.pop(this.#meet(wait, into));
      return value === undefined ? ENDED : value;
    }
    return this.core.items.wait(() => this.tryTake(into), wait);
  }

  /** Takes a message, and what is made of it in the same step; in turn. */
  async takeAsync<R>(
    options: RecvAsyncOptions<T>,
    make: (value: T) => R,
  ): Promise<R | typeof ENDED> {
    this.check(options);
    options.signal?.throwIfAborted();
    const { meeting } = this.store;
    const { into, timeout, signal } = options;
    const wait = { action: ACTION, timeout, signal };
    // Those who came before are served before.
    if (this.waiting.isEmpty) {
      const early = this.tryTake(into);
      if (early !== undefined) return early === ENDED ? ENDED : make(early);
    }
    if (meeting !== undefined) {
      const value = await meeting.popAsync(this.#meet(wait, into));
      return value === undefined ? ENDED : make(value);
    }
    return await this.waiting.wait<R | typeof ENDED>(() => {
      const value = this.tryTake(into);
      if (value === undefined) return undefined;
      return value === ENDED ? ENDED : make(value);
    }, wait);
  }

  /**
   * Puts a message that was taken and those behind it into an array.
   *
   * @param target Into which one; a number for a new one.
   * @param first The one that was taken.
   * @returns How many they are, or the new array.
   */
  gather(
    target: RecvTarget<T> | number,
    most: number,
    first: T,
  ): number | T[] {
    if (typeof target !== "number") return this.#fill(target, most, first);
    const values: T[] = [];
    this.#fill(values, most, first);
    return values;
  }

  /** Takes the messages that are there. */
  drain(): T[] {
    if (!this.isOpen || this.#failure !== undefined) this.#refuse();
    const { meeting, size } = this.store;
    // Those that come meanwhile are not for this call, which ends.
    const most = meeting === undefined ? size : MAX_ENDS;
    const values: T[] = [];
    this.#fill(values, most, undefined);
    return values;
  }

  #fill(values: RecvTarget<T>, most: number, first: T | undefined): number {
    let count = 0;
    try {
      if (first !== undefined) values[count++] = first;
      while (count < most) {
        let value: T | undefined;
        try {
          value = this.store.tryPop();
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
      this.core.room.signal();
    }
    return count;
  }

  #pop(into: T | undefined): T | undefined {
    let value: T | undefined;
    try {
      value = this.store.tryPop(into);
    } catch (error) {
      // It could not be decoded, but it was taken.
      this.core.room.signal();
      throw error;
    }
    if (value !== undefined) {
      this.#received = (this.#received + 1) | 0;
      this.core.room.signal();
    }
    return value;
  }

  #refuse(): void {
    this.checkOpen();
    const { error } = this.#failure!;
    this.#failure = undefined;
    throw error;
  }

  #meet(
    wait: EndWait,
    into: T | undefined,
  ): MeetingOptions<T> {
    return {
      ...wait,
      into,
      isOver: () => {
        this.checkOpen();
        return this.isOver;
      },
    };
  }
}

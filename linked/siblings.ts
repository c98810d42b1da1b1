/**
 * Siblings: the instances of a family that workers host, and what they tell each
 * other.
 *
 * @module
 */

import type { Portable } from "../codec/portable.ts";
import { ChannelClosedError } from "../sync/channel/channel_closed_error.ts";
import { ENDED } from "../sync/channel/flavor.ts";
import { MessageIterator } from "../sync/channel/message_iterator.ts";
import type { WaitAsyncOptions, WaitOptions } from "../sync/thread/wait.ts";
import type { SiblingLine, SiblingPlace } from "./sibling_lines.ts";

/**
 * Ends the messages of an instance: its worker lets go of it. Returns whether it
 * waits for one, and so has something to do now.
 */
export let leaveSiblings: (siblings: Siblings<unknown>) => boolean;

/**
 * The instances of a family, one on each worker, as one of them sees them: it
 * sends them messages, and takes those that they sent to it.
 *
 * Each has a line of messages that lies in shared memory and belongs to the worker
 * rather than to the instance: what one has not taken, the next one finds that takes
 * its place when the worker is lost. Messages of one sender are taken in the order
 * in which they were sent; each is taken once. What they are, `portableCodec()` says.
 *
 * Sending never waits. How many messages wait is limited by `reserve`, see
 * {@linkcode LinkedOptions}. Who takes them is up to the instance: in a loop that it
 * starts when it is made, or in a method.
 *
 * @example What one instance is told, all of them know
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { settings } from "../examples/settings.ts";
 *
 * await using runtime = await Runtime.start();
 * const family = await runtime.link(settings.family());
 * const last = family.on(family.size - 1);
 * await family.on(0).set("colour", "green"); // siblings.broadcast({ key, value })
 * while (await last.get("colour") === undefined); // for await (const … of siblings)
 * assertEquals(await last.get("colour"), "green");
 * ```
 *
 * @typeParam M The messages: a portable type.
 */
export class Siblings<M = unknown> implements AsyncIterable<M> {
  readonly #family: string;
  readonly #place: () => SiblingPlace | undefined;
  readonly #isHosted: boolean;
  readonly #leaving = new AbortController();
  #line: SiblingLine | undefined;
  /** Calls that wait for a message. */
  #waiting = 0;

  static {
    leaveSiblings = (siblings) => siblings.#leave();
  }

  /**
   * Made for each instance.
   *
   * @param family The name of the family.
   * @param isHosted Whether it is the one that its worker hosts.
   * @param place Where the family is linked, once it is.
   */
  constructor(
    family: string,
    isHosted: boolean,
    place: () => SiblingPlace | undefined,
  ) {
    this.#family = family;
    this.#isHosted = isHosted;
    this.#place = place;
  }

  /**
   * The index of the worker that hosts this instance; -1: none does, as it was made
   * besides, on this thread alone. Such an instance sends, and gets nothing.
   */
  get index(): number {
    return this.#isHosted ? this.#place()?.index ?? -1 : -1;
  }

  /** How many there are, with this one: one for each worker. 0 before the family is linked. */
  get size(): number {
    return this.#place()?.workers.size ?? 0;
  }

  /**
   * Sends a message to an instance, itself too. Never waits.
   *
   * @param to The index of its worker.
   * @throws {RangeError} If there is no such worker.
   * @throws {TypeError} If the message is `undefined`, or cannot be sent.
   * @throws {ChannelReserveError} If too much waits there that was not taken.
   * @throws {ChannelClosedError} If the runtime is closed.
   */
  send(to: number, message: M & Portable<M>): void {
    const { size } = this;
    if (!(Number.isInteger(to) && to >= 0 && to < size)) {
      throw new RangeError(
        `Cannot send to sibling ${
          String(to)
        } of '${this.#family}' as there is none: ${
          size === 0
            ? "the family is not linked to a runtime"
            : `expected an index from 0 to ${size - 1}`
        }`,
      );
    }
    if (message === undefined) {
      throw new TypeError(
        `Cannot send to sibling ${to} of '${this.#family}' as a message must be some value: received undefined`,
      );
    }
    this.#place()!.lines.send(to, message);
  }

  /**
   * Sends a message to all others.
   *
   * @throws As {@linkcode Siblings.send}; those before the one that fails got it.
   */
  broadcast(message: M & Portable<M>): void {
    const { index, size } = this;
    for (let to = 0; to < size; to++) {
      if (to !== index) this.send(to, message);
    }
  }

  /**
   * Takes the oldest message, if there is one.
   *
   * @throws {TypeError} If no worker hosts this instance.
   * @throws {MessageDecodeError} If the message, which was taken, cannot be read: the
   * module of something in it is not loaded here.
   * @throws {ChannelClosedError} If none is there, and none will come any more.
   */
  tryRecv(): M | undefined {
    return this.#open().tryRecv() as M | undefined;
  }

  /**
   * Takes the oldest message; blocks the thread while there is none. Nothing else
   * runs there meanwhile.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {DeadlockError} Where workers run inline, if there is none.
   * @throws {TypeError} If no worker hosts this instance.
   * @throws {MessageDecodeError} If the message, which was taken, cannot be read: the
   * module of something in it is not loaded here.
   * @throws {ChannelClosedError} If none is there, and none will come any more.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  recv(options: WaitOptions = {}): M {
    return this.#open().recv(options) as M;
  }

  /**
   * Takes the oldest message as soon as there is one. Calls are served in their
   * order.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of the
   * signal.
   * @throws {TypeError} If no worker hosts this instance.
   * @throws {MessageDecodeError} If the message, which was taken, cannot be read: the
   * module of something in it is not loaded here.
   * @throws {ChannelClosedError} If none is there, and none will come any more.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async recvAsync(options: WaitAsyncOptions = {}): Promise<M> {
    const line = this.#open();
    const { timeout, signal } = options;
    if (this.#waiting === 0 && timeout === undefined && !signal?.aborted) {
      const message = line.tryRecv();
      if (message !== undefined) return message as M;
    }
    this.#waiting++;
    try {
      const leaving = this.#leaving.signal;
      const either = signal === undefined
        ? leaving
        : AbortSignal.any([signal, leaving]);
      return await line.recvAsync({ ...options, signal: either }) as M;
    } finally {
      this.#waiting--;
    }
  }

  /**
   * Takes all messages, until none will come any more.
   *
   * @throws {TypeError} If no worker hosts this instance.
   * @throws {MessageDecodeError} If a message, which was taken, cannot be read.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<M> {
    return new MessageIterator<M>(async (signal) => {
      try {
        return await this.recvAsync({ signal });
      } catch (error) {
        if (error instanceof ChannelClosedError) return ENDED;
        throw error;
      }
    });
  }

  #open(): SiblingLine {
    this.#leaving.signal.throwIfAborted();
    if (this.#line !== undefined) return this.#line;
    const { index } = this;
    if (index < 0) {
      throw new TypeError(
        `Cannot receive message as this instance of '${this.#family}' is none that a worker hosts: siblings send to those only`,
      );
    }
    return this.#line = this.#place()!.lines.open(index);
  }

  #leave(): boolean {
    this.#leaving.abort(
      new ChannelClosedError(
        `Cannot receive message as the worker has let go of this instance of '${this.#family}'`,
      ),
    );
    this.#line?.close();
    return this.#waiting > 0;
  }
}

/**
 * What threads push into, whatever the records are.
 *
 * @module
 */

import { unlessLost } from "../queue/held_end.ts";
import { RingEndLostError } from "../queue/ring_end.ts";
import { checkNumber, I32 } from "../record/number_record.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { BatchConsumer } from "./batch_consumer.ts";
import { CONSUMER, HEAD } from "./batch_layout.ts";
import type { BatchesHandle, BatchMemory } from "./batch_memory.ts";

/** Options of {@linkcode PushedBatches.push}. */
export interface BatchPushOptions extends WaitOptions {
  /** A number that stands beside the record: a 32-bit integer with a sign. Default: 0. */
  readonly ticket?: number;
}

/** Options of {@linkcode PushedBatches.pushAsync}. */
export interface BatchPushAsyncOptions extends WaitAsyncOptions {
  /** A number that stands beside the record: a 32-bit integer with a sign. Default: 0. */
  readonly ticket?: number;
}

/**
 * What {@linkcode BatchRing} and {@linkcode ByteBatchRing} have in common.
 *
 * @typeParam T One record.
 */
export abstract class PushedBatches<T> {
  /** Names this ring in a message. */
  abstract readonly handle: BatchesHandle;
  /** How many records there can be. */
  readonly capacity: number;
  readonly #memory: BatchMemory<T>;
  /** How often `push()` of this object succeeded, modulo 2^32. */
  #pushed = 0;

  /** For a ring. */
  constructor(memory: BatchMemory<T>) {
    this.#memory = memory;
    this.capacity = memory.mask + 1;
  }

  /**
   * How many records take room: those of the open batch, and those from the oldest
   * batch on that is not free.
   */
  get size(): number {
    const memory = this.#memory;
    for (;;) {
      const head = Atomics.load(memory.words, HEAD);
      const tail = memory.tailFrom(head);
      // Else the tail may be more than a lap behind that.
      if (Atomics.load(memory.words, HEAD) === head) return (tail - head) | 0;
    }
  }

  /**
   * Takes the end that bounds batches, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  consumer(): BatchConsumer<T> {
    return new BatchConsumer(this.#memory);
  }

  /** See {@linkcode BatchRing.tryPush}, {@linkcode ByteBatchRing.tryPush}. */
  abstract tryPush(value: T, ticket?: number): boolean;

  /** Checks a record, as each try does. */
  protected abstract check(value: T): void;

  /**
   * Adds a record; blocks the thread while there is no room.
   *
   * @throws {TypeError} If the value is none of the ring's records.
   * @throws {RangeError} If a number is out of range, or the timeout or the ticket is.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  push(value: T, options?: BatchPushOptions): void {
    const timeout = options?.timeout;
    const ticket = options?.ticket;
    checkTimeout(timeout, "push");
    if (!this.tryPush(value, ticket)) {
      this.#memory.room.wait(() => this.#pushUnlessLost(value, ticket), {
        action: "push",
        timeout,
        progress: this.#pushed,
        room: this.capacity,
      });
    }
    this.#pushed = (this.#pushed + 1) | 0;
  }

  /**
   * Adds a record as soon as there is room, without blocking the thread.
   *
   * @param value It must stay as it is until then: each try reads it anew.
   * @throws {TypeError} If the value is none of the ring's records.
   * @throws {RangeError} If a number is out of range, or the timeout or the ticket is.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  async pushAsync(
    value: T,
    options: BatchPushAsyncOptions = {},
  ): Promise<void> {
    const { ticket = 0 } = options;
    checkTimeout(options.timeout, "push");
    checkTicket(ticket);
    this.check(value);
    await this.#memory.room.waitAsync(
      () => this.#pushUnlessLost(value, ticket),
      { ...options, action: "push" },
    );
  }

  #pushUnlessLost(value: T, ticket: number | undefined): true | undefined {
    return unlessLost(
      this.#memory.words,
      CONSUMER,
      () => this.tryPush(value, ticket) || undefined,
      () =>
        new RingEndLostError(
          "Cannot push to ring of batches as it is full and its consumer was lost",
        ),
    );
  }
}

/**
 * Checks a ticket.
 *
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is no 32-bit integer with a sign.
 */
export function checkTicket(ticket: number): void {
  checkNumber("push ticket", I32, ticket);
}

/**
 * Notify: threads sleep until one of them, or all, are told to go on.
 *
 * The protocol is in the folder's README, "Notify".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { NotifyQueue, queueSize, WAITING } from "./notify_queue.ts";
import { SLICE } from "../thread/thread.ts";
import { checkTimeout } from "../thread/timeout.ts";
import {
  type Awaited,
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "../thread/wait.ts";

const ACTION = "wait for notification";

const MOST_WAITERS = 0x1000;

/** Names a {@linkcode Notify} in a message. */
export interface NotifyHandle extends SharedHandle<"Notify"> {
  /** How many can wait at once. */
  readonly maxWaiters: number;
}

/** Options of {@linkcode Notify}. */
export interface NotifyOptions {
  /**
   * How many can wait at once, blocked threads and tasks together, 1 to 4096;
   * each takes 16 bytes. Calls look at all places in use, and each waiter wakes
   * ten times a second to look for a loss. Default: 256.
   */
  readonly maxWaiters?: number;
}

/**
 * Tells one waiter, or all, to go on; a notification for one is kept if nobody
 * waits.
 *
 * As `tokio::sync::Notify`. `notifyOne()` wakes who has waited longest, or stores
 * one permit, which the next wait takes at once; there is never more than one.
 * `notifyWaiters()` wakes all who wait at that moment and stores nothing. A call
 * of `waitAsync()` waits from the moment it is made, also if its promise is not
 * awaited yet.
 *
 * No notification for one is swallowed: a waiter that was chosen, and times out,
 * is aborted or lost before it goes on, leaves it to the next (after a loss,
 * others find that within 100 ms, or with their next call).
 *
 * @example Usage
 * ```ts
 * import { Notify } from "@kindred/kindred/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const notify = new Notify();
 * Notify.from(notify.handle).notifyOne(); //   on another thread
 * notify.wait(); //                            takes the permit
 * assertFalse(notify.tryWait());
 *
 * const both = [notify.waitAsync(), notify.waitAsync()];
 * notify.notifyWaiters();
 * await Promise.all(both);
 * assertFalse(notify.hasPermit);
 * ```
 */
export class Notify {
  /** Names this object in a message. */
  readonly handle: NotifyHandle;
  readonly #queue: NotifyQueue;

  /**
   * Makes one without a permit.
   *
   * @throws {RangeError} If `maxWaiters` is not an integer in its range.
   */
  constructor(options?: NotifyOptions);
  /** Attaches to one that another thread made. */
  constructor(handle: NotifyHandle);
  constructor(source: NotifyOptions | NotifyHandle = {}) {
    if ("kind" in source) {
      this.handle = attach(source);
    } else {
      const { maxWaiters = 256 } = source;
      checkMaxWaiters("create notify", maxWaiters);
      const slice = allocate(queueSize(maxWaiters));
      this.handle = { kind: "Notify", ...slice, maxWaiters };
      new NotifyQueue(slice, maxWaiters).places = maxWaiters;
    }
    const { maxWaiters } = this.handle;
    this.#queue = new NotifyQueue(this.handle, maxWaiters);
    const { places } = this.#queue;
    if (places !== maxWaiters) {
      throw new RangeError(
        `Cannot attach to Notify as it has ${places} places for waiters: the handle says ${maxWaiters}`,
      );
    }
  }

  /**
   * Attaches to one that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from(handle: NotifyHandle): Notify {
    return new Notify(attach(handle));
  }

  /** Whether a permit is stored. */
  get hasPermit(): boolean {
    return this.#queue.hasPermit;
  }

  /**
   * Wakes who has waited longest, or stores the permit if nobody waits.
   *
   * @returns Whether somebody was woken.
   */
  notifyOne(): boolean {
    return this.#queue.notifyOne(false);
  }

  /**
   * Wakes who has waited shortest, or stores the permit if nobody waits.
   *
   * @returns Whether somebody was woken.
   */
  notifyLast(): boolean {
    return this.#queue.notifyOne(true);
  }

  /**
   * Wakes all who wait now; stores nothing.
   *
   * @returns How many were woken.
   */
  notifyWaiters(): number {
    return this.#queue.notifyAll();
  }

  /** Takes the permit, if one is stored. Returns whether it was. */
  tryWait(): boolean {
    return this.#queue.take();
  }

  /**
   * Takes the permit, or waits for a notification; blocks the thread.
   *
   * @throws {RangeError} If as many wait already as can.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait(options?: WaitOptions): void {
    checkTimeout(options?.timeout, ACTION);
    const place = this.#enter();
    if (place < 0) return;
    try {
      waitFor(this.#choice(place), options ?? {});
    } catch (error) {
      this.#queue.giveUp(place);
      throw error;
    }
    this.#queue.leave(place);
  }

  /**
   * Takes the permit, or waits for a notification, without blocking the thread.
   *
   * @throws {RangeError} If as many wait already as can.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async waitAsync(options: WaitAsyncOptions = {}): Promise<void> {
    checkTimeout(options.timeout, ACTION);
    options.signal?.throwIfAborted();
    const place = this.#enter();
    if (place < 0) return;
    try {
      await waitForAsync(this.#choice(place), options);
    } catch (error) {
      this.#queue.giveUp(place);
      throw error;
    }
    this.#queue.leave(place);
  }

  #enter(): number {
    const place = this.#queue.enter();
    if (place !== undefined) return place;
    throw new RangeError(
      `Cannot ${ACTION} as ${this.handle.maxWaiters} wait already: see 'maxWaiters'`,
    );
  }

  #choice(place: number): Awaited {
    let first = true;
    return {
      words: this.#queue.words,
      index: this.#queue.wordOf(place),
      action: ACTION,
      slice: SLICE,
      look: (state) => {
        if (state !== WAITING) return "over";
        // Only a loss can make this necessary.
        if (!first) this.#queue.takeOver();
        first = false;
        return "sleep";
      },
    };
  }
}

function attach(handle: NotifyHandle): NotifyHandle {
  return checkHandle("Notify", handle, () => {
    checkMaxWaiters("attach to Notify", handle.maxWaiters);
    return queueSize(handle.maxWaiters);
  }) as NotifyHandle;
}

function checkMaxWaiters(action: string, maxWaiters: number): void {
  if (
    Number.isInteger(maxWaiters) && maxWaiters >= 1 &&
    maxWaiters <= MOST_WAITERS
  ) return;
  throw new RangeError(
    `Cannot ${action} as 'maxWaiters' must be an integer from 1 to ${MOST_WAITERS}: received ${maxWaiters}`,
  );
}

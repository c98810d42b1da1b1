/**
 * Receivers of time: once after a while, at a moment, again and again, or never.
 *
 * After the channels of the same names of crossbeam-channel
 * (https://github.com/crossbeam-rs/crossbeam).
 *
 * @module
 */

import { hold, release } from "../thread/keep_alive.ts";
import { ownKnocks } from "../thread/knocks.ts";
import { DeadlockError } from "../lock/lock_errors.ts";
import {
  checkTimeout,
  Deadline,
  LONGEST_TIMER,
  timeoutError,
} from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { setReceiverArm } from "./arms.ts";

const ACTION = "receive time";

/**
 * A receiver of moments, in ms since 1970 as `Date.now()` says them, with
 * fractions. Made by {@linkcode after}, {@linkcode at}, {@linkcode tick} and
 * {@linkcode never}.
 *
 * It has no memory that others share: it stays in its thread. There is never more
 * than one message in it: a tick for which nobody came in time is left out.
 *
 * @example Usage
 * ```ts
 * import { after, tick } from "@kindred/kindred/sync";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const ticks = tick(2);
 * const first = ticks.recv();
 * const second = await ticks.recvAsync();
 * assert(second - first > 1.9);
 * assertEquals(after(60_000).tryRecv(), undefined); //    not yet
 * ```
 */
export class TimeReceiver implements Iterable<number>, AsyncIterable<number> {
  /** When the next message is due, in ms of `performance.now()`. */
  #due: number;
  readonly #period: number;

  /** See {@linkcode after}, {@linkcode at}, {@linkcode tick} and {@linkcode never}. */
  constructor(due: number, period: number) {
    this.#due = due;
    this.#period = period;
    const dueNow = () => this.#due;
    setReceiverArm<number>(this, {
      check: () => {},
      tryTake: () => this.tryRecv(),
      events: undefined,
      get due() {
        return dueNow();
      },
      store: undefined,
    });
  }

  /** Whether nothing will ever come, or come any more. */
  get isOver(): boolean {
    return this.#due === Infinity;
  }

  /** Takes the message if it is due: the moment at which it was. */
  tryRecv(): number | undefined {
    const due = this.#due;
    if (due === Infinity) return undefined;
    const now = performance.now();
    if (now < due) return undefined;
    const missed = Math.floor((now - due) / this.#period);
    this.#due = this.#period === Infinity
      ? Infinity
      : due + (missed + 1) * this.#period;
    return performance.timeOrigin + due;
  }

  /**
   * Takes the next message; blocks the thread until it is due.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {DeadlockError} If nothing will ever come and there is no timeout.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  recv(options: WaitOptions = {}): number {
    checkTimeout(options.timeout, ACTION);
    const knocks = ownKnocks();
    const deadline = new Deadline(options.timeout);
    for (;;) {
      const seen = knocks.count;
      const moment = this.tryRecv();
      if (moment !== undefined) return moment;
      if (deadline.passed) throw timeoutError(ACTION, deadline.timeout);
      if (this.isOver && deadline.timeout === Infinity) {
        throw new DeadlockError("Cannot receive time as none will ever come");
      }
      knocks.wait(seen, deadline.slice(this.#left()));
    }
  }

  /**
   * Takes the next message when it is due, without blocking the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {DeadlockError} If nothing will ever come, or another call takes what
   * comes, and there is neither a timeout nor a signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async recvAsync(options: WaitAsyncOptions = {}): Promise<number> {
    const { timeout, signal } = options;
    checkTimeout(timeout, ACTION);
    const deadline = new Deadline(timeout);
    hold();
    try {
      for (;;) {
        signal?.throwIfAborted();
        const moment = this.tryRecv();
        if (moment !== undefined) return moment;
        if (deadline.passed) throw timeoutError(ACTION, deadline.timeout);
        if (
          this.isOver && deadline.timeout === Infinity && signal === undefined
        ) throw new DeadlockError("Cannot receive time as none will ever come");
        await sleep(deadline.slice(this.#left()), signal);
      }
    } finally {
      release();
    }
  }

  /** Takes all messages as they come; blocks the thread. Ends when none will. */
  *[Symbol.iterator](): IterableIterator<number> {
    while (!this.isOver) yield this.recv();
  }

  /** Takes all messages as they come. Ends when none will. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<number> {
    while (!this.isOver) yield await this.recvAsync();
  }

  #left(): number {
    return Math.max(0, this.#due - performance.now());
  }
}

async function sleep(
  time: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(time, LONGEST_TIMER));
  const stop = () => resolve();
  signal?.addEventListener("abort", stop);
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener("abort", stop);
}

/**
 * A receiver of one message, after a while.
 *
 * @param delay How long from now on, in ms; `Infinity` is {@linkcode never}.
 * @throws {RangeError} If it is negative or not a number.
 *
 * @example Usage
 * ```ts
 * import { after, Channel, select } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const channel = new Channel("i32", { capacity: 8 });
 * using _tx = channel.sender();
 * using rx = channel.receiver();
 * const choice = select({ message: rx, late: after(1) });
 * assertEquals(choice.key, "late");
 * ```
 */
export function after(delay: number): TimeReceiver {
  if (typeof delay !== "number" || !(delay >= 0)) {
    throw new RangeError(
      `Cannot create receiver of time as 'delay' must be a number of ms from 0 on: received ${delay}`,
    );
  }
  return new TimeReceiver(performance.now() + delay, Infinity);
}

/**
 * A receiver of one message, at a moment; at once if that has passed.
 *
 * @param moment A date, or ms since 1970.
 * @throws {RangeError} If it is not a valid one.
 *
 * @example Usage
 * ```ts
 * import { at } from "@kindred/kindred/sync";
 * import { assert } from "@std/assert";
 *
 * const start = Date.now();
 * assert(at(new Date(start + 2)).recv() >= start + 1.9);
 * ```
 */
export function at(moment: Date | number): TimeReceiver {
  const time = moment instanceof Date ? moment.getTime() : moment;
  if (typeof time !== "number" || Number.isNaN(time)) {
    throw new RangeError(
      `Cannot create receiver of time as 'moment' must be a valid date or a number of ms since 1970: received ${moment}`,
    );
  }
  return new TimeReceiver(time - performance.timeOrigin, Infinity);
}

/**
 * A receiver of a message again and again. Those that nobody takes before the next
 * one is due are left out; the others do not shift.
 *
 * @param period From one message to the next one, and from now to the first one,
 * in ms; `Infinity` is {@linkcode never}.
 * @throws {RangeError} If it is not a positive number.
 *
 * @example Usage
 * ```ts
 * import { tick } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * let ticks = 0;
 * for await (const _ of tick(1)) if (++ticks === 3) break;
 * assertEquals(ticks, 3);
 * ```
 */
export function tick(period: number): TimeReceiver {
  if (typeof period !== "number" || !(period > 0)) {
    throw new RangeError(
      `Cannot create receiver of time as 'period' must be a positive number of ms: received ${period}`,
    );
  }
  return new TimeReceiver(performance.now() + period, period);
}

/**
 * A receiver to which nothing ever comes: for an arm of a select that is switched
 * off.
 *
 * @example Usage
 * ```ts
 * import { after, never, select } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const limit: number | undefined = undefined;
 * const late = limit === undefined ? never() : after(limit);
 * assertEquals(select({ late, soon: after(0) }).key, "soon");
 * ```
 */
export function never(): TimeReceiver {
  return new TimeReceiver(Infinity, Infinity);
}

/**
 * A semaphore: threads take permits and give them back.
 *
 * The protocol is in the folder's README, "Semaphore".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { GiveUp } from "../thread/give_up.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { wordsOf } from "../memory/memory.ts";
import { Permits } from "./permits.ts";
import {
  COUNT,
  MAX,
  PLACES,
  roundUp,
  STATE,
  wordCountOf,
} from "./semaphore_layout.ts";
import type { Ticket } from "./semaphore_places.ts";
import { ACTION, SemaphoreQueue, TAKEN } from "./semaphore_queue.ts";
import { TaskLine } from "../thread/task_line.ts";
import { checkTimeout, Deadline } from "../thread/timeout.ts";
import {
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "../thread/wait.ts";

/** The most permits that a semaphore can have: 2^20 - 1. */
export const MAX_PERMITS: number = COUNT;

const MOST_WAITERS = 512;

/** Names a {@linkcode Semaphore} in a message. */
export interface SemaphoreHandle extends SharedHandle<"Semaphore"> {
  /** How many can wait in order. */
  readonly maxWaiters: number;
}

/** Options of {@linkcode Semaphore}. */
export interface SemaphoreOptions {
  /** The most permits there may be, up to 2^20 - 1. Default: the initial ones. */
  readonly max?: number;
  /**
   * How many can wait in order, up to 512; each takes 8 bytes. Rounded up to a
   * power of two; further ones wait for a place, in any order. Default: 256.
   */
  readonly maxWaiters?: number;
}

/**
 * A number of permits, which threads take, wait for, and give back.
 *
 * First come, first served: who waits is served before all who come later, also
 * if those want fewer permits. A waiter that times out, is aborted or lost is
 * skipped. Permits belong to nobody: any thread may release them, and those that
 * a lost thread held stay away until somebody releases them in its place.
 *
 * @example Usage
 * ```ts
 * import { Semaphore } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const slots = new Semaphore(2);
 * {
 *   using _one = slots.acquire();
 *   using _other = await slots.acquireAsync();
 *   assertEquals(slots.tryAcquire(), undefined);
 * }
 * assertEquals(Semaphore.from(slots.handle).available, 2);
 * ```
 */
export class Semaphore {
  /** Names this semaphore in a message. */
  readonly handle: SemaphoreHandle;
  readonly #max: number;
  readonly #queue: SemaphoreQueue;
  /** The tasks that wait for a place: one of them looks for it. */
  readonly #line = new TaskLine();

  /**
   * Makes a semaphore.
   *
   * @param permits How many permits there are, 0 to `max`.
   * @throws {RangeError} If a number is not an integer in its range.
   */
  constructor(permits: number, options?: SemaphoreOptions);
  /** Attaches to a semaphore that another thread made. */
  constructor(handle: SemaphoreHandle);
  constructor(
    source: number | SemaphoreHandle,
    options: SemaphoreOptions = {},
  ) {
    if (typeof source === "object") {
      this.handle = attach(source);
    } else {
      const { max = Math.max(source, 1), maxWaiters = 256 } = options;
      const action = "create semaphore";
      checkCount(action, "max", max, [1, MAX_PERMITS]);
      checkCount(action, "permits", source, [0, max]);
      checkCount(action, "maxWaiters", maxWaiters, [1, MOST_WAITERS]);
      const places = roundUp(maxWaiters);
      const slice = allocate(4 * wordCountOf(places));
      this.handle = { kind: "Semaphore", ...slice, maxWaiters: places };
      const words = wordsOf(this.handle, PLACES);
      Atomics.store(words, STATE, source);
      Atomics.store(words, MAX, max);
      Atomics.store(words, MAX + 1, places);
    }
    const most = roundUp(this.handle.maxWaiters);
    const words = wordsOf(this.handle, wordCountOf(most));
    this.#max = Atomics.load(words, MAX);
    this.#queue = new SemaphoreQueue(words, this.#max, most);
    const places = Atomics.load(words, MAX + 1);
    if (places !== this.handle.maxWaiters) {
      throw new RangeError(
        `Cannot attach to semaphore as it has ${places} places for waiters: the handle says ${this.handle.maxWaiters}`,
      );
    }
  }

  /**
   * Attaches to a semaphore that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: SemaphoreHandle): Semaphore {
    return new Semaphore(attach(handle));
  }

  /** How many permits could be taken now, if nobody waited. */
  get available(): number {
    return this.#queue.available;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#queue.closed;
  }

  /**
   * Takes permits if they are there and nobody waits.
   *
   * @param n How many, 1 to the maximum.
   * @returns The permits, or undefined if there are too few of them.
   * @throws {SemaphoreClosedError} If the semaphore is closed.
   * @throws {RangeError} If `n` is not an integer in its range.
   */
  tryAcquire(n: number = 1): Permits | undefined {
    checkCount(ACTION, "n", n, [1, this.#max]);
    return this.#queue.take(n) ? new Permits(this, n) : undefined;
  }

  /**
   * Takes permits as soon as it is this thread's turn; blocks the thread.
   *
   * @param n How many, 1 to the maximum; all at once.
   * @throws {SemaphoreClosedError} If the semaphore is or gets closed.
   * @throws {RangeError} If `n` is not an integer in its range.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  acquire(n: number = 1, options: WaitOptions = {}): Permits {
    checkTimeout(options.timeout, ACTION);
    checkCount(ACTION, "n", n, [1, this.#max]);
    if (this.#queue.take(n)) return new Permits(this, n);
    const deadline = new Deadline(options.timeout);
    let ticket = this.#queue.enter(n);
    while (ticket === undefined) {
      waitFor(this.#queue.vacancy(), options, deadline);
      ticket = this.#queue.enter(n);
    }
    if (ticket === TAKEN) return new Permits(this, n);
    try {
      waitFor(this.#queue.turn(ticket, n), options, deadline);
    } catch (error) {
      this.#queue.giveUp(ticket);
      throw error;
    }
    this.#queue.receive(ticket);
    return new Permits(this, n);
  }

  /**
   * Takes permits as soon as it is this call's turn, without blocking the
   * thread.
   *
   * @param n How many, 1 to the maximum; all at once.
   * @throws {SemaphoreClosedError} If the semaphore is or gets closed.
   * @throws {RangeError} If `n` is not an integer in its range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async acquireAsync(
    n: number = 1,
    options: WaitAsyncOptions = {},
  ): Promise<Permits> {
    checkTimeout(options.timeout, ACTION);
    checkCount(ACTION, "n", n, [1, this.#max]);
    options.signal?.throwIfAborted();
    if (this.#queue.take(n)) return new Permits(this, n);
    const deadline = new Deadline(options.timeout);
    const ticket = (this.#line.isEmpty ? this.#queue.enter(n) : undefined) ??
      await this.#enterInTurn(n, options, deadline);
    if (ticket === TAKEN) return new Permits(this, n);
    try {
      await waitForAsync(this.#queue.turn(ticket, n), options, deadline);
    } catch (error) {
      this.#queue.giveUp(ticket);
      throw error;
    }
    this.#queue.receive(ticket);
    return new Permits(this, n);
  }

  /**
   * Gives permits back, or adds some.
   *
   * @param n How many, 1 to the maximum.
   * @throws {RangeError} If there were more than the maximum then; nothing is
   * changed.
   */
  release(n: number = 1): void {
    checkCount("release permits", "n", n, [1, this.#max]);
    this.#queue.release(n);
  }

  /**
   * Gives out no more permits: all that wait or come later get a
   * {@linkcode SemaphoreClosedError}. Permits can still be given back.
   */
  close(): void {
    this.#queue.close();
  }

  /** Waits for a place. */
  async #enterInTurn(
    n: number,
    options: WaitAsyncOptions,
    deadline: Deadline,
  ): Promise<Ticket | typeof TAKEN> {
    const queue = this.#queue;
    const end = new GiveUp(ACTION, options);
    let ticket: Ticket | typeof TAKEN | undefined;
    try {
      await this.#line.wait(end, async () => {
        while ((ticket = queue.enter(n)) === undefined) {
          await waitForAsync(queue.vacancy(), options, deadline);
        }
      });
    } finally {
      end.forget();
    }
    return ticket!;
  }
}

function attach(handle: SemaphoreHandle): SemaphoreHandle {
  return checkHandle("Semaphore", handle, () => {
    const { maxWaiters } = handle;
    const range = [1, MOST_WAITERS] as const;
    checkCount("attach to semaphore", "maxWaiters", maxWaiters, range);
    return 4 * wordCountOf(roundUp(maxWaiters));
  }) as SemaphoreHandle;
}

function checkCount(
  action: string,
  name: string,
  count: number,
  [least, most]: readonly [number, number],
): void {
  if (!Number.isInteger(count) || count < least || count > most) {
    throw new RangeError(
      `Cannot ${action} as '${name}' must be an integer from ${least} to ${most}: received ${count}`,
    );
  }
}

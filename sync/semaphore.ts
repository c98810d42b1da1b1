/**
 * A semaphore: threads take permits and give them back.
 *
 * The protocol is in the folder's README, "Semaphore".
 *
 * @module
 */

import { allocate } from "./arena.ts";
import { checkHandle, type SharedHandle } from "./handle.ts";
import { LINE, wordsOf } from "./memory.ts";
import { currentThread, SLICE } from "./thread.ts";
import { checkTimeout, Deadline } from "./timeout.ts";
import {
  type Awaited,
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "./wait.ts";

const STATE = 0; // CLOSED | waiters << 20 | permits
const TAIL = LINE / 4;
const HEAD = 2 * LINE / 4;
const SERVER = HEAD + 1; // DIRTY | the id of the thread that serves, or 0
const MAX = 3 * LINE / 4;
const PLACES = 4 * LINE / 4;

const WAITER = 1 << 20;
const CLOSED = 1 << 31;
const COUNT = 0xfffff;

const DIRTY = 1 << 31;

// A place: lap << 22 | count << 2 | what it is.
const FREE = 0;
const WAITING = 1;
const GRANTED = 2; // with a count of 0: refused
const GONE = 3;
const LAPS = 0x3ff;

const ACTION = "acquire permits";

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
 * A semaphore was closed: no more permits are given out.
 *
 * What to do: stop, as with a closed channel; this is how who closed it tells.
 *
 * @example Usage
 * ```ts
 * import { Semaphore, SemaphoreClosedError } from "@kindred/kindred/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const semaphore = new Semaphore(1);
 * semaphore.close();
 * assertThrows(() => semaphore.acquire(), SemaphoreClosedError);
 * ```
 */
export class SemaphoreClosedError extends Error {
  /** The name of the class. */
  override readonly name = "SemaphoreClosedError";
}

/**
 * Permits that a thread has; given back when this is disposed of.
 *
 * @example Usage
 * ```ts
 * import { Semaphore } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const semaphore = new Semaphore(3);
 * {
 *   using permits = semaphore.acquire(2);
 *   assertEquals(permits.count, 2);
 * }
 * assertEquals(semaphore.available, 3);
 * ```
 */
export class Permits implements Disposable {
  readonly #semaphore: Semaphore;
  #count: number;

  /** For {@linkcode Semaphore}. */
  constructor(semaphore: Semaphore, count: number) {
    this.#semaphore = semaphore;
    this.#count = count;
  }

  /** How many there are; 0 once they are given back or forgotten. */
  get count(): number {
    return this.#count;
  }

  /** Keeps the permits for good, or for an own `release()`. Returns how many. */
  forget(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  /** Gives the permits back; once. */
  [Symbol.dispose](): void {
    const count = this.forget();
    if (count > 0) this.#semaphore.release(count);
  }
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
  readonly #words: Int32Array;
  readonly #max: number;
  readonly #places: number;
  readonly #lapShift: number;

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
      this.handle = checkHandle("Semaphore", source, () => {
        const { maxWaiters } = source;
        checkCount("attach to semaphore", "maxWaiters", maxWaiters, [
          1,
          MOST_WAITERS,
        ]);
        return 4 * wordCountOf(roundUp(maxWaiters));
      }) as SemaphoreHandle;
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
    this.#places = roundUp(this.handle.maxWaiters);
    this.#lapShift = 31 - Math.clz32(this.#places);
    this.#words = wordsOf(this.handle, wordCountOf(this.#places));
    this.#max = Atomics.load(this.#words, MAX);
    const places = Atomics.load(this.#words, MAX + 1);
    if (places !== this.handle.maxWaiters) {
      throw new RangeError(
        `Cannot attach to semaphore as it has ${places} places for waiters: the handle says ${this.handle.maxWaiters}`,
      );
    }
  }

  /** Attaches to a semaphore that another thread made. */
  static from(handle: SemaphoreHandle): Semaphore {
    return new Semaphore(handle);
  }

  /** How many permits could be taken now, if nobody waited. */
  get available(): number {
    return Atomics.load(this.#words, STATE) & COUNT;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return (Atomics.load(this.#words, STATE) & CLOSED) !== 0;
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
    return this.#take(n) ? new Permits(this, n) : undefined;
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
    const deadline = new Deadline(options.timeout);
    for (;;) {
      if (this.#take(n)) return new Permits(this, n);
      const ticket = this.#queue(n);
      const rest = { timeout: deadline.slice(Infinity) };
      if (ticket === undefined) {
        waitFor(this.#vacancy(), rest);
        continue;
      }
      try {
        waitFor(this.#turn(ticket, n), rest);
      } catch (error) {
        this.#giveUp(ticket, n);
        throw error;
      }
      return this.#receive(ticket, n);
    }
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
    const deadline = new Deadline(options.timeout);
    for (;;) {
      if (this.#take(n)) return new Permits(this, n);
      const ticket = this.#queue(n);
      const rest = { ...options, timeout: deadline.slice(Infinity) };
      if (ticket === undefined) {
        await waitForAsync(this.#vacancy(), rest);
        continue;
      }
      try {
        await waitForAsync(this.#turn(ticket, n), rest);
      } catch (error) {
        this.#giveUp(ticket, n);
        throw error;
      }
      return this.#receive(ticket, n);
    }
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
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & COUNT) + n > this.#max) {
        throw new RangeError(
          `Cannot release permits as there may be ${this.#max} at most: ${
            state & COUNT
          } are there, received ${n}`,
        );
      }
      if (
        Atomics.compareExchange(this.#words, STATE, state, state + n) !== state
      ) continue;
      if (waitersOf(state) > 0) this.#serve();
      return;
    }
  }

  /**
   * Gives out no more permits: all that wait or come later get a
   * {@linkcode SemaphoreClosedError}. Permits can still be given back.
   */
  close(): void {
    Atomics.or(this.#words, STATE, CLOSED);
    this.#serve();
  }

  /** Takes permits past an empty queue. */
  #take(n: number): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & CLOSED) !== 0) throw closedError();
      if ((state & COUNT) < n) return false;
      // A thread that was lost on its way into the queue is counted for ever.
      if (
        waitersOf(state) > 0 &&
        Atomics.load(this.#words, HEAD) !== Atomics.load(this.#words, TAIL)
      ) return false;
      if (
        Atomics.compareExchange(this.#words, STATE, state, state - n) === state
      ) return true;
    }
  }

  /** Takes the next place in the queue. Returns its ticket, or none if taken. */
  #queue(n: number): number | undefined {
    const { id } = currentThread();
    // From here on nobody gets past the queue.
    Atomics.add(this.#words, STATE, WAITER);
    for (;;) {
      const ticket = Atomics.load(this.#words, TAIL);
      const at = this.#at(ticket);
      const lap = this.#lap(ticket);
      const place = Atomics.load(this.#words, at);
      if (place === placeOf(lap, FREE)) {
        const mine = placeOf(lap, WAITING, n);
        if (
          Atomics.compareExchange(this.#words, at, place, mine) !== place
        ) continue;
        Atomics.store(this.#words, at + 1, id);
        this.#advance(TAIL, ticket);
        this.#serve();
        return ticket;
      }
      if (Atomics.load(this.#words, TAIL) !== ticket) continue;
      if (lapOf(place) !== ((lap - 1) & LAPS)) {
        // Whoever took the place has not come to that yet.
        this.#advance(TAIL, ticket);
        continue;
      }
      if (this.#reclaim()) continue;
      Atomics.sub(this.#words, STATE, WAITER);
      this.#serve();
      return undefined;
    }
  }

  /** Ends when the next place is free, whose last waiter has not left it. */
  #vacancy(): Awaited {
    const ticket = Atomics.load(this.#words, TAIL);
    const before = (this.#lap(ticket) - 1) & LAPS;
    let first = true;
    return {
      words: this.#words,
      index: this.#at(ticket),
      action: ACTION,
      slice: SLICE,
      look: (place) => {
        if (lapOf(place) !== before) return "over";
        if (!first) this.#takeOver();
        first = false;
        return "sleep";
      },
    };
  }

  #turn(ticket: number, n: number): Awaited {
    const index = this.#at(ticket);
    const waiting = placeOf(this.#lap(ticket), WAITING, n);
    let first = true;
    return {
      words: this.#words,
      index,
      action: ACTION,
      slice: SLICE,
      look: (place) => {
        if (place !== waiting) return "over";
        // Only a loss can make this necessary.
        if (!first) this.#takeOver();
        first = false;
        return "sleep";
      },
    };
  }

  /** What the thread that served this waiter gave it. */
  #receive(ticket: number, n: number): Permits {
    if (this.#leave(ticket) === 0) throw closedError();
    return new Permits(this, n);
  }

  /** Frees the place of a waiter that was served. Returns what it was given. */
  #leave(ticket: number): number {
    const at = this.#at(ticket);
    const free = placeOf(this.#lap(ticket) + 1, FREE);
    const count = countOf(Atomics.load(this.#words, at));
    Atomics.store(this.#words, at + 1, 0);
    Atomics.store(this.#words, at, free);
    // For who waits for the place.
    Atomics.notify(this.#words, at);
    return count;
  }

  /** Leaves the queue; what was given meanwhile is passed on. */
  #giveUp(ticket: number, n: number): void {
    const lap = this.#lap(ticket);
    const waiting = placeOf(lap, WAITING, n);
    const gone = placeOf(lap, GONE);
    if (
      Atomics.compareExchange(
        this.#words,
        this.#at(ticket),
        waiting,
        gone,
      ) !== waiting
    ) this.#putBack(this.#leave(ticket));
    // Who stands behind may be content with what is there.
    this.#serve();
  }

  /** Adds permits that were taken out, and never more than there may be. */
  #putBack(n: number): void {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      const more = Math.min(n, this.#max - (state & COUNT));
      if (
        Atomics.compareExchange(this.#words, STATE, state, state + more) ===
          state
      ) return;
    }
  }

  /** Serves the queue, or sees to it that the thread that serves looks again. */
  #serve(): void {
    const { id, threads } = currentThread();
    for (;;) {
      const server = Atomics.load(this.#words, SERVER);
      const next = server === 0 || !threads.isLive(server & ~DIRTY)
        ? id
        : server | DIRTY;
      if (
        Atomics.compareExchange(this.#words, SERVER, server, next) !== server
      ) continue;
      if (next !== id) return;
      break;
    }
    for (;;) {
      while (this.#serveOne());
      if (Atomics.compareExchange(this.#words, SERVER, id, 0) === id) return;
      Atomics.store(this.#words, SERVER, id);
    }
  }

  /** For the one thread that serves. Returns whether there may be more to do. */
  #serveOne(): boolean {
    const ticket = Atomics.load(this.#words, HEAD);
    const at = this.#at(ticket);
    const lap = this.#lap(ticket);
    const place = Atomics.load(this.#words, at);
    if (place === placeOf(lap, FREE)) return false;
    if (lapOf(place) === ((lap - 1) & LAPS)) return false;
    const kind = place & 3;
    if (lapOf(place) !== lap || kind === GRANTED) {
      // Served by a thread that was lost before it could say so.
      this.#advance(HEAD, ticket);
      return true;
    }
    const owner = Atomics.load(this.#words, at + 1);
    if (kind === GONE || this.#isLost(owner)) {
      if (kind === WAITING) {
        const gone = placeOf(lap, GONE);
        Atomics.compareExchange(this.#words, at, place, gone);
        return true;
      }
      const free = placeOf(lap + 1, FREE);
      Atomics.store(this.#words, at + 1, 0);
      Atomics.store(this.#words, at, free);
      Atomics.store(this.#words, HEAD, ticket + 1);
      Atomics.sub(this.#words, STATE, WAITER);
      Atomics.notify(this.#words, at);
      return true;
    }
    const state = Atomics.load(this.#words, STATE);
    const n = (state & CLOSED) !== 0 ? 0 : countOf(place);
    if ((state & COUNT) < n) return false;
    if (
      Atomics.compareExchange(this.#words, STATE, state, state - n) !== state
    ) return true;
    const granted = placeOf(lap, GRANTED, n);
    if (
      Atomics.compareExchange(this.#words, at, place, granted) !== place
    ) {
      this.#putBack(n);
      return true;
    }
    Atomics.store(this.#words, HEAD, ticket + 1);
    Atomics.sub(this.#words, STATE, WAITER);
    Atomics.notify(this.#words, at);
    return true;
  }

  /** Does what a lost thread left undone, if there is one. */
  #takeOver(): void {
    const server = Atomics.load(this.#words, SERVER) & ~DIRTY;
    const first = this.#at(Atomics.load(this.#words, HEAD));
    const owner = Atomics.load(this.#words, first + 1);
    if (this.#reclaim() || this.#isLost(server) || this.#isLost(owner)) {
      this.#serve();
    }
  }

  /** Puts back what was given to threads that were lost before they had it. */
  #reclaim(): boolean {
    let found = false;
    for (let at = PLACES; at < wordCountOf(this.#places); at += 2) {
      const place = Atomics.load(this.#words, at);
      if ((place & 3) !== GRANTED) continue;
      const owner = Atomics.load(this.#words, at + 1);
      if (!this.#isLost(owner)) continue;
      const free = placeOf(lapOf(place) + 1, FREE);
      // One thread only does it, and only if the place is still the same.
      if (
        Atomics.compareExchange(this.#words, at + 1, owner, 0) !== owner
      ) continue;
      Atomics.store(this.#words, at, free);
      Atomics.notify(this.#words, at);
      this.#putBack(countOf(place));
      found = true;
    }
    return found;
  }

  #isLost(thread: number): boolean {
    return thread !== 0 && !currentThread().threads.isLive(thread);
  }

  #advance(counter: number, ticket: number): void {
    Atomics.compareExchange(this.#words, counter, ticket, ticket + 1);
  }

  #at(ticket: number): number {
    return PLACES + 2 * (ticket & (this.#places - 1));
  }

  #lap(ticket: number): number {
    return (ticket >>> this.#lapShift) & LAPS;
  }
}

function placeOf(lap: number, kind: number, count: number = 0): number {
  return (lap & LAPS) << 22 | count << 2 | kind;
}

function lapOf(place: number): number {
  return place >>> 22;
}

function countOf(place: number): number {
  return (place >>> 2) & COUNT;
}

function waitersOf(state: number): number {
  return (state & ~CLOSED) >>> 20;
}

function wordCountOf(places: number): number {
  return PLACES + 2 * places;
}

function roundUp(n: number): number {
  return 2 ** (32 - Math.clz32(n - 1));
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

function closedError(): SemaphoreClosedError {
  return new SemaphoreClosedError(
    "Cannot acquire permits as the semaphore is closed",
  );
}

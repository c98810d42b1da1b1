/**
 * Once: something that exactly one thread does, and the others wait for.
 *
 * The protocol is in the folder's README, "Once".
 *
 * @module
 */

import { allocate } from "./arena.ts";
import { checkHandle, type SharedHandle } from "./handle.ts";
import { LINE, wordsOf } from "./memory.ts";
import { currentThread, SLICE } from "./thread.ts";
import { checkTimeout } from "./timeout.ts";
import {
  type Awaited,
  type Look,
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "./wait.ts";

const STATE = 0; // NEW, DONE, POISONED, or the id of the thread that runs it

const NEW = 0;
const DONE = -1;
const POISONED = -2;

const ACTION = "run once";

/** Names a {@linkcode Once} in a message. */
export type OnceHandle = SharedHandle<"Once">;

/**
 * The thread that ran a {@linkcode Once} was lost in the middle of it: what it
 * was to make may be there by half.
 *
 * What to do: put that in order, then {@linkcode Once.clearPoison}.
 *
 * @example Usage
 * ```ts
 * import { Once, OncePoisonedError } from "@kindred/kindred/sync";
 *
 * const once = new Once();
 * try {
 *   once.run(() => {});
 * } catch (error) {
 *   if (!(error instanceof OncePoisonedError)) throw error;
 *   once.clearPoison();
 * }
 * ```
 */
export class OncePoisonedError extends Error {
  /** The name of the class. */
  override readonly name = "OncePoisonedError";
}

/**
 * Runs a function on exactly one thread, while the others wait for its end.
 *
 * If the function throws, its caller gets the error and the next thread that
 * waits or comes tries with its own function, as with Rust's
 * `OnceLock::get_or_try_init`. If its thread is lost, nobody knows how far it
 * came: all others get an {@linkcode OncePoisonedError}, at the latest 100 ms
 * after the loss was marked, until someone clears it.
 *
 * @example Usage
 * ```ts
 * import { Once } from "@kindred/kindred/sync";
 * import { assert, assertEquals, assertFalse } from "@std/assert";
 *
 * const table = new Uint8Array(new SharedArrayBuffer(256));
 * const once = new Once();
 * assert(once.run(() => table.fill(7)));
 * assertFalse(once.run(() => table.fill(0))); // done already: not run
 * assertFalse(await Once.from(once.handle).runAsync(() => {}));
 * assertEquals(table[0], 7);
 * ```
 */
export class Once {
  /** Names this object in a message. */
  readonly handle: OnceHandle;
  readonly #words: Int32Array;
  #running = false;

  /** Makes one that nobody ran, or attaches to one of another thread. */
  constructor(handle?: OnceHandle) {
    this.handle = handle === undefined
      ? { kind: "Once", ...allocate(LINE) }
      : checkHandle("Once", handle, () => LINE);
    this.#words = wordsOf(this.handle, 1);
  }

  /** Attaches to one that another thread made. */
  static from(handle: OnceHandle): Once {
    return new Once(checkHandle("Once", handle, () => LINE));
  }

  /** Whether a function was run to its end. */
  get isDone(): boolean {
    return Atomics.load(this.#words, STATE) === DONE;
  }

  /** Whether a thread was lost while it ran its function. */
  get isPoisoned(): boolean {
    return Atomics.load(this.#words, STATE) === POISONED;
  }

  /**
   * Lets the next thread try again after a loss.
   *
   * @returns Whether it was poisoned.
   */
  clearPoison(): boolean {
    // Nobody sleeps on a poisoned word.
    return Atomics.compareExchange(this.#words, STATE, POISONED, NEW) ===
      POISONED;
  }

  /**
   * Runs a function, unless one was or is being run; blocks the thread until it
   * is done.
   *
   * @param options How long to wait for another thread's function at most.
   * @returns Whether this call ran its function.
   * @throws {OncePoisonedError} If a thread was lost while it ran its function.
   * @throws {TypeError} If this object runs a function already, which would
   * never end.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  run(fn: () => void, options: WaitOptions = {}): boolean {
    checkTimeout(options.timeout, ACTION);
    if (this.isDone) return false;
    if (this.#running) {
      throw new TypeError(
        "Cannot run once as this thread waits for itself: it runs a function already",
      );
    }
    const turn = new Turn(this.#words);
    waitFor(turn, options);
    if (!turn.mine) return false;
    this.#running = true;
    let next = NEW;
    try {
      fn();
      next = DONE;
    } finally {
      this.#leave(next);
    }
    return true;
  }

  /**
   * Runs a function, which may be async, unless one was or is being run; waits
   * without blocking the thread until it is done.
   *
   * @param options How long to wait for another thread's function at most, and
   * a signal that gives up that wait. A function that runs goes on.
   * @returns Whether this call ran its function.
   * @throws {OncePoisonedError} If a thread was lost while it ran its function.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async runAsync(
    fn: () => void | Promise<void>,
    options: WaitAsyncOptions = {},
  ): Promise<boolean> {
    checkTimeout(options.timeout, ACTION);
    options.signal?.throwIfAborted();
    if (this.isDone) return false;
    const turn = new Turn(this.#words);
    await waitForAsync(turn, options);
    if (!turn.mine) return false;
    this.#running = true;
    let next = NEW;
    try {
      await fn();
      next = DONE;
    } finally {
      this.#leave(next);
    }
    return true;
  }

  #leave(next: number): void {
    this.#running = false;
    const { id } = currentThread();
    // Not if it was said meanwhile that this thread is lost.
    if (Atomics.compareExchange(this.#words, STATE, id, next) !== id) return;
    Atomics.notify(this.#words, STATE);
  }
}

/** Waits until somebody is done, or it is this thread's turn. */
class Turn implements Awaited {
  readonly index = STATE;
  readonly action = ACTION;
  readonly slice = SLICE;
  readonly words: Int32Array;
  /** Whether this thread is to run its function. */
  mine = false;

  constructor(words: Int32Array) {
    this.words = words;
  }

  look(state: number): Look {
    const { id, threads } = currentThread();
    if (state === DONE) return "over";
    if (state === NEW) {
      if (
        Atomics.compareExchange(this.words, STATE, NEW, id) !== NEW
      ) return "changed";
      this.mine = true;
      return "over";
    }
    if (state !== POISONED) {
      if (threads.isLive(state)) return "sleep";
      if (
        Atomics.compareExchange(this.words, STATE, state, POISONED) !== state
      ) return "changed";
      Atomics.notify(this.words, STATE);
    }
    throw new OncePoisonedError(
      "Cannot run once as it is poisoned: a thread was lost while it ran its function",
    );
  }
}

/**
 * Once: something that exactly one thread does, and the others wait for.
 *
 * The protocol is in the folder's README, "Once".
 *
 * @module
 */

import { checkKind, type SharedHandle } from "../memory/handle.ts";
import { LINE, wordsOf } from "../memory/memory.ts";
import { placed } from "../memory/placed.ts";
import { DONE, NEW, OnceTurn, POISONED } from "./once_turn.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

const STATE = 0;

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
  readonly #turn: OnceTurn;

  /** Makes one that nobody ran, or attaches to one of another thread. */
  constructor(handle?: OnceHandle) {
    this.handle = placed("Once", handle, LINE);
    this.#words = wordsOf(this.handle, 1);
    this.#turn = new OnceTurn(this.#words, ACTION, poisoned);
  }

  /**
   * Attaches to one that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: OnceHandle): Once {
    return new Once(checkKind("Once", handle));
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
   * @throws {DeadlockError} If this thread runs a function already, which would
   * never end.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  run(fn: () => void, options: WaitOptions = {}): boolean {
    checkTimeout(options.timeout, ACTION);
    return this.#turn.run(fn, options);
  }

  /**
   * Runs a function, which may be async, unless one was or is being run; waits
   * without blocking the thread until it is done. Nobody can see that a task
   * waits for itself: a function that awaits its own `Once` never ends without a
   * timeout.
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
    return await this.#turn.runAsync(fn, options);
  }
}

function poisoned(): OncePoisonedError {
  return new OncePoisonedError(
    "Cannot run once as it is poisoned: a thread was lost while it ran its function",
  );
}

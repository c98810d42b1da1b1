/**
 * Whose turn it is to do what is done once: one word, for `Once` and `OnceCell`.
 *
 * The protocol is in the folder's README, "Once".
 *
 * @module
 */

import { DeadlockError } from "../lock/lock_errors.ts";
import { currentThread, SLICE } from "../thread/thread.ts";
import {
  type Awaited,
  type Look,
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "../thread/wait.ts";

/** Nobody does it, and nobody has. */
export const NEW = 0;
/** It is done. Else, if positive: the id of the thread that does it. */
export const DONE: number = -1;
/** A thread was lost while it did it, and others must not go on. */
export const POISONED: number = -2;

/** The word at index 0 of a view, and what is done under it. */
export class OnceTurn {
  readonly #words: Int32Array;
  readonly #action: string;
  readonly #poison: (() => Error) | undefined;

  /**
   * Attaches to a word.
   *
   * @param action What is done, for messages: `run once`.
   * @param poison Makes the error of who comes after a loss; without it the next
   * one may try.
   */
  constructor(words: Int32Array, action: string, poison?: () => Error) {
    this.#words = words;
    this.#action = action;
    this.#poison = poison;
  }

  /** The word. */
  get state(): number {
    return Atomics.load(this.#words, 0);
  }

  /** Takes the turn if nobody has it. Returns whether this thread has it now. */
  tryTake(): boolean {
    const look = new TurnLook(this.#words, this.#action, this.#poison);
    for (;;) {
      const end = look.look(this.state);
      if (end !== "changed") return look.mine;
    }
  }

  /**
   * Does it, or waits until it is done; blocks the thread.
   *
   * @returns Whether this call did it.
   * @throws {DeadlockError} If this thread does it already: it would wait for
   * itself.
   */
  run(fn: () => void, options: WaitOptions): boolean {
    const { state } = this;
    if (state === DONE) return false;
    if (state === currentThread().id) this.#refuse();
    const look = new TurnLook(this.#words, this.#action, this.#poison);
    waitFor(look, options);
    if (look.mine) this.finish(fn);
    return look.mine;
  }

  /**
   * The same without blocking the thread; the function may be async.
   *
   * @returns Whether this call did it.
   */
  async runAsync(
    fn: () => void | Promise<void>,
    options: WaitAsyncOptions,
  ): Promise<boolean> {
    options.signal?.throwIfAborted();
    if (this.state === DONE) return false;
    const look = new TurnLook(this.#words, this.#action, this.#poison);
    await waitForAsync(look, options);
    if (!look.mine) return false;
    let next = NEW;
    try {
      await fn();
      next = DONE;
    } finally {
      this.#leave(next);
    }
    return true;
  }

  /** For who has the turn: does it. If that throws, the next may try. */
  finish(fn: () => void): void {
    let next = NEW;
    try {
      fn();
      next = DONE;
    } finally {
      this.#leave(next);
    }
  }

  #leave(next: number): void {
    const { id } = currentThread();
    // Not if it was said meanwhile that this thread is lost.
    if (Atomics.compareExchange(this.#words, 0, id, next) !== id) return;
    Atomics.notify(this.#words, 0);
  }

  #refuse(): never {
    throw new DeadlockError(
      `Cannot ${this.#action} as this thread runs the function already: it would wait for itself`,
    );
  }
}

/** Waits until somebody is done, or it is this thread's turn. */
class TurnLook implements Awaited {
  readonly index = 0;
  readonly slice = SLICE;
  readonly words: Int32Array;
  readonly action: string;
  readonly #poison: (() => Error) | undefined;
  /** Whether it is this thread's turn. */
  mine = false;

  constructor(words: Int32Array, action: string, poison?: () => Error) {
    this.words = words;
    this.action = action;
    this.#poison = poison;
  }

  look(state: number): Look {
    if (state === DONE) return "over";
    if (state === POISONED) throw this.#poison!();
    const { id, threads } = currentThread();
    if (state !== NEW && threads.isLive(state)) return "sleep";
    // The turn of a lost thread is poisoned, or free for the next.
    const next = state === NEW || !this.#poison ? id : POISONED;
    if (
      Atomics.compareExchange(this.words, 0, state, next) !== state
    ) return "changed";
    if (next === POISONED) {
      Atomics.notify(this.words, 0);
      throw this.#poison!();
    }
    this.mine = true;
    return "over";
  }
}

/**
 * What the two ends of a ring have in common: a thread holds each.
 *
 * @module
 */

import { HeldEnd, unlessLost } from "./held_end.ts";

/**
 * A wait cannot end well, as the thread at the other end of the ring was lost.
 *
 * What to do: let another thread take that end, or give up the ring.
 *
 * @example Usage
 * ```ts
 * import { RingEndLostError } from "@kindred/kindred/sync";
 * import { assert } from "@std/assert";
 *
 * assert(new RingEndLostError("the producer is gone") instanceof Error);
 * ```
 */
export class RingEndLostError extends Error {
  /** The name of the class. */
  override readonly name = "RingEndLostError";
}

/** What both ends of a ring have. */
export abstract class RingEnd implements Disposable {
  readonly #words: Int32Array;
  readonly #other: number;
  readonly #end: HeldEnd;
  /** What to throw where the other end's thread was lost. */
  readonly #lostError: () => RingEndLostError;

  /**
   * Takes an end for this thread.
   *
   * @param ring What it is an end of, for messages.
   * @param end Which one, likewise.
   * @param index Of the word of this end.
   * @param other Of the word of the other one.
   */
  constructor(
    ring: "ring" | "byte ring",
    end: "producer" | "consumer",
    words: Int32Array,
    index: number,
    other: number,
  ) {
    this.#words = words;
    this.#other = other;
    this.#end = new HeldEnd(
      words,
      index,
      `Cannot take end of ${ring} as a thread is its ${end} already: release it there`,
    );
    this.#lostError = () =>
      new RingEndLostError(
        `Cannot wait at ${ring} as the thread at its other end was lost`,
      );
  }

  /**
   * Gives this end back; it must not be used any more. What it published stays
   * in the ring. A wait of it that is pending ends with a `TypeError`, within
   * 100 ms. A second call does nothing.
   */
  release(): void {
    this.#end.release();
  }

  /** The same as {@linkcode release}. */
  [Symbol.dispose](): void {
    this.release();
  }

  /**
   * Before the first try of a wait.
   *
   * @throws {TypeError} If this end was given back.
   */
  protected checkKept(action: string): void {
    this.#end.checkKept(action);
  }

  /**
   * A later try of a wait: throws if this end is no longer held, and where nobody is
   * left who could make it succeed.
   */
  protected whileHeld<R>(
    action: string,
    attempt: () => R | undefined,
  ): R | undefined {
    this.#end.check(action);
    return unlessLost(this.#words, this.#other, attempt, this.#lostError);
  }
}

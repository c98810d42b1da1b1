/**
 * What the two ends of an `SpscRing` have in common: a thread holds each.
 *
 * @module
 */

import { HeldEnd, isHolderLost } from "./held_end.ts";
import { CONSUMER, PRODUCER } from "./spsc_layout.ts";

/** Options of waits at a ring that block the thread. */
export interface RingWaitOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/** Options of waits at a ring that do not block the thread. */
export interface RingWaitAsyncOptions extends RingWaitOptions {
  /** Gives up the wait; the ring stays as it is. */
  readonly signal?: AbortSignal;
}

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

/** What both ends of an `SpscRing` have. */
export abstract class RingEnd implements Disposable {
  readonly #words: Int32Array;
  readonly #other: number;
  readonly #end: HeldEnd;

  /** Takes an end for this thread. */
  constructor(words: Int32Array, end: "producer" | "consumer") {
    this.#words = words;
    this.#other = end === "producer" ? CONSUMER : PRODUCER;
    this.#end = new HeldEnd(
      words,
      end === "producer" ? PRODUCER : CONSUMER,
      `Cannot take end of ring as a thread is its ${end} already: release it there`,
    );
  }

  /**
   * Gives this end back; it must not be used any more. What it published stays
   * in the ring. A second call does nothing.
   */
  release(): void {
    this.#end.release();
  }

  /** The same as {@linkcode release}. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** Tries, and throws where nobody is left who could make it succeed. */
  protected unlessLost<R>(attempt: () => R | undefined): R | undefined {
    const lost = isHolderLost(this.#words, this.#other);
    // All that the lost one did is seen by this attempt.
    const result = attempt();
    if (result === undefined && lost) {
      throw new RingEndLostError(
        "Cannot wait at ring as the thread at its other end was lost",
      );
    }
    return result;
  }
}

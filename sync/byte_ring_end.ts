/**
 * What both ends of a byte ring have.
 *
 * @module
 */

import {
  type ByteRingHandle,
  CONSUMER,
  OWN_WORDS,
  PRODUCER,
} from "./byte_ring_memory.ts";
import { HeldEnd, isHolderLost } from "./held_end.ts";
import { wordsOf } from "./memory.ts";
import { RingEndLostError } from "./ring_end.ts";

/** An end of a {@linkcode ByteRing}. */
export abstract class ByteRingEnd implements Disposable {
  readonly #words: Int32Array;
  readonly #other: number;
  readonly #end: HeldEnd;

  /** Takes an end for this thread. */
  constructor(handle: ByteRingHandle, end: "producer" | "consumer") {
    const words = wordsOf(handle, OWN_WORDS);
    this.#words = words;
    this.#other = end === "producer" ? CONSUMER : PRODUCER;
    this.#end = new HeldEnd(
      words,
      end === "producer" ? PRODUCER : CONSUMER,
      `Cannot take end of byte ring as a thread is its ${end} already: release it there`,
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
  protected unlessLost<T>(attempt: () => T | undefined): T | undefined {
    const lost = isHolderLost(this.#words, this.#other);
    // All that the lost one did is seen by this attempt.
    const result = attempt();
    if (result === undefined && lost) {
      throw new RingEndLostError(
        "Cannot wait at byte ring as the thread at its other end was lost",
      );
    }
    return result;
  }
}

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
import { wordsOf } from "../memory/memory.ts";
import { RingEnd } from "./ring_end.ts";

/** An end of a {@linkcode ByteRing}. */
export abstract class ByteRingEnd extends RingEnd {
  /** Whether code of the caller has a frame of this end in its place. */
  #isBusy = false;

  /** Takes an end for this thread. */
  constructor(handle: ByteRingHandle, end: "producer" | "consumer") {
    const [index, other] = end === "producer"
      ? [PRODUCER, CONSUMER] as const
      : [CONSUMER, PRODUCER] as const;
    super("byte ring", end, wordsOf(handle, OWN_WORDS), index, other);
  }

  /**
   * Gives this end back; it must not be used any more. What it published stays
   * in the ring. A wait of it that is pending ends with a `TypeError`, within
   * 100 ms. A second call does nothing.
   *
   * @throws {TypeError} In the middle of a `write` or `visit` at this end.
   */
  override release(): void {
    this.checkIdle("release end");
    super.release();
  }

  /**
   * Checks that no code of the caller has a frame of this end in its place: a call
   * from there would publish half a frame, or lose one.
   *
   * @throws {TypeError} If it has.
   */
  protected checkIdle(action: string): void {
    if (!this.#isBusy) return;
    throw new TypeError(
      `Cannot ${action} as this end of the byte ring is in the middle of a frame: call it after the callback`,
    );
  }

  /** Code of the caller is given a frame in its place, until `false`. */
  protected set busy(isBusy: boolean) {
    this.#isBusy = isBusy;
  }
}

/**
 * Frames that did not fit into a ring, in order.
 *
 * @module
 */

import type { FrameSource } from "../../sync/queue/frame_ring.ts";

/** A frame that did not fit, or only a part of it. */
export interface WaitingFrame {
  /** Its kind, and whether something travels beside it. */
  readonly kind: number;
  /** A copy of it. */
  readonly source: FrameSource;
  /** Its length, in bytes. */
  readonly length: number;
  /** How many bytes of it are in the ring. */
  sent: number;
}

/** The frames that wait for room. */
export class WaitingFrames implements Iterable<WaitingFrame> {
  /** From `#start` on; what is before it was sent. */
  #frames: WaitingFrame[] = [];
  #start = 0;

  /** How many there are. */
  get length(): number {
    return this.#frames.length - this.#start;
  }

  /** The oldest one; there must be one. */
  get first(): WaitingFrame {
    return this.#frames[this.#start]!;
  }

  /** Keeps a copy of a frame. */
  add(kind: number, { bytes }: FrameSource, length: number): void {
    const copy = bytes.slice(0, length);
    const source = { bytes: copy, words: new Int32Array(copy.buffer) };
    this.#frames.push({ kind, source, length, sent: 0 });
  }

  /** In constant time on average: a long array is not moved for each frame. */
  removeFirst(): void {
    this.#start++;
    if (2 * this.#start < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#start);
    this.#start = 0;
  }

  /** All of them, the oldest first. */
  [Symbol.iterator](): Iterator<WaitingFrame> {
    return this.#frames.slice(this.#start).values();
  }
}

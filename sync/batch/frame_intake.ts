/**
 * How byte frames get into a `ByteBatchRing`.
 *
 * A frame lies in one piece, behind the one that was pushed before it, or at the
 * start. All bytes from the oldest frame that is not free to the end of the newest
 * one are taken, which their records say: there are no positions of bytes.
 *
 * The protocol is in the folder's README, "ByteBatchRing".
 *
 * @module
 */

import { plainBytes } from "../channel/encoded.ts";
import { lengthOf } from "../queue/frame_bytes.ts";
import { BatchClaim } from "./batch_claim.ts";
import { ALIGNMENT, type FrameBatches } from "./frame_batches.ts";

/** Up to so many bytes a loop beats a call. */
const FEW = 32;

/**
 * Fills a frame in its place.
 *
 * @param bytes Shared memory.
 * @param start Where in it the frame starts: a multiple of 8.
 */
export type WriteFrame = (bytes: Uint8Array, start: number) => void;

/** The pushing side of a ring of frames, as one thread has it. */
export class FrameIntake {
  readonly #memory: FrameBatches;
  readonly #claim: BatchClaim;

  /** For a ring. */
  constructor(memory: FrameBatches) {
    this.#memory = memory;
    this.#claim = new BatchClaim(memory);
  }

  /**
   * Adds a frame. Returns whether there was room.
   *
   * @param length How many of the bytes: what another thread sees may grow.
   */
  offer(bytes: Uint8Array, length: number, ticket: number): boolean {
    const tail = this.#claim.take();
    const hasRoom = this.#copyIn(tail, bytes, length, ticket);
    this.#claim.giveBack(tail, hasRoom ? 1 : 0);
    return hasRoom;
  }

  /** Adds as many frames as there is room for; they come next to each other. */
  offerMany(frames: readonly Uint8Array[], ticket: number): number {
    const tail = this.#claim.take();
    let count = 0;
    while (count < frames.length) {
      const bytes = frames[count]!;
      const at = (tail + count) | 0;
      if (!this.#copyIn(at, bytes, lengthOf(bytes), ticket + count)) break;
      count++;
    }
    this.#claim.giveBack(tail, count);
    return count;
  }

  /** Adds a frame that the caller fills. Returns whether there was room. */
  offerWritten(length: number, write: WriteFrame, ticket: number): boolean {
    const claim = this.#claim;
    const tail = claim.take();
    let count = 0;
    try {
      const start = this.#place(tail, length);
      if (start >= 0) {
        claim.during(write, this.#memory.bytes, start);
        claim.sign(tail, ticket);
        count = 1;
      }
    } finally {
      claim.giveBack(tail, count);
    }
    return count > 0;
  }

  /** Writes a frame, behind the tail. No code of the caller runs. */
  #copyIn(
    tail: number,
    bytes: Uint8Array,
    length: number,
    ticket: number,
  ): boolean {
    const start = this.#place(tail, length);
    if (start < 0) return false;
    const target = this.#memory.bytes;
    if (length <= FEW) {
      for (let k = 0; k < length; k++) target[start + k] = bytes[k]!;
    } else target.set(plainBytes(bytes, length), start);
    this.#claim.sign(tail, ticket);
    return true;
  }

  /** Finds room for a frame and notes where it is. Returns that, or -1. */
  #place(tail: number, length: number): number {
    const { words } = this.#memory;
    let start = this.#find(tail, this.#claim.known, length);
    if (start < 0) start = this.#find(tail, this.#claim.look(), length);
    if (start < 0) return -1;
    const at = this.#memory.recordAt(tail);
    words[at] = start;
    words[at + 1] = length;
    return start;
  }

  /** Where a frame has room, if all before the head is free; -1 for nowhere. */
  #find(tail: number, head: number, length: number): number {
    const { words, bytes, mask } = this.#memory;
    const taken = (tail - head) | 0;
    if (taken === 0) return 0;
    if (taken > mask) return -1;
    const oldest = words[this.#memory.recordAt(head)]!;
    const newest = this.#memory.recordAt(tail - 1);
    const end = words[newest]! + roomOf(words[newest + 1]!);
    const next = end + roomOf(length);
    if (end <= oldest) return next <= oldest ? end : -1;
    if (next <= bytes.length) return end;
    // It does not wrap: the rest up to the end stays empty.
    return roomOf(length) <= oldest ? 0 : -1;
  }
}

/** The bytes that a frame takes: some, so that no two begin at the same one. */
function roomOf(length: number): number {
  return Math.max(1, Math.ceil(length / ALIGNMENT)) * ALIGNMENT;
}

/**
 * A store of frames that grows.
 *
 * @module
 */

import { draftOf } from "../memory/memory.ts";
import type { FrameSource } from "../queue/frame_ring.ts";
import { FULL, PUSHED, type Pushed } from "./flavor.ts";
import { FrameChain } from "./frame_chain.ts";
import {
  copyWordsIn,
  copyWordsOut,
  HEADER,
  wordsOfBytes,
} from "./segment_bytes.ts";

/** The least memory of a target, in bytes. */
const LEAST = 4096;

/** Where a frame is taken to. It gets other memory where that is too short. */
export interface FrameTarget {
  /** The memory as bytes. */
  bytes: Uint8Array;
  /** The memory as 32-bit words. */
  words: Int32Array;
}

/**
 * Frames in a chain of segments, as `ByteSegments` has messages: but from and to
 * memory that its threads keep and that is made of words, so that a short one is copied
 * word by word, and nothing is made for it.
 */
export class FrameSegments extends FrameChain {
  /** Adds a frame at the end, of so many bytes. */
  push(source: FrameSource, length: number): Pushed {
    const tail = this.tail;
    const verdict = tail.enter();
    if (verdict !== PUSHED) return verdict;
    try {
      const more = HEADER + wordsOfBytes(length) - (tail.end - tail.at);
      if (more > 0 && !tail.has(Math.ceil(more / this.geometry.used))) {
        return FULL;
      }
      if (tail.at === tail.end) tail.next();
      this.words[tail.at] = length;
      tail.at += HEADER;
      copyWordsIn(this.words, this.bytes, tail, source, length);
      tail.commit(tail.at);
      return PUSHED;
    } finally {
      tail.leave();
    }
  }

  /**
   * Takes the oldest frame.
   *
   * @param isWanted Looks at it in the target; if it says no, the frame stays.
   * @returns How many bytes it has; -1: there is none that is wanted.
   */
  pop(target: FrameTarget, isWanted?: () => boolean): number {
    const head = this.head;
    for (;;) {
      let length: number;
      if (!head.enter()) return -1;
      try {
        if (head.at === head.end) head.next();
        length = this.words[head.at]! >>> 0;
        if (length <= target.bytes.length) {
          head.at += HEADER;
          copyWordsOut(target, head, this.words, this.bytes, length);
          if (isWanted !== undefined && !isWanted()) return -1;
          head.commit(head.at);
          return length;
        }
      } finally {
        head.leave();
      }
      // Not while others wait: large memory takes time.
      grow(target, length);
    }
  }

  /** After this call nothing is added any more. */
  seal(): void {
    this.tail.seal();
  }

  /** Whether there is a frame, for who alone takes some. Cheap enough to spin on. */
  get hasFrames(): boolean {
    return this.head.hasMore;
  }

  /** How many frames were ever taken, in 30 bits. */
  get popped(): number {
    return this.tail.popped >>> 2;
  }
}

function grow(target: FrameTarget, length: number): void {
  const { u8, i32 } = draftOf(
    Math.max(LEAST, 2 ** Math.ceil(Math.log2(length))),
  );
  target.bytes = u8;
  target.words = i32;
}

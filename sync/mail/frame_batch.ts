/**
 * Frames on their way into the injector, or out of it: in private memory.
 *
 * They stand as in a chain of segments (see `channel/segment_bytes.ts`), so that
 * many of them are copied as one.
 *
 * @module
 */

import { HEADER, wordsOfBytes } from "../channel/segment_bytes.ts";
import type { FrameSource } from "../queue/frame_ring.ts";
import { draftOf } from "../memory/memory.ts";

/** The bytes that are kept whatever comes. */
const LEAST = 4096;
/** More than this is let go as soon as it is not needed. */
const LARGE = 2 ** 20;
/** After so many batches that needed little of it, memory is let go. */
const PATIENCE = 64;
/** Up to so many bytes, a loop is quicker than a call. */
const SHORT = 256;

/** The fewest bytes of a frame: those that say whose it is, and its number. */
export const FEWEST = 12;

/** A row of frames. Added at its end, read from its start. */
export class FrameBatch implements FrameSource {
  /** The memory as bytes. Another one once it had to grow. */
  bytes!: Uint8Array;
  /** The memory as words. */
  words!: Int32Array;
  /** How many bytes are used: a multiple of 8. */
  end = 0;
  /** How many frames there are; those that were visited are some of them. */
  count = 0;
  /** Where the payload of the current frame starts in `bytes`. */
  start = 0;
  /** How long that is, in bytes. */
  length = 0;
  #next = 0;
  #idle = 0;

  /** Makes an empty one. */
  constructor() {
    this.#allocate(LEAST);
  }

  /**
   * Adds a frame.
   *
   * @param source Where it is, from the start on.
   * @param length Its length, in bytes.
   * @throws {RangeError} If it is too short to say whose it is.
   */
  add(source: FrameSource, length: number): void {
    if (!(length >= FEWEST)) {
      throw new RangeError(
        `Cannot add frame as its length must be at least ${FEWEST} bytes: received ${length}`,
      );
    }
    const size = HEADER + wordsOfBytes(length);
    this.grow(4 * size);
    let at = this.end >> 2;
    this.words[at] = length;
    at += HEADER;
    if (length <= SHORT) {
      const { words } = source;
      const end = (length + 3) >> 2;
      for (let k = 0; k < end; k++) this.words[at + k] = words[k]!;
    } else this.bytes.set(source.bytes.subarray(0, length), 4 * at);
    this.end += 4 * size;
    this.count++;
  }

  /** Sees to it that so many bytes more can be had. What is there stays. */
  grow(more: number): void {
    const size = this.end + more;
    if (size <= this.bytes.length) return;
    const { bytes, end } = this;
    this.#allocate(2 ** Math.ceil(Math.log2(size)));
    this.bytes.set(bytes.subarray(0, end));
  }

  /** Whether there is a next frame. */
  get hasNext(): boolean {
    return this.#next < this.end;
  }

  /** Goes back to before the first frame. */
  rewind(): void {
    this.#next = 0;
  }

  /** Goes to the next frame. Returns whether there is one. */
  next(): boolean {
    if (this.#next === this.end) return false;
    const length = this.words[this.#next >> 2]! >>> 0;
    this.start = this.#next + 4 * HEADER;
    this.length = length;
    this.#next = this.start + 4 * wordsOfBytes(length);
    return true;
  }

  /**
   * How many of the first frames fit into so many bytes. They end at what is then
   * the next frame.
   */
  fitting(room: number): number {
    this.#next = 0;
    for (let fit = 0; fit < this.count; fit++) {
      const before = this.#next;
      this.next();
      if (this.#next <= room) continue;
      this.#next = before;
      return fit;
    }
    return this.count;
  }

  /** Where the next frame starts, with what says how long it is. */
  get position(): number {
    return this.#next;
  }

  /** Forgets so many of the first frames; the next one is the first then. */
  drop(count: number): void {
    if (count >= this.count) return this.clear();
    this.#next = 0;
    for (let k = 0; k < count; k++) this.next();
    this.bytes.copyWithin(0, this.#next, this.end);
    this.end -= this.#next;
    this.count -= count;
    this.#next = 0;
  }

  /** Forgets all frames, and memory that is not needed for long. */
  clear(): void {
    const size = this.bytes.length;
    if (size > LEAST) {
      if (this.end > size / 4) this.#idle = 0;
      if (size > LARGE || ++this.#idle > PATIENCE) this.#allocate(LEAST);
    }
    this.end = this.count = this.#next = 0;
  }

  #allocate(size: number): void {
    const { u8, i32 } = draftOf(size);
    this.bytes = u8;
    this.words = i32;
    this.#idle = 0;
  }
}

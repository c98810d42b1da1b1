/**
 * Where encoded values are read from: a part of a ring, or a buffer.
 *
 * @module
 */

import type { Arrival } from "./arrival.ts";

const NONE: readonly never[] = [];
/** Deeper than any encoder writes, and not deep enough to exhaust the stack. */
const MAX_DEPTH = 1024;

/**
 * A frame that is not what an encoder writes.
 *
 * @example Usage
 * ```ts
 * import { CorruptFrameError, decode, Reader } from "@kindred/kindred/codec";
 * import { assertThrows } from "@std/assert";
 *
 * const nonsense = Reader.of(new Uint8Array([255, 0, 0, 0]));
 * assertThrows(() => decode(nonsense), CorruptFrameError);
 * ```
 */
export class CorruptFrameError extends Error {
  /** The name of the class. */
  override readonly name = "CorruptFrameError";
}

/**
 * Reads words and bytes of one frame, and never beyond it.
 *
 * @example Usage
 * ```ts
 * import { Reader } from "@kindred/kindred/codec";
 * import { assertEquals } from "@std/assert";
 *
 * const reader = Reader.of(new Uint8Array([1, 0, 0, 0]));
 * assertEquals(reader.word(), 1);
 * ```
 */
export class Reader {
  /** The memory as bytes. */
  bytes: Uint8Array;
  /** The memory as 32-bit words. */
  words: Int32Array;
  /** The next word. */
  at = 0;
  /** Where the frame ends, in words. */
  end = 0;
  /** The shared buffers that the frame refers to by number. */
  buffers: readonly SharedArrayBuffer[] = NONE;
  /** What was moved with the frame, that it refers to by number. */
  moved: readonly unknown[] = NONE;
  /** Where the frame comes from, for those that know more of it than the codec. */
  context: object | undefined;
  /** The objects before, in the order of their tags, where some are met again. */
  objects: unknown[] | undefined;
  /** What the preamble says, if there is one. */
  arrival: Arrival | undefined;
  #depth = 0;

  /** Makes a reader of some memory, without a frame yet. */
  constructor(bytes: Uint8Array, words: Int32Array) {
    this.bytes = bytes;
    this.words = words;
  }

  /** Makes a reader of encoded bytes that start at a word. */
  static of(bytes: Uint8Array): Reader {
    const words = new Int32Array(
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength >> 2,
    );
    const reader = new Reader(bytes, words);
    reader.end = words.length;
    return reader;
  }

  /** Goes to a frame, which has no attachments yet. */
  frame(start: number, byteLength: number): void {
    this.#depth = 0;
    this.objects = undefined;
    this.arrival = undefined;
    this.forget();
    this.at = start >> 2;
    this.end = (start + byteLength) >> 2;
  }

  /** A reader of the rest of the frame in memory of its own. */
  copy(): Reader {
    const copy = Reader.of(this.bytes.slice(4 * this.at, 4 * this.end));
    copy.buffers = this.buffers;
    copy.moved = this.moved;
    copy.context = this.context;
    return copy;
  }

  /** Lets go of what came with the frame: all of it was read. */
  forget(): void {
    if (this.buffers !== NONE) this.buffers = NONE;
    if (this.moved !== NONE) this.moved = NONE;
  }

  /** Goes into a value that holds others. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) {
      throw new CorruptFrameError(
        `Cannot decode frame as its values are nested more than ${MAX_DEPTH} levels deep`,
      );
    }
  }

  /** Comes back out of it. */
  leave(): void {
    this.#depth--;
  }

  /** Checks that this many words are left; a negative number stands for too many. */
  need(words: number): void {
    const left = this.end - this.at;
    if (words >= 0 && words <= left) return;
    const expected = words < 0 ? "more words than there can be" : words;
    throw new CorruptFrameError(
      `Cannot decode frame as it ends too early: expected ${expected} and found ${left} words`,
    );
  }

  /** Reads a count of things that take at least so many words each. */
  count(wordsEach: number): number {
    // More than half of all words are more than any frame has.
    const value = this.word() >>> 0;
    this.need(value * wordsEach);
    return value;
  }

  /** Reads one word. */
  word(): number {
    if (this.at >= this.end) this.need(1);
    return this.words[this.at++]!;
  }

  /** Reads a number of two words. */
  double(): number {
    if (this.at + 2 > this.end) this.need(2);
    DOUBLE_WORDS[0] = this.words[this.at++]!;
    DOUBLE_WORDS[1] = this.words[this.at++]!;
    return DOUBLE[0]!;
  }
}

const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Int32Array(DOUBLE.buffer);

/**
 * Values as frames, and what a thread remembers of one.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import type { BoardFrame } from "./frame_board.ts";
import { freezeAround } from "./shared_value.ts";

/**
 * The words of a value.
 *
 * @throws {TypeError} If it is not portable, or has shared memory in it.
 */
export function frameOf(value: unknown): Int32Array {
  const out = new Writer(256);
  encode(out, value, "value");
  return out.words.subarray(0, out.length);
}

/** The value of the last frame that a thread has read. */
export class DecodedFrame<T> {
  /** Which frame that was; 0: none. */
  generation = 0;
  /** Its value; arrays and plain objects in it are frozen. */
  value: T | undefined;

  /** Takes the value of another frame. */
  take({ generation, words }: BoardFrame): T {
    const { buffer, byteOffset, byteLength } = words;
    const value = decode(
      Reader.of(new Uint8Array(buffer, byteOffset, byteLength)),
    ) as T;
    freezeAround(value);
    this.value = value;
    this.generation = generation;
    return value;
  }
}

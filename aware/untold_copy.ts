/**
 * Copies of values that stay where they are.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { Reader } from "../codec/reader.ts";
import { Unaware } from "../codec/unaware.ts";
import { Writer } from "../codec/writer.ts";

/**
 * A copy of a value as a call would make it, but that nothing in it is told where it
 * lives. What is in shared memory is the same in the copy.
 *
 * @param name How to name the value in an error.
 * @throws {TypeError} If it is not portable.
 */
export function untoldCopy<T>(value: T, name: string): T {
  const out = new Writer(256);
  out.buffers = [];
  encode(out, new Unaware(value), name);
  const from = Reader.of(out.bytes.subarray(0, out.byteLength));
  from.buffers = out.buffers;
  return (decode(from) as Unaware<T>).value;
}

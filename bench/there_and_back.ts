/**
 * What crosses and is read at once, in memory that is kept.
 *
 * @module
 */

import { decode, encode, Reader, Writer } from "../codec/mod.ts";

const out = new Writer();
let reader = new Reader(out.bytes, out.words);

/** Writes a value and reads it. */
export function thereAndBack(value: unknown): void {
  out.length = 0;
  encode(out, value, "value");
  // The memory is another one once it has grown.
  if (reader.bytes !== out.bytes) reader = new Reader(out.bytes, out.words);
  reader.frame(0, out.byteLength);
  decode(reader);
}

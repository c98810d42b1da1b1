/**
 * Encoding and decoding in one step.
 *
 * @module
 */

import { decode, encode, Reader, Writer } from "../../codec/mod.ts";

/** Options of {@linkcode copyOf}. */
export interface CopyOptions {
  /** Whether shared memory may be sent along. */
  readonly shared?: boolean;
  /** The size of the writer at first, in bytes. */
  readonly capacity?: number;
}

/** The encoding of a value. */
export function encoded(value: unknown, options: CopyOptions = {}): Writer {
  const out = new Writer(options.capacity);
  if (options.shared) out.buffers = [];
  encode(out, value, "value");
  return out;
}

/** A reader of what was written. */
export function readerOf(out: Writer): Reader {
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = out.buffers ?? [];
  return reader;
}

/** A frame of these words. */
export function frameOf(...words: number[]): Reader {
  return Reader.of(new Uint8Array(Int32Array.from(words).buffer));
}

/** What arrives when a value is sent. */
export function copyOf(value: unknown, options?: CopyOptions): unknown {
  return decode(readerOf(encoded(value, options)));
}

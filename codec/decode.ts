/**
 * Bytes to portable values.
 *
 * @module
 */

import { decodeValue } from "./decode_value.ts";
import { readPreamble } from "./preamble.ts";
import type { Reader } from "./reader.ts";
import { GRAPH, PREAMBLE } from "./tag.ts";

/**
 * Reads one value.
 *
 * @example Usage
 * ```ts
 * import { decode, encode, Reader, Writer } from "@kindred/kindred/codec";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Writer();
 * encode(out, new Set([1n]), "set");
 * const frame = out.bytes.slice(0, out.byteLength);
 * assertEquals(decode(Reader.of(frame)), new Set([1n]));
 * ```
 *
 * @throws {CorruptFrameError} If the bytes are not what the encoder writes.
 * @throws {MissingExportsError} If something has to be imported before; then nothing
 * was read.
 */
export function decode(from: Reader): unknown {
  const isLed = isLedAt(from);
  if (isLed) begin(from);
  const value = decodeValue(from);
  if (isLed) from.objects = from.arrival = undefined;
  if (from.at === from.end) from.forget();
  return value;
}

/** Whether something stands before a value. */
function isLedAt({ at, end, words }: Reader): boolean {
  return at < end && (words[at]! & 0xff) >= GRAPH;
}

/** Reads what stands before a value. */
function begin(from: Reader): void {
  const { words, end } = from;
  if ((words[from.at]! & 0xff) === PREAMBLE) from.arrival = readPreamble(from);
  if (from.at < end && words[from.at] === GRAPH) beginGraph(from);
}

/** There are values that occur again: from here on objects are counted. */
function beginGraph(from: Reader): void {
  from.at++;
  from.objects = [];
}

/**
 * Reads values that were written each by itself, to the end of the frame.
 *
 * @throws {CorruptFrameError} If the bytes are not what the encoder writes.
 * @throws {MissingExportsError} If something has to be imported before; then nothing
 * was read.
 */
export function decodeEach(from: Reader): unknown[] {
  const values: unknown[] = [];
  if (isLedAt(from)) begin(from);
  while (from.at < from.end) {
    if (from.words[from.at] === GRAPH) beginGraph(from);
    values.push(decodeValue(from));
    from.objects = undefined;
  }
  from.arrival = undefined;
  from.forget();
  return values;
}

/**
 * Reads the values of a call, to the end of the frame.
 *
 * @example Usage
 * ```ts
 * import { decodeArguments, Reader } from "@kindred/kindred/codec";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeArguments(Reader.of(new Uint8Array(0))), []);
 * ```
 *
 * @throws {CorruptFrameError} If the bytes are not what the encoder writes.
 * @throws {MissingExportsError} If something has to be imported before; then nothing
 * was read.
 */
export function decodeArguments(from: Reader): unknown[] {
  if (isLedAt(from)) begin(from);
  // An array that a value is pushed to grows to many times its size.
  const values = from.at < from.end ? [decodeValue(from)] : [];
  while (from.at < from.end) values.push(decodeValue(from));
  from.objects = from.arrival = undefined;
  from.forget();
  return values;
}

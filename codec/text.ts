/**
 * Strings to bytes and back.
 *
 * Short ones by a loop over their characters, which beats any call; longer ones
 * by the engine's encoders; and the rare ones with lone surrogates, which UTF-8
 * cannot hold, as UTF-16.
 *
 * @module
 */

import { knownKey, learnKey } from "./known_keys.ts";
import { CorruptFrameError, type Reader } from "./reader.ts";
import { LATIN1, UTF16, UTF8 } from "./tag.ts";
import type { Writer } from "./writer.ts";

/** Longer strings go through the engine's encoders, which cost a call. */
const SHORT = 80;
/** For each short length, where its character codes are gathered. */
const CODES: number[][] = Array.from(
  { length: SHORT + 1 },
  (_, length) => new Array(length).fill(0),
);
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Writes a string. */
export function encodeText(out: Writer, text: string): void {
  const { length } = text;
  if (length <= SHORT && encodeLatin1(out, text)) return;
  if (text.isWellFormed()) encodeUtf8(out, text);
  else encodeUtf16(out, text);
}

function encodeLatin1(out: Writer, text: string): boolean {
  const { length } = text;
  const count = (length + 3) >> 2;
  out.reserve(1 + count);
  const { words } = out;
  let at = out.length;
  words[at++] = (length << 8) | LATIN1;
  // Four at a time, as they lie in memory.
  const whole = length & ~3;
  let all = 0;
  let k = 0;
  for (; k < whole; k += 4) {
    const a = text.charCodeAt(k);
    const b = text.charCodeAt(k + 1);
    const c = text.charCodeAt(k + 2);
    const d = text.charCodeAt(k + 3);
    all |= a | b | c | d;
    words[at++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  if (k < length) {
    let last = 0;
    for (let shift = 0; k < length; k++, shift += 8) {
      const code = text.charCodeAt(k);
      all |= code;
      last |= code << shift;
    }
    words[at] = last;
  }
  if (all > 0xff) return false;
  out.length += 1 + count;
  return true;
}

function encodeUtf8(out: Writer, text: string): void {
  out.reserve(2 + Math.ceil(3 * text.length / 4));
  const start = out.length;
  const target = out.bytes.subarray(4 * (start + 2));
  const { written } = ENCODER.encodeInto(text, target);
  for (let k = written; (k & 3) !== 0; k++) target[k] = 0;
  out.words[start] = UTF8;
  out.words[start + 1] = written;
  out.length = start + 2 + ((written + 3) >> 2);
}

function encodeUtf16(out: Writer, text: string): void {
  const { length } = text;
  const words = (length + 1) >> 1;
  out.reserve(2 + words);
  out.words[out.length] = UTF16;
  out.words[out.length + 1] = length;
  const units = new Uint16Array(
    out.bytes.buffer,
    4 * (out.length + 2),
    length,
  );
  out.words[out.length + 1 + words] = 0; // no leftovers behind the last unit
  for (let k = 0; k < length; k++) units[k] = text.charCodeAt(k);
  out.length += 2 + words;
}

/** Reads a string whose tag word was read. */
export function decodeText(from: Reader, tag: number, rest: number): string {
  if (tag === LATIN1) return decodeLatin1(from, rest);
  const length = from.word();
  if (tag === UTF8) {
    from.need(length < 0 ? -1 : (length + 3) >> 2);
    const start = 4 * from.at;
    from.at += (length + 3) >> 2;
    try {
      return DECODER.decode(from.bytes.subarray(start, start + length));
    } catch (cause) {
      throw new CorruptFrameError(
        `Cannot decode text as its ${length} bytes are not UTF-8`,
        { cause },
      );
    }
  }
  from.need(length < 0 ? -1 : (length + 1) >> 1);
  let text = "";
  for (let k = 0; k < length; k++) {
    const word = from.words[from.at + (k >> 1)]!;
    text += String.fromCharCode((k & 1) === 0 ? word & 0xffff : word >>> 16);
  }
  from.at += (length + 1) >> 1;
  return text;
}

function decodeLatin1(from: Reader, length: number): string {
  const words = (length + 3) >> 2;
  from.need(words);
  const { bytes } = from;
  const start = 4 * from.at;
  from.at += words;
  const codes = CODES[length];
  if (codes === undefined) {
    throw new CorruptFrameError(
      `Cannot decode text as ${length} characters are too many for a short one`,
    );
  }
  for (let k = 0; k < length; k++) codes[k] = bytes[start + k]!;
  // One call makes a flat string; appending makes one that has to be flattened.
  return String.fromCharCode.apply(null, codes);
}

/** Reads a string that is the name of a property. */
export function decodeKey(from: Reader): string {
  const word = from.word();
  if ((word & 0xff) !== LATIN1) return textAfter(from, word, "object");
  const known = knownKey(from, word);
  if (known !== undefined) return known;
  const start = from.at;
  const text = decodeLatin1(from, word >>> 8);
  return learnKey(from.words, start, word, text);
}

/**
 * Reads a string where nothing else can stand.
 *
 * @param whole What it is a part of.
 */
export function decodeTextOf(from: Reader, whole: string): string {
  return textAfter(from, from.word(), whole);
}

function textAfter(from: Reader, word: number, whole: string): string {
  const tag = word & 0xff;
  if (tag === LATIN1 || tag === UTF8 || tag === UTF16) {
    return decodeText(from, tag, word >>> 8);
  }
  throw new CorruptFrameError(
    `Cannot decode ${whole} as a text of it is none: received tag ${tag}`,
  );
}

/**
 * Strings as a source of lines.
 *
 * @module
 */

import type { Text, Units } from "./text.ts";

/** How long it takes to send a character, in ms. */
const TO_SEND = 1e-6;
/** How much is encoded at once. */
const PART = 2 ** 16;

const encoder = new TextEncoder();

/** A string: this thread has it as it is, others get one copy in shared memory. */
export class StringText implements Text {
  readonly length: number;
  readonly #text: string;
  #units: Units | undefined;

  constructor(text: string) {
    this.#text = text;
    this.length = text.length;
  }

  /** How long it takes until others can have it, in ms. */
  get timeToSend(): number {
    return this.#units === undefined ? this.length * TO_SEND : 0;
  }

  /** The same in shared memory, made once: one unit for each character. */
  get units(): Units {
    return this.#units ??= asciiOf(this.#text) ?? utf16Of(this.#text);
  }

  blocksIn(from: number, to: number): string[] {
    const text = this.#text;
    let start = from;
    if (from >= to) return [];
    if (from > 0) {
      // Not in the text itself: a line may be long.
      const newline = text.slice(from - 1, to - 1).indexOf("\n");
      if (newline < 0) return [];
      start = from + newline;
    }
    const end = to < text.length ? text.indexOf("\n", to - 1) + 1 : 0;
    return [end === 0 ? text.slice(start) : text.slice(start, end)];
  }
}

/** Bytes, if all characters are ASCII. */
function asciiOf(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length));
  // Not every engine encodes into shared memory.
  const part = new Uint8Array(Math.min(PART, text.length));
  for (let at = 0; at < text.length; at += PART) {
    const length = Math.min(PART, text.length - at);
    const { read, written } = encoder
      .encodeInto(text.slice(at, at + length), part);
    // Others take several bytes.
    if (read < length || written > length) return undefined;
    bytes.set(part.subarray(0, length), at);
  }
  return bytes;
}

/** Units that can be lone surrogates, too, of which UTF-8 knows nothing. */
function utf16Of(text: string): Uint16Array {
  const units = new Uint16Array(new SharedArrayBuffer(2 * text.length));
  for (let k = 0; k < text.length; k++) units[k] = text.charCodeAt(k);
  return units;
}

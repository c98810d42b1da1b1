/**
 * Codecs for channels of strings and of bytes.
 *
 * @module
 */

import type { Codec } from "./codec.ts";
import { privateBytes } from "./scratch.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
/** The most bytes of scratch memory that are kept. */
const KEPT = 2 ** 20;
/** Up to so many characters, a loop is quicker than a call of the engine. */
const SHORT = 48;
/** For each short length, where its character codes are gathered. */
const CODES: number[][] = Array.from(
  { length: SHORT + 1 },
  (_, length) => new Array(length).fill(0),
);

let scratch = privateBytes(4096);

/**
 * Strings, as UTF-8.
 *
 * @throws {TypeError} When sending what is no string, or a string with a lone
 * surrogate, which UTF-8 cannot hold.
 *
 * @example Usage
 * ```ts
 * import { Channel, textCodec } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const channel = new Channel(textCodec, { capacity: 8 });
 * channel.sender().send("héllo");
 * assertEquals(channel.receiver().recv(), "héllo");
 * ```
 */
export const textCodec: Codec<string> = {
  name: "text",
  encode: (value) => {
    if (typeof value !== "string") {
      throw new TypeError(
        `Cannot send message as it must be a string: received ${typeof value}`,
      );
    }
    const short = encodeShort(value);
    if (short !== undefined) return short;
    if (!value.isWellFormed()) {
      throw new TypeError(
        "Cannot send message as UTF-8 cannot hold lone surrogates: received a string with one",
      );
    }
    const most = 3 * value.length;
    let target = scratch;
    if (target.length < most) {
      target = privateBytes(most);
      if (most <= KEPT) scratch = target;
    }
    return target.subarray(0, ENCODER.encodeInto(value, target).written);
  },
  decode: (bytes) => decodeShort(bytes) ?? DECODER.decode(bytes),
};

/** The bytes of a short text of ASCII characters. */
function encodeShort(value: string): Uint8Array | undefined {
  const { length } = value;
  if (length > SHORT) return undefined;
  for (let k = 0; k < length; k++) {
    const code = value.charCodeAt(k);
    if (code > 0x7f) return undefined;
    scratch[k] = code;
  }
  return scratch.subarray(0, length);
}

/** The text of a few bytes, if all are ASCII characters. */
function decodeShort(bytes: Uint8Array): string | undefined {
  const codes = CODES[bytes.length];
  if (codes === undefined) return undefined;
  for (let k = 0; k < codes.length; k++) {
    const code = bytes[k]!;
    if (code > 0x7f) return undefined;
    codes[k] = code;
  }
  return String.fromCharCode.apply(null, codes);
}

/**
 * Bytes, in memory of their own on the other side.
 *
 * @throws {TypeError} When sending what is no `Uint8Array`.
 *
 * @example Usage
 * ```ts
 * import { bytesCodec, Channel } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const channel = new Channel(bytesCodec);
 * channel.sender().send(Uint8Array.of(1, 2, 3));
 * assertEquals(channel.receiver().recv(), Uint8Array.of(1, 2, 3));
 * ```
 */
export const bytesCodec: Codec<Uint8Array> = {
  name: "bytes",
  keepsBytes: true,
  encode: (value) => {
    if (value instanceof Uint8Array) return value;
    throw new TypeError(
      `Cannot send message as it must be a Uint8Array: received ${
        value === null ? "null" : typeof value
      }`,
    );
  },
  decode: (bytes) => bytes,
};

/** The codec of this folder that has a name. */
export function builtInCodec(name: string): Codec<unknown> | undefined {
  const known = [textCodec, bytesCodec].find((codec) => codec.name === name);
  return known as Codec<unknown> | undefined;
}

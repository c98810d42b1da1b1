/**
 * Bytes to portable values.
 *
 * @module
 */

import { ChannelClosedError } from "../sync/channel/channel_closed_error.ts";
import { decodeBytes } from "./bytes.ts";
import { decodeError } from "./errors.ts";
import { CorruptFrameError, type Reader } from "./reader.ts";
import { attachShared } from "./shared_objects.ts";
import {
  ARRAY,
  BARE_OBJECT,
  BIGINT,
  BYTES,
  DATE,
  DOUBLE,
  ERROR,
  FALSE,
  LATIN1,
  MAP,
  NULL,
  OBJECT,
  SET,
  SHARED_BUFFER,
  SHARED_OBJECT,
  SMALL,
  TRUE,
  UNDEFINED,
  UTF16,
  UTF8,
} from "./tag.ts";
import { decodeText } from "./text.ts";

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
 */
export function decode(from: Reader): unknown {
  return decodeValue(from);
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
 */
export function decodeArguments(from: Reader): unknown[] {
  const values: unknown[] = [];
  while (from.at < from.end) values.push(decodeValue(from));
  return values;
}

/** Reads a value that stands somewhere inside of another. */
export function decodeValue(from: Reader): unknown {
  const word = from.word();
  switch (word & 0xff) {
    case SMALL:
      return word >> 8;
    case DOUBLE:
      return from.double();
    case LATIN1:
    case UTF8:
    case UTF16:
      return decodeText(from, word & 0xff, word >>> 8);
    case UNDEFINED:
      return undefined;
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case ARRAY:
      return decodeArray(from);
    case OBJECT:
      return decodePlain(from, {});
    case BARE_OBJECT:
      return decodePlain(from, Object.create(null));
    case BYTES:
      return decodeBytes(from, word >>> 8);
    case ERROR:
      return decodeNested(from, word >>> 8);
    case MAP:
      return decodeMap(from);
    case SET:
      return new Set(decodeArray(from));
    case DATE:
      return new Date(from.double());
    case BIGINT:
      return decodeBigInt(from, word >>> 8);
    case SHARED_BUFFER:
      return sharedBuffer(from, word >>> 8);
    case SHARED_OBJECT:
      return decodeShared(from, word >>> 8);
    default:
      throw new CorruptFrameError(
        `Cannot decode value as its tag is unknown: received ${word & 0xff}`,
      );
  }
}

/** Reads a count of things that take at least so many words each. */
function count(from: Reader, wordsEach: number): number {
  const value = from.word();
  from.need(value < 0 ? -1 : value * wordsEach);
  return value;
}

function decodeArray(from: Reader): unknown[] {
  const length = count(from, 1);
  const values: unknown[] = [];
  from.enter();
  for (let k = 0; k < length; k++) values.push(decodeValue(from));
  from.leave();
  return values;
}

function decodePlain(
  from: Reader,
  target: Record<string, unknown>,
): Record<string, unknown> {
  const pairs = count(from, 2);
  from.enter();
  for (let k = 0; k < pairs; k++) {
    const key = decodeValue(from);
    if (typeof key !== "string") {
      throw new CorruptFrameError(
        `Cannot decode object as a key is no string: received ${typeof key}`,
      );
    }
    const value = decodeValue(from);
    if (key !== "__proto__") {
      target[key] = value;
    } else {
      // An assignment would change the prototype.
      Object.defineProperty(target, key, {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
  }
  from.leave();
  return target;
}

function decodeMap(from: Reader): Map<unknown, unknown> {
  const pairs = count(from, 2);
  const map = new Map<unknown, unknown>();
  from.enter();
  for (let k = 0; k < pairs; k++) {
    const key = decodeValue(from);
    map.set(key, decodeValue(from));
  }
  from.leave();
  return map;
}

function decodeNested(from: Reader, flags: number): Error {
  from.enter();
  const error = decodeError(from, flags);
  from.leave();
  return error;
}

function decodeBigInt(from: Reader, negative: number): bigint {
  const digits = decodeValue(from);
  if (typeof digits !== "string" || !/^[0-9a-f]+$/.test(digits)) {
    throw new CorruptFrameError("Cannot decode bigint as it has no digits");
  }
  const value = BigInt(`0x${digits}`);
  return negative === 1 ? -value : value;
}

function sharedBuffer(from: Reader, number: number): SharedArrayBuffer {
  const buffer = from.buffers[number];
  if (buffer === undefined) {
    throw new CorruptFrameError(
      `Cannot decode shared buffer as its number is unknown: received ${number}`,
    );
  }
  return buffer;
}

function decodeShared(from: Reader, number: number): unknown {
  const buffer = sharedBuffer(from, from.word());
  const byteOffset = from.double();
  const rest = decodeValue(from) as Record<string, unknown>;
  try {
    return attachShared(number, { ...rest, buffer, byteOffset });
  } catch (cause) {
    // It was there when it was sent.
    if (cause instanceof ChannelClosedError) throw cause;
    throw new CorruptFrameError("Cannot decode shared object", { cause });
  }
}

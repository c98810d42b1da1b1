/**
 * Bytes to portable values.
 *
 * @module
 */

import { ChannelClosedError } from "../sync/channel/channel_closed_error.ts";
import { decodeBytes, decodeMovedView } from "./bytes.ts";
import { decodeError } from "./errors.ts";
import { kindNumbered } from "./portable_kind.ts";
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
  GRAPH,
  KIND,
  LATIN1,
  MAP,
  MOVED,
  MOVED_VIEW,
  NULL,
  OBJECT,
  REPEAT,
  SET,
  SHARED_BUFFER,
  SHARED_OBJECT,
  SMALL,
  TRUE,
  UNDEFINED,
  UTF16,
  UTF8,
} from "./tag.ts";
import { decodeKey, decodeText } from "./text.ts";

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
  if (from.at < from.end && from.words[from.at] === GRAPH) beginGraph(from);
  const value = decodeValue(from);
  from.objects = undefined;
  if (from.at === from.end) from.forget();
  return value;
}

/** There are values that occur again: from here on objects are counted. */
function beginGraph(from: Reader): void {
  from.at++;
  from.objects = [];
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
  while (from.at < from.end) {
    if (from.words[from.at] === GRAPH) beginGraph(from);
    else values.push(decodeValue(from));
  }
  from.objects = undefined;
  from.forget();
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
      return met(from, decodeBytes(from, word >>> 8));
    case ERROR:
      return decodeNested(from, word >>> 8);
    case MAP:
      return decodeMap(from);
    case SET:
      return decodeSet(from);
    case DATE:
      return met(from, new Date(from.double()));
    case BIGINT:
      return decodeBigInt(from, word >>> 8);
    case SHARED_BUFFER:
      return met(from, sharedBuffer(from, word >>> 8));
    case SHARED_OBJECT:
      return decodeShared(from, word >>> 8);
    case MOVED:
      return met(from, moved(from, word >>> 8));
    case MOVED_VIEW:
      return met(from, decodeMovedView(from, word >>> 8));
    case KIND:
      return decodeKind(from, word >>> 8);
    case REPEAT:
      return repeated(from, word >>> 8);
    default:
      throw new CorruptFrameError(
        `Cannot decode value as its tag is unknown: received ${word & 0xff}`,
      );
  }
}

/** Notes an object, in case it is met again. */
function met<T extends object>(from: Reader, object: T): T {
  if (from.objects !== undefined) from.objects.push(object);
  return object;
}

function repeated(from: Reader, place: number): unknown {
  const object = from.objects?.[place];
  if (object !== undefined) return object;
  throw new CorruptFrameError(
    `Cannot decode value that occurs again as there is none before: received ${place}`,
  );
}

function decodeArray(from: Reader): unknown[] {
  const length = from.count(1);
  if (length <= 4 && from.objects === undefined) return decodeFew(from, length);
  const values: unknown[] = met(from, []);
  from.enter();
  for (let k = 0; k < length; k++) values.push(decodeValue(from));
  from.leave();
  return values;
}

/** A short array, of just its size: one that grows takes room for many more. */
function decodeFew(from: Reader, length: number): unknown[] {
  from.enter();
  const values = length === 0
    ? []
    : length === 1
    ? [decodeValue(from)]
    : length === 2
    ? [decodeValue(from), decodeValue(from)]
    : length === 3
    ? [decodeValue(from), decodeValue(from), decodeValue(from)]
    : [
      decodeValue(from),
      decodeValue(from),
      decodeValue(from),
      decodeValue(from),
    ];
  from.leave();
  return values;
}

function decodeSet(from: Reader): Set<unknown> {
  const length = from.count(1);
  const values = met(from, new Set<unknown>());
  from.enter();
  for (let k = 0; k < length; k++) values.add(decodeValue(from));
  from.leave();
  return values;
}

function decodePlain(
  from: Reader,
  target: Record<string, unknown>,
): Record<string, unknown> {
  const pairs = from.count(2);
  met(from, target);
  from.enter();
  for (let k = 0; k < pairs; k++) {
    const key = decodeKey(from);
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
  const pairs = from.count(2);
  const map = met(from, new Map<unknown, unknown>());
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
    const received = typeof digits === "string"
      ? JSON.stringify(digits.slice(0, 80))
      : typeof digits;
    throw new CorruptFrameError(
      `Cannot decode bigint as it must have hexadecimal digits: received ${received}`,
    );
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

function moved(from: Reader, number: number): object {
  const thing = from.moved[number];
  if (typeof thing === "object" && thing !== null) return thing;
  throw new CorruptFrameError(
    `Cannot decode what was moved as its number is unknown: received ${number}`,
  );
}

/** Keeps a place for an object that is only there once its parts are. */
function reserve(from: Reader): number {
  return from.objects === undefined ? -1 : from.objects.push(undefined) - 1;
}

function decodeShared(from: Reader, number: number): unknown {
  const place = reserve(from);
  const buffer = sharedBuffer(from, from.word());
  const byteOffset = from.double();
  from.enter();
  const rest = decodeValue(from) as Record<string, unknown>;
  from.leave();
  let object: unknown;
  try {
    object = attachShared(number, { ...rest, buffer, byteOffset });
  } catch (cause) {
    // It was there when it was sent.
    if (cause instanceof ChannelClosedError) throw cause;
    throw new CorruptFrameError(
      `Cannot decode shared object as its handle does not fit its class: received class ${number}, offset ${byteOffset}`,
      { cause },
    );
  }
  if (place >= 0) from.objects![place] = object;
  return object;
}

function decodeKind(from: Reader, number: number): unknown {
  const place = reserve(from);
  const kind = kindNumbered(number);
  if (kind === undefined) {
    throw new CorruptFrameError(
      `Cannot decode value as its kind is not registered here: received ${number}`,
    );
  }
  from.enter();
  const data = decodeValue(from);
  from.leave();
  const value = kind.decode(data, from);
  if (place >= 0) from.objects![place] = value;
  return value;
}

/**
 * Bytes to the values that stand inside of others.
 *
 * @module
 */

import { decodeBytes, decodeMovedView } from "./bytes.ts";
import { decodeError } from "./errors.ts";
import { decodeInstance, decodeUnaware } from "./instances.ts";
import { CorruptFrameError, type Reader } from "./reader.ts";
import {
  decodeKind,
  decodeMoved,
  decodeShared,
  decodeSharedBuffer,
} from "./special_values.ts";
import {
  ARRAY,
  BARE_OBJECT,
  BIGINT,
  BYTES,
  DATE,
  DOUBLE,
  ERROR,
  FALSE,
  INSTANCE,
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
  UNAWARE,
  UNDEFINED,
  UTF16,
  UTF8,
} from "./tag.ts";
import { decodeKey, decodeText, decodeTextOf } from "./text.ts";

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
      return met(from, decodeSharedBuffer(from, word >>> 8));
    case SHARED_OBJECT:
      return decodeShared(from, word >>> 8);
    case MOVED:
      return met(from, decodeMoved(from, word >>> 8));
    case MOVED_VIEW:
      return met(from, decodeMovedView(from, word >>> 8));
    case KIND:
      return decodeKind(from, word >>> 8);
    case REPEAT:
      return repeated(from, word >>> 8);
    case INSTANCE:
      return decodeInstance(from, word >>> 8);
    case UNAWARE:
      return decodeUnaware(from);
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
    // An assignment would change the prototype.
    if (key === "__proto__") define(target, key, value);
    else target[key] = value;
  }
  from.leave();
  return target;
}

export function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
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
  const digits = decodeTextOf(from, "bigint");
  if (!/^[0-9a-f]+$/.test(digits)) {
    throw new CorruptFrameError(
      `Cannot decode bigint as it must have hexadecimal digits: received ${
        JSON.stringify(digits.slice(0, 80))
      }`,
    );
  }
  const value = BigInt(`0x${digits}`);
  return negative === 1 ? -value : value;
}

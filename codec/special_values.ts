/**
 * Values that are more than what is in them, to bytes and back: what a layer above has
 * registered, what is in shared memory, what is moved.
 *
 * @module
 */

import { ChannelClosedError } from "../sync/channel/channel_closed_error.ts";
import { decodeValue } from "./decode_value.ts";
import { encodeValue } from "./encode.ts";
import { instanceClassOf } from "./instance_classes.ts";
import { encodeInstance } from "./instances.ts";
import { isMarked, unmark } from "./move.ts";
import { placeIn } from "./place_in.ts";
import { kindNumbered, kindOf } from "./portable_kind.ts";
import { CorruptFrameError, type Reader } from "./reader.ts";
import {
  attachShared,
  foreignCodecOf,
  sharedClassOf,
} from "./shared_objects.ts";
import {
  KIND,
  MOVED,
  REPEAT,
  SHARED_BUFFER,
  SHARED_OBJECT,
  UNAWARE,
} from "./tag.ts";
import { Unaware } from "./unaware.ts";
import { UNPORTABLE } from "./unportable.ts";
import { isSharedWebAssembly } from "./web_assembly.ts";
import type { Writer } from "./writer.ts";

/** What was met before; it cannot be part of itself if it is made of its parts. */
export function encodeRepeat(out: Writer, value: object, place: number): void {
  if (out.opened.includes(value)) throw UNPORTABLE;
  out.word((place << 8) | REPEAT);
}

/** Writes what is made of its parts on the other side, once these are there. */
export function encodePart(
  out: Writer,
  whole: object,
  part: unknown,
  depth: number,
): void {
  out.opened.push(whole);
  encodeValue(out, part, depth);
  out.opened.pop();
}

/** What a layer above has registered, what is in shared memory, what is moved. */
export function encodeSpecial(out: Writer, value: object, depth: number): void {
  const type = instanceClassOf(value);
  if (type !== undefined) return encodeInstance(out, value, type, depth);
  if (value instanceof Unaware) {
    out.word(UNAWARE);
    return encodePart(out, value, value.value, depth);
  }
  const kind = kindOf(value);
  if (kind !== undefined) {
    if (kind.refuse?.(value, out) !== undefined) throw UNPORTABLE;
    // Functions are met here first.
    if (typeof value === "function") {
      const place = out.identities.add(value);
      if (place >= 0) return encodeRepeat(out, value, place);
    }
    out.word((kind.number << 8) | KIND);
    return encodePart(out, value, kind.encode(value, out), depth);
  }
  if (out.buffers !== undefined) {
    if (value instanceof SharedArrayBuffer) {
      return out.word((placeIn(out.buffers, value) << 8) | SHARED_BUFFER);
    }
    const shared = sharedClassOf(value);
    if (shared !== undefined && foreignCodecOf(value) === undefined) {
      const { buffer, byteOffset, ...rest } = shared.handle;
      out.word((shared.number << 8) | SHARED_OBJECT);
      out.word(placeIn(out.buffers, buffer));
      out.double(byteOffset);
      return encodeValue(out, rest, depth);
    }
  }
  if (out.moved === undefined) throw UNPORTABLE;
  if (out.buffers !== undefined && isSharedWebAssembly(value)) {
    return out.word(
      (placeIn<object>(out.buffers, value) << 8) | SHARED_BUFFER,
    );
  }
  if (!isMarked(value)) throw UNPORTABLE;
  out.whenDropped(() => unmark(value));
  out.word((placeIn(out.moved, value as Transferable) << 8) | MOVED);
}

/** Reads a shared buffer, or what else all threads share. */
export function decodeSharedBuffer(
  from: Reader,
  number: number,
): SharedArrayBuffer {
  const buffer = from.buffers[number];
  if (buffer === undefined) {
    throw new CorruptFrameError(
      `Cannot decode shared buffer as its number is unknown: received ${number}`,
    );
  }
  return buffer;
}

/** Reads what was moved. */
export function decodeMoved(from: Reader, number: number): object {
  const thing = from.moved[number];
  if (typeof thing === "object" && thing !== null) return thing;
  throw new CorruptFrameError(
    `Cannot decode what was moved as its number is unknown: received ${number}`,
  );
}

/** Keeps a place for an object that is only there once its parts are. */
export function reserve(from: Reader): number {
  return from.objects === undefined ? -1 : from.objects.push(undefined) - 1;
}

/** Reads an object that lives in shared memory. */
export function decodeShared(from: Reader, number: number): unknown {
  const place = reserve(from);
  const buffer = decodeSharedBuffer(from, from.word());
  if (!(buffer instanceof SharedArrayBuffer)) {
    throw new CorruptFrameError(
      `Cannot decode shared object as it lies in no shared buffer: received class ${number}`,
    );
  }
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

/** Reads a value of a registered kind. */
export function decodeKind(from: Reader, number: number): unknown {
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

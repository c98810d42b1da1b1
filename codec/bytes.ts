/**
 * Typed arrays and ArrayBuffers to bytes and back: as copies, or beside the frame if
 * they are to be moved.
 *
 * @module
 */

import { CorruptFrameError, type Reader } from "./reader.ts";
import { isMarked, unmark } from "./move.ts";
import { placeIn } from "./place_in.ts";
import { BYTES, MOVED, MOVED_VIEW } from "./tag.ts";
import { UNPORTABLE } from "./unportable.ts";
import { VIEW_CLASSES } from "./view_classes.ts";
import type { Writer } from "./writer.ts";

/** The numbers of the classes. 0 is a bare ArrayBuffer. */
const NUMBERS: ReadonlyMap<string, number> = new Map(
  VIEW_CLASSES.map((elements, k) => [elements.name, k + 1]),
);
const DATA_VIEW = VIEW_CLASSES.length + 1;

/** Whether a value is a view on bytes, or an ArrayBuffer, that can be copied. */
export function isBytes(value: object): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value)
    // A view on shared memory means that memory, not a copy of it.
    ? !(value.buffer instanceof SharedArrayBuffer)
    : value instanceof ArrayBuffer;
}

/** Whether the memory of bytes went to another thread. */
export function isDetached(value: ArrayBufferView | ArrayBuffer): boolean {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return (buffer as ArrayBuffer).detached === true;
}

/** Writes a copy of the bytes, or what is moved instead. */
export function encodeBytes(
  out: Writer,
  value: ArrayBufferView | ArrayBuffer,
): void {
  if (isDetached(value)) throw UNPORTABLE;
  if (isMarked(value)) return encodeMoved(out, value);
  const { byteLength } = value;
  if (byteLength >= out.aside && out.moved !== undefined) {
    return encodeAside(out, value, out.moved);
  }
  const words = (byteLength + 3) >> 2;
  out.reserve(2 + words);
  out.words[out.length + 1 + words] = 0; // no leftovers behind the last byte
  out.words[out.length] = (classOf(value) << 8) | BYTES;
  out.words[out.length + 1] = byteLength;
  const source = ArrayBuffer.isView(value)
    ? value instanceof Uint8Array
      ? value
      : new Uint8Array(value.buffer, value.byteOffset, byteLength)
    : new Uint8Array(value);
  out.bytes.set(source, 4 * (out.length + 2));
  out.length += 2 + words;
}

/** Moves a copy. */
function encodeAside(
  out: Writer,
  value: ArrayBufferView | ArrayBuffer,
  moved: Transferable[],
): void {
  if (!ArrayBuffer.isView(value)) {
    return out.word(((moved.push(value.slice(0)) - 1) << 8) | MOVED);
  }
  const { buffer, byteOffset, byteLength } = value;
  const copy = buffer.slice(byteOffset, byteOffset + byteLength);
  encodeView(out, value, 0, moved.push(copy as ArrayBuffer) - 1);
}

function encodeMoved(out: Writer, value: ArrayBufferView | ArrayBuffer): void {
  if (out.moved === undefined) throw UNPORTABLE;
  out.whenDropped(() => unmark(value));
  if (!ArrayBuffer.isView(value)) {
    return out.word((placeIn<Transferable>(out.moved, value) << 8) | MOVED);
  }
  const place = placeIn<Transferable>(out.moved, value.buffer as ArrayBuffer);
  encodeView(out, value, value.byteOffset, place);
}

/** Writes a view on something that is moved. */
function encodeView(
  out: Writer,
  value: ArrayBufferView,
  byteOffset: number,
  place: number,
): void {
  out.word((classOf(value) << 8) | MOVED_VIEW);
  out.word(place);
  out.double(byteOffset);
  out.double(
    value instanceof DataView ? value.byteLength : (value as Uint8Array).length,
  );
}

function classOf(value: ArrayBufferView | ArrayBuffer): number {
  if (!ArrayBuffer.isView(value)) return 0;
  if (value instanceof DataView) return DATA_VIEW;
  // By the engine's own tag: subclasses arrive as what they extend.
  const tag = (value as Uint8Array)[Symbol.toStringTag];
  return NUMBERS.get(tag)!;
}

/** Reads bytes whose tag word was read, into memory of their own. */
export function decodeBytes(
  from: Reader,
  kind: number,
): ArrayBufferView | ArrayBuffer {
  const byteLength = from.word();
  const words = (byteLength + 3) >> 2;
  from.need(byteLength < 0 ? -1 : words);
  const start = 4 * from.at;
  from.at += words;
  // A slice of shared memory is memory of its own.
  const copy = from.bytes.slice(start, start + byteLength);
  if (kind === 1) return copy;
  if (kind === 0) return copy.buffer;
  if (kind === DATA_VIEW) return new DataView(copy.buffer);
  const elements = VIEW_CLASSES[kind - 1];
  if (elements === undefined) {
    throw new CorruptFrameError(
      `Cannot decode bytes as their class is unknown: received ${kind}`,
    );
  }
  try {
    return new elements(copy.buffer);
  } catch (cause) {
    throw new CorruptFrameError(
      `Cannot decode bytes as ${byteLength} bytes are no ${elements.name}`,
      { cause },
    );
  }
}

/** Reads a view on a buffer that was moved. */
export function decodeMovedView(from: Reader, kind: number): ArrayBufferView {
  const buffer = from.moved[from.word()];
  const byteOffset = from.double();
  const length = from.double();
  const elements = kind === DATA_VIEW ? DataView : VIEW_CLASSES[kind - 1];
  if (elements !== undefined && buffer instanceof ArrayBuffer) {
    try {
      return new elements(buffer, byteOffset, length);
    } catch {
      // Said below.
    }
  }
  throw new CorruptFrameError(
    `Cannot decode view on what was moved: received class ${kind}, offset ${byteOffset} and length ${length}`,
  );
}

/**
 * Typed arrays on their way to other threads: on shared memory.
 *
 * @module
 */

import { CorruptFrameError } from "../../codec/reader.ts";
import { VIEW_CLASSES } from "../../codec/view_classes.ts";
import { type TypedArray, typeName } from "../sources/view.ts";

/** A typed array on shared memory. */
export interface SentView {
  readonly type: string;
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly length: number;
}

/** A typed array on shared memory, where it is; another one as a copy. */
export function sentView(view: TypedArray): SentView {
  const type = typeName(view)!;
  const { length, buffer } = view;
  if (buffer instanceof SharedArrayBuffer) {
    return { type, buffer, byteOffset: view.byteOffset, length };
  }
  const copy = new SharedArrayBuffer(view.byteLength);
  const bytes = new Uint8Array(buffer, view.byteOffset, view.byteLength);
  new Uint8Array(copy).set(bytes);
  return { type, buffer: copy, byteOffset: 0, length };
}

const TYPES = new Map(VIEW_CLASSES.map((type) => [type.name, type]));

/** A typed array that another thread sent. */
export function receivedView(sent: SentView): TypedArray {
  const { type, buffer, byteOffset, length } = sent;
  const view = TYPES.get(type);
  if (view !== undefined) {
    return new view(buffer, byteOffset, length) as TypedArray;
  }
  throw new CorruptFrameError(
    `Cannot decode typed array as its type is unknown: received '${type}'`,
  );
}

/**
 * Data that one thread owns and others refer to: objects in shared memory, alone or
 * in arrays and plain objects, and views on shared memory.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { kindOf } from "../../codec/portable_kind.ts";
import { CorruptFrameError, Reader } from "../../codec/reader.ts";
import { sharedClassOf } from "../../codec/shared_objects.ts";
import { VIEW_CLASSES } from "../../codec/view_classes.ts";
import { Writer } from "../../codec/writer.ts";

/** Data as it is sent. */
export interface EncodedData {
  /** What says how the data is made of the buffers. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The shared buffers in which it lives. */
  readonly buffers: readonly SharedArrayBuffer[];
}

type Step = string | number;

/** A view on shared memory, and where it stands in the data. */
interface SharedView {
  readonly path: readonly Step[];
  readonly type: string;
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  /** In elements. */
  readonly length: number;
}

/** The data in an object of its own, without the views. */
interface Shape {
  readonly tree: { data: unknown };
  readonly views: readonly SharedView[];
}

interface Walk {
  readonly action: string;
  readonly copies: Map<object, object>;
  readonly views: SharedView[];
}

const VIEWS: ReadonlyMap<
  string,
  new (
    buffer: SharedArrayBuffer,
    byteOffset: number,
    length: number,
  ) => ArrayBufferView
> = new Map([...VIEW_CLASSES, DataView].map((type) => [type.name, type]));

/**
 * Encodes data.
 *
 * @param action What it is encoded for, for errors.
 * @throws {TypeError} If some of it is not in shared memory; the message has its
 * path.
 */
export function encodeData(data: object, action: string): EncodedData {
  const walk: Walk = { action, copies: new Map(), views: [] };
  const shape: Shape = {
    tree: { data: copyOf(walk, data, []) },
    views: walk.views,
  };
  const out = new Writer(256);
  const buffers: SharedArrayBuffer[] = [];
  out.buffers = buffers;
  encode(out, shape, "data");
  return { bytes: out.bytes.slice(0, out.byteLength), buffers };
}

/**
 * Attaches to data that was encoded, also by another thread.
 *
 * @throws {CorruptFrameError} If it is not what {@linkcode encodeData} gives.
 */
export function decodeData({ bytes, buffers }: EncodedData): object {
  const reader = Reader.of(bytes);
  reader.buffers = buffers;
  const shape = decode(reader) as Shape;
  try {
    const { tree, views } = shape;
    for (const view of views) place(tree, view);
    return Object(tree.data) as object;
  } catch (cause) {
    throw new CorruptFrameError("Cannot attach to data of a reference", {
      cause,
    });
  }
}

function place(tree: { data: unknown }, view: SharedView): void {
  const { path, type, buffer, byteOffset, length } = view;
  const View = VIEWS.get(type);
  if (View === undefined) {
    throw new CorruptFrameError(
      `Cannot attach to data as its type is unknown: received ${type}`,
    );
  }
  let parent = tree as unknown as Record<Step, unknown>;
  let last: Step = "data";
  for (const step of path) {
    parent = parent[last] as Record<Step, unknown>;
    last = step;
  }
  if (!Object.hasOwn(parent, last)) {
    throw new CorruptFrameError(
      `Cannot attach to data as it has no place for a view: received "${
        path.join(".")
      }"`,
    );
  }
  parent[last] = new View(buffer, byteOffset, length);
}

/** What the codec can encode; the views are noted. */
function copyOf(walk: Walk, value: unknown, path: readonly Step[]): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    refuse(walk, path, `is a ${typeof value}`);
  }
  if (typeof value !== "object" || value === null) {
    if (path.length > 0) return value;
    refuse(walk, path, "is no object in shared memory");
  }
  const known = walk.copies.get(value);
  if (known !== undefined) return known;
  if (ArrayBuffer.isView(value)) {
    walk.views.push(viewOf(walk, value, path));
    return null;
  }
  if (isInSharedMemory(walk, value, path)) return value;
  const copy: object = Array.isArray(value) ? [] : {};
  walk.copies.set(value, copy);
  for (const key of Object.keys(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    (copy as Record<Step, unknown>)[step] = copyOf(
      walk,
      (value as Record<Step, unknown>)[step],
      [...path, step],
    );
  }
  return copy;
}

function viewOf(
  walk: Walk,
  view: ArrayBufferView,
  path: readonly Step[],
): SharedView {
  const { buffer, byteOffset, byteLength } = view;
  const type = Object.prototype.toString.call(view).slice(8, -1);
  if (!(buffer instanceof SharedArrayBuffer)) {
    refuse(
      walk,
      path,
      `is a ${type} in memory of this thread only: use one on a SharedArrayBuffer`,
    );
  }
  const length = (view as unknown as { length?: number }).length ?? byteLength;
  return { path, type, buffer, byteOffset, length };
}

/** Whether a value is an object in shared memory. Refuses all but containers. */
function isInSharedMemory(
  walk: Walk,
  value: object,
  path: readonly Step[],
): boolean {
  if (value instanceof SharedArrayBuffer) return true;
  if (sharedClassOf(value) !== undefined) {
    if (!(Symbol.dispose in value)) return true;
    refuse(
      walk,
      path,
      `is a ${value.constructor.name}, an end that one thread has: refer to what it is an end of`,
    );
  }
  if (kindOf(value) !== undefined) {
    if ((value as { isCounted?: boolean }).isCounted !== true) return true;
    refuse(walk, path, "is a counted reference, which nobody would release");
  }
  if (value instanceof ArrayBuffer) {
    refuse(
      walk,
      path,
      "is an ArrayBuffer in memory of this thread only: use a SharedArrayBuffer",
    );
  }
  const prototype = Object.getPrototypeOf(value);
  if (
    prototype === Object.prototype || prototype === null ||
    prototype === Array.prototype
  ) return false;
  const name = prototype.constructor?.name || "an unnamed class";
  refuse(
    walk,
    path,
    `is an instance of ${name} in memory of this thread only`,
  );
}

function refuse(walk: Walk, path: readonly Step[], what: string): never {
  const where = path.map((step, k) =>
    typeof step === "number" ? `[${step}]` : k === 0 ? step : `.${step}`
  ).join("");
  throw new TypeError(
    `Cannot ${walk.action} as ${
      where === "" ? "'data'" : `'${where}'`
    } ${what}`,
  );
}

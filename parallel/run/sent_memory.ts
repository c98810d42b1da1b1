/**
 * What the loops of a plan read, on its way to other threads: memory is shared if it
 * can be, and copied once if not.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import { portableCodec } from "../../codec/portable_codec.ts";
import { CorruptFrameError } from "../../codec/reader.ts";
import type { Items } from "../sources/items.ts";
import type { TypedArray } from "../sources/view.ts";

/** A typed array on shared memory. */
export interface SentView {
  readonly type: string;
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly length: number;
}

/** Encoded values, and where each of them begins, in words. */
interface SentItems {
  readonly bytes: SharedArrayBuffer;
  readonly starts: SentView;
}

/** What is sent instead of a parameter. */
export type SentParam =
  | { readonly value: unknown }
  | { readonly view: SentView }
  | { readonly items: SentItems };

const NOTHING: SentParam = { value: undefined };

/** How a parameter goes to other threads. */
export function sentParam(param: unknown): SentParam {
  // Functions are sent by themselves, but for closures.
  if (typeof param === "function" && !isClosure(param)) return NOTHING;
  if (ArrayBuffer.isView(param)) return { view: sentView(param as TypedArray) };
  if (!Array.isArray(param)) return { value: param };
  // Holes are values, too: every() would pass them over.
  return param.findIndex((item) => typeof item !== "number") < 0
    ? { view: sentView(Float64Array.from(param)) }
    : { items: sentItems(param) };
}

/** What became of a parameter on its way. */
export function receivedParam(sent: SentParam): unknown {
  if ("view" in sent) return receivedView(sent.view);
  return "items" in sent ? new EncodedItems(sent.items) : sent.value;
}

/** A typed array on shared memory, where it is; another one as a copy. */
export function sentView(view: TypedArray): SentView {
  const type = view[Symbol.toStringTag];
  const { length, buffer } = view;
  if (buffer instanceof SharedArrayBuffer) {
    return { type, buffer, byteOffset: view.byteOffset, length };
  }
  const copy = new SharedArrayBuffer(view.byteLength);
  const bytes = new Uint8Array(buffer, view.byteOffset, view.byteLength);
  new Uint8Array(copy).set(bytes);
  return { type, buffer: copy, byteOffset: 0, length };
}

const TYPES: Readonly<
  Record<
    string,
    new (buffer: SharedArrayBuffer, from: number, length: number) => TypedArray
  >
> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float16Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

/** A typed array that another thread sent. */
export function receivedView(sent: SentView): TypedArray {
  const { type, buffer, byteOffset, length } = sent;
  const view = TYPES[type];
  if (view !== undefined) return new view(buffer, byteOffset, length);
  throw new CorruptFrameError(
    `Cannot decode typed array as its type is unknown: received '${type}'`,
  );
}

function sentItems(items: readonly unknown[]): SentItems {
  const codec = portableCodec<unknown>();
  const starts = new Uint32Array(items.length + 1);
  let bytes = new Uint8Array(1024);
  let end = 0;
  items.forEach((item, k) => {
    const encoded = codec.encode(item);
    if (end + encoded.length > bytes.length) {
      const larger = new Uint8Array(2 * (end + encoded.length));
      larger.set(bytes.subarray(0, end));
      bytes = larger;
    }
    bytes.set(encoded, end);
    end += encoded.length;
    starts[k + 1] = end / WORD;
  });
  const buffer = new SharedArrayBuffer(end);
  new Uint8Array(buffer).set(bytes.subarray(0, end));
  return { bytes: buffer, starts: sentView(starts) };
}

/** Encoded values are whole words. */
const WORD = 4;

/** The values of an array of another thread, each decoded where it is wanted. */
class EncodedItems implements Items {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #starts: TypedArray;

  constructor({ bytes, starts }: SentItems) {
    this.#bytes = new Uint8Array(bytes);
    this.#starts = receivedView(starts);
    this.length = starts.length - 1;
  }

  at(index: number): unknown {
    const from = WORD * (this.#starts[index] as number);
    const to = WORD * (this.#starts[index + 1] as number);
    return portableCodec().decode(this.#bytes.subarray(from, to));
  }
}

/**
 * What the loops of a plan read, on its way to other threads: memory is shared if it
 * can be, and copied once if not.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import { encode } from "../../codec/encode.ts";
import { portableCodec } from "../../codec/portable_codec.ts";
import { CorruptFrameError } from "../../codec/reader.ts";
import { VIEW_CLASSES } from "../../codec/view_classes.ts";
import { Writer } from "../../codec/writer.ts";
import type { Items } from "../sources/items.ts";
import { type TypedArray, typeName } from "../sources/view.ts";

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
  | { readonly items: SentItems }
  | { readonly kept: SentItems };

const NOTHING: SentParam = { value: undefined };

/** How a parameter goes to other threads. */
export function sentParam(param: unknown): SentParam {
  // Functions are sent by themselves, but for closures.
  if (typeof param === "function" && !isClosure(param)) return NOTHING;
  if (ArrayBuffer.isView(param)) return { view: sentView(param as TypedArray) };
  if (param instanceof KeptItems) return param.sent;
  if (!Array.isArray(param)) return { value: param };
  // Holes are values, too: every() would pass them over.
  return param.findIndex((item) => typeof item !== "number") < 0
    ? { view: sentView(Float64Array.from(param)) }
    : { items: sentItems(param) };
}

/** What became of a parameter on its way. */
export function receivedParam(sent: SentParam): unknown {
  if ("view" in sent) return receivedView(sent.view);
  if ("kept" in sent) return DecodedItems.of(sent.kept);
  return "items" in sent ? new EncodedItems(sent.items) : sent.value;
}

/** Values that several plans look at: they are encoded once for all of them. */
export class KeptItems implements Items {
  readonly #values: readonly unknown[];
  #sent: SentParam | undefined;

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  get length(): number {
    return this.#values.length;
  }

  at(index: number): unknown {
    return this.#values[index];
  }

  /**
   * How they go to other threads.
   *
   * @throws {TypeError} If one of them is not portable.
   */
  get sent(): SentParam {
    if (this.#sent !== undefined) return this.#sent;
    const sent = sentParam(this.#values);
    return this.#sent = "items" in sent ? { kept: sent.items } : sent;
  }
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

function sentItems(items: readonly unknown[]): SentItems {
  const out = new Writer();
  const starts = new Uint32Array(items.length + 1);
  let bytes = new Uint8Array(1024);
  let end = 0;
  // Not by forEach(), which passes over holes.
  for (let k = 0; k < items.length; k++) {
    // Each by itself, as it is decoded by itself.
    out.length = 0;
    encode(out, items[k], `value ${k} of the source`);
    const encoded = out.bytes.subarray(0, out.byteLength);
    if (end + encoded.length > bytes.length) {
      const larger = new Uint8Array(2 * (end + encoded.length));
      larger.set(bytes.subarray(0, end));
      bytes = larger;
    }
    bytes.set(encoded, end);
    end += encoded.length;
    starts[k + 1] = end / WORD;
  }
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

/** Memory that came here before is the same object: so what was decoded of it is found. */
const decoded = new WeakMap<SharedArrayBuffer, DecodedItems>();

/** The same, each decoded once, for as long as its memory lives. */
class DecodedItems implements Items {
  readonly length: number;
  readonly #items: EncodedItems;
  readonly #values: unknown[];

  constructor(items: SentItems) {
    this.#items = new EncodedItems(items);
    this.length = this.#items.length;
    this.#values = Array.from({ length: this.length });
  }

  static of(sent: SentItems): DecodedItems {
    let items = decoded.get(sent.bytes);
    if (items === undefined) {
      items = new DecodedItems(sent);
      decoded.set(sent.bytes, items);
    }
    return items;
  }

  at(index: number): unknown {
    return this.#values[index] ??= this.#items.at(index);
  }
}

/**
 * What the loops of a plan read, on its way to other threads: memory is shared if it
 * can be, and copied once if not.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { Reader } from "../../codec/reader.ts";
import { Writer } from "../../codec/writer.ts";
import type { Items } from "../sources/items.ts";
import { FileText, type FileTextHandle } from "../sources/file_text.ts";
import { MemoryText } from "../sources/memory_text.ts";
import { StringText } from "../sources/string_text.ts";
import type { Units } from "../sources/text.ts";
import type { TypedArray } from "../sources/view.ts";
import { Kernel, type SentKernel } from "../wasm/kernel.ts";
import { receivedView, type SentView, sentView } from "./sent_view.ts";

/** Encoded values. */
export interface SentItems {
  /** First where each of them begins, in words, and where the last one ends. */
  readonly words: SentView;
  /** How many there are. */
  readonly count: number;
  /** The index of the first one. */
  readonly first: number;
}

/** What is sent instead of a parameter. */
export type SentParam =
  | { readonly value: unknown }
  | { readonly view: SentView }
  | { readonly items: SentItems }
  | { readonly kept: SentItems }
  | { readonly kernel: SentKernel }
  | { readonly text: SentView }
  | { readonly file: FileTextHandle };

const NOTHING: SentParam = { value: undefined };

/** How a parameter goes to other threads. */
export function sentParam(param: unknown): SentParam {
  // Functions are sent by themselves, but for closures.
  if (typeof param === "function" && !isClosure(param)) return NOTHING;
  if (ArrayBuffer.isView(param)) return { view: sentView(param as TypedArray) };
  if (param instanceof KeptItems) return param.sent;
  if (param instanceof Kernel) return { kernel: param.sent };
  if (param instanceof StringText || param instanceof MemoryText) {
    return { text: sentView(param.units) };
  }
  if (param instanceof FileText) return { file: param.handle };
  if (!Array.isArray(param)) return { value: param };
  const numbers = sharedNumbers(param);
  return numbers === undefined
    ? { items: sentItems(param, 0, param.length) }
    : { view: sentView(numbers) };
}

/** What became of a parameter on its way. */
export function receivedParam(sent: SentParam): unknown {
  if ("view" in sent) return receivedView(sent.view);
  if ("kept" in sent) return DecodedItems.of(sent.kept);
  if ("kernel" in sent) return new Kernel(sent.kernel);
  if ("text" in sent) return new MemoryText(receivedView(sent.text) as Units);
  if ("file" in sent) return new FileText(sent.file);
  return "items" in sent ? new EncodedItems(sent.items) : sent.value;
}

/** The values of an array in shared memory, if all of them are numbers. */
function sharedNumbers(items: readonly unknown[]): Float64Array | undefined {
  if (typeof items[0] !== "number") return undefined;
  const numbers = new Float64Array(new SharedArrayBuffer(8 * items.length));
  // Holes are values, too: forEach() would pass them over.
  for (let k = 0; k < items.length; k++) {
    const item = items[k];
    if (typeof item !== "number") return undefined;
    numbers[k] = item;
  }
  return numbers;
}

/** How long it takes to send a byte of a copy, a number, and any other value, in ms. */
const [BYTE, NUMBER, VALUE] = [4e-7, 5e-6, 3e-4];

/**
 * How long it takes to send what a plan needs, in ms, about, as far as that is not done.
 *
 * @param dealt Is not sent as a whole.
 */
export function timeToSend(
  params: readonly unknown[],
  dealt: readonly unknown[] | undefined,
): number {
  let time = 0;
  for (const param of params) {
    if (param instanceof StringText) time += param.timeToSend;
    else if (Array.isArray(param)) {
      if (typeof param[0] === "number") time += NUMBER * param.length;
      else if (param !== dealt) time += VALUE * param.length;
    } else if (ArrayBuffer.isView(param)) {
      const isShared = param.buffer instanceof SharedArrayBuffer;
      if (!isShared) time += BYTE * param.byteLength;
    }
  }
  return time;
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

/** A writer is copied from at about so many bytes: they are still in a cache. */
const PORTION = 2 ** 16;
/** To have memory made for it takes longer than to fill it. */
let writer: Writer | undefined;

/**
 * Encodes some of the values of an array.
 *
 * @param memoryFor Gives so many bytes.
 * @throws {TypeError} If one of them is not portable.
 */
export function sentItems(
  items: readonly unknown[],
  from: number,
  to: number,
  memoryFor: (byteLength: number) => SharedArrayBuffer = (byteLength) =>
    new SharedArrayBuffer(byteLength),
): SentItems {
  const count = to - from;
  // Where each begins, and the last one ends.
  const starts = new Uint32Array(count + 1);
  const portions: Int32Array[] = [];
  let length = starts[0] = count + 1;
  withWriter((out) => {
    for (let k = 0; k < count; k++) {
      encodeItem(out, items, from + k);
      starts[k + 1] = length + out.length;
      if (out.byteLength < PORTION && k + 1 < count) continue;
      portions.push(out.words.slice(0, out.length));
      length += out.length;
      out.length = 0;
    }
  });
  const buffer = memoryFor(WORD * length);
  const words = new Int32Array(buffer, 0, length);
  words.set(starts);
  let at = starts.length;
  for (const portion of portions) {
    words.set(portion, at);
    at += portion.length;
  }
  return { words: sentView(words), count, first: from };
}

/** How long it takes to encode some of the values of an array, in ms. */
export function timeToEncode(
  items: readonly unknown[],
  from: number,
  to: number,
): number {
  const start = performance.now();
  withWriter((out) => {
    for (let k = from; k < to; k++) encodeItem(out, items, k);
  });
  return performance.now() - start;
}

function withWriter(use: (out: Writer) => void): void {
  const out = writer ?? new Writer(2 * PORTION);
  // A getter in a value may send others.
  writer = undefined;
  out.length = 0;
  use(out);
  writer = out;
}

/** Writes a value by itself, as it is decoded by itself. */
function encodeItem(
  out: Writer,
  items: readonly unknown[],
  index: number,
): void {
  try {
    encode(out, items[index], "");
  } catch {
    // To name each of them would take as long as a small one takes.
    encode(out, items[index], `value ${index} of the source`);
  }
}

/** Encoded values are whole words. */
const WORD = 4;

/** The values of an array of another thread, each decoded where it is wanted. */
class EncodedItems implements Items {
  readonly length: number;
  readonly #from: Reader;
  readonly #words: Int32Array;
  readonly #first: number;

  constructor({ words, count, first }: SentItems) {
    const { buffer, byteOffset, byteLength } = receivedView(words);
    this.#from = Reader.of(new Uint8Array(buffer, byteOffset, byteLength));
    this.#words = this.#from.words;
    this.#first = first;
    this.length = count;
  }

  at(index: number): unknown {
    const place = index - this.#first;
    const start = this.#words[place]!;
    const end = this.#words[place + 1]!;
    this.#from.frame(WORD * start, WORD * (end - start));
    return decode(this.#from);
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
    let items = decoded.get(sent.words.buffer);
    if (items === undefined) {
      items = new DecodedItems(sent);
      decoded.set(sent.words.buffer, items);
    }
    return items;
  }

  at(index: number): unknown {
    return this.#values[index] ??= this.#items.at(index);
  }
}

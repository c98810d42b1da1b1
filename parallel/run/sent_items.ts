/**
 * Values that are no numbers, on their way to other threads: each is encoded by itself,
 * so that a thread decodes those that it looks at.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { Reader } from "../../codec/reader.ts";
import { Writer } from "../../codec/writer.ts";
import type { Items } from "../sources/items.ts";
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
export class EncodedItems implements Items {
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
    // The array has become shorter since the plan was made.
    if (place >= this.length) return undefined;
    const start = this.#words[place]!;
    const end = this.#words[place + 1]!;
    this.#from.frame(WORD * start, WORD * (end - start));
    return decode(this.#from);
  }
}

/** Memory that came here before is the same object: so what was decoded of it is found. */
const decoded = new WeakMap<SharedArrayBuffer, DecodedItems>();

/** The same, each decoded once, for as long as its memory lives. */
export class DecodedItems implements Items {
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

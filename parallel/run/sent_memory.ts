/**
 * What the loops of a plan read, on its way to other threads: memory is shared if it
 * can be, and copied once if not.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import type { Items } from "../sources/items.ts";
import { FileText, type FileTextHandle } from "../sources/file_text.ts";
import { MemoryText } from "../sources/memory_text.ts";
import { StringText } from "../sources/string_text.ts";
import type { Units } from "../sources/text.ts";
import type { TypedArray } from "../sources/view.ts";
import { Kernel, type SentKernel } from "../wasm/kernel.ts";
import {
  DecodedItems,
  EncodedItems,
  type SentItems,
  sentItems,
} from "./sent_items.ts";
import { receivedView, type SentView, sentView } from "./sent_view.ts";

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
  for (const given of params) {
    const param = given instanceof MemoryText ? given.units : given;
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

/**
 * Text in memory as a source of lines: UTF-8, or the units of a string.
 *
 * @module
 */

import { shrunkError } from "./view.ts";
import { BLOCK, EncodedText, type Units } from "./text.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Not every engine decodes shared memory. */
const own = new Uint8Array(BLOCK);

/** Bytes, which are UTF-8, or UTF-16 code units. */
export class MemoryText extends EncodedText {
  readonly #units: Units;

  constructor(units: Units) {
    super(units.length);
    this.#units = units;
  }

  /** The memory. */
  get units(): Units {
    return this.unitsIn(0, this.length);
  }

  protected override get name(): string {
    return "memory";
  }

  protected override unitsIn(from: number, to: number): Units {
    const { length } = this.#units;
    if (length >= this.length) return this.#units.subarray(from, to);
    throw shrunkError(length, this.length);
  }

  protected override decode(units: Units): string {
    return units instanceof Uint16Array
      ? stringOf(units)
      : decoder.decode(ownCopy(units));
  }
}

function ownCopy(bytes: Uint8Array): Uint8Array {
  if (!(bytes.buffer instanceof SharedArrayBuffer)) return bytes;
  if (bytes.length > BLOCK) return bytes.slice();
  own.set(bytes);
  return own.subarray(0, bytes.length);
}

/** Of units as they are: a decoder would replace lone surrogates. */
function stringOf(units: Uint16Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += BLOCK) {
    const some = units.subarray(at, at + BLOCK) as unknown as number[];
    text += String.fromCharCode.apply(null, some);
  }
  return text;
}

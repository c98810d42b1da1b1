/**
 * What is said before a value whose reader has to know more: where it comes from, and
 * what has to be imported.
 *
 * It is read before anything else, so that nothing was done yet if something is
 * missing. Mostly it is the same as the last time: then neither side looks at it
 * twice.
 *
 * @module
 */

import { Arrival } from "./arrival.ts";
import { decodeValue } from "./decode_value.ts";
import { encodeValue } from "./encode.ts";
import { MissingExportsError } from "./missing_exports_error.ts";
import { type ExportedAt, exportFrom } from "./module_exports.ts";
import { CorruptFrameError, type Reader } from "./reader.ts";
import { here, isPlace } from "./relocation.ts";
import { PREAMBLE } from "./tag.ts";
import { decodeTextOf, encodeText } from "./text.ts";
import { Writer } from "./writer.ts";

/** The words before the source. */
const HEAD = 2;
/** So many are remembered: of a few senders that take turns. */
const REMEMBERED = 8;

interface Written {
  readonly source: unknown;
  readonly exports: readonly ExportedAt[];
  readonly words: Int32Array;
}

interface Read {
  readonly words: Int32Array;
  readonly source: unknown;
  readonly exports: readonly object[];
}

const WRITTEN: Written[] = [];
const READ: Read[] = [];

/** Puts something first in a list, from which the last one falls if there are many. */
function remember<T>(list: T[], one: T): T {
  if (list.unshift(one) > REMEMBERED) list.pop();
  return one;
}

/** The words that say from where values are sent that need some exports. */
export function preambleOf(exports: readonly ExportedAt[]): Int32Array {
  const source = here();
  for (const known of WRITTEN) {
    if (known.source === source && areSame(known.exports, exports)) {
      return known.words;
    }
  }
  const words = write(source, exports);
  return remember(WRITTEN, { source, exports, words }).words;
}

function areSame(
  some: readonly ExportedAt[],
  others: readonly ExportedAt[],
): boolean {
  return some.length === others.length &&
    some.every((at, place) => at === others[place]);
}

function write(source: unknown, exports: readonly ExportedAt[]): Int32Array {
  const out = new Writer(512);
  out.word((exports.length << 8) | PREAMBLE);
  out.word(0);
  encodeValue(out, source, 0);
  for (const { url, name } of exports) {
    encodeText(out, url);
    encodeText(out, name);
  }
  out.words[1] = out.length - HEAD;
  return out.words.slice(0, out.length);
}

/**
 * Reads a preamble.
 *
 * @throws {MissingExportsError} If something has to be imported; then nothing was
 * read.
 */
export function readPreamble(from: Reader): Arrival {
  const start = from.at;
  const count = from.word() >>> 8;
  const length = from.word();
  from.need(length);
  const end = from.at + length;
  for (const { words, source, exports } of READ) {
    if (!isAt(from, start, words)) continue;
    from.at = end;
    return new Arrival(source, exports);
  }
  const source = decodeValue(from);
  if (!isPlace(source)) throw corrupt("it does not say where it comes from");
  const exports: object[] = [];
  const missing: ExportedAt[] = [];
  for (let k = 0; k < count; k++) {
    const at = {
      url: decodeTextOf(from, "preamble"),
      name: decodeTextOf(from, "preamble"),
    };
    const value = exportFrom(at);
    if (value === undefined) missing.push(at);
    else exports.push(value);
  }
  if (from.at !== end) throw corrupt("its length is another one");
  if (missing.length > 0) {
    from.at = start;
    throw new MissingExportsError(missing);
  }
  remember(READ, { words: from.words.slice(start, end), source, exports });
  return new Arrival(source, exports);
}

/** Whether the words at some place are these. */
function isAt(
  { words, end }: Reader,
  start: number,
  known: Int32Array,
): boolean {
  const { length } = known;
  if (start + length > end) return false;
  for (let k = 0; k < length; k++) {
    if (words[start + k] !== known[k]) return false;
  }
  return true;
}

function corrupt(why: string): CorruptFrameError {
  return new CorruptFrameError(`Cannot decode preamble as ${why}`);
}

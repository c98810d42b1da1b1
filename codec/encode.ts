/**
 * Portable values to bytes.
 *
 * @module
 */

import { encodeBytes, isBytes } from "./bytes.ts";
import { encodeError } from "./errors.ts";
import { explain } from "./portability.ts";
import { preambleOf } from "./preamble.ts";
import {
  ARRAY,
  BARE_OBJECT,
  BIGINT,
  DATE,
  DOUBLE,
  FALSE,
  MAP,
  NULL,
  OBJECT,
  SET,
  SMALL,
  TRUE,
  UNDEFINED,
} from "./tag.ts";
import { encodeText } from "./text.ts";
import { unmarkAll } from "./move.ts";
import { encodeRepeat, encodeSpecial } from "./special_values.ts";
import { UNPORTABLE } from "./unportable.ts";
import type { Writer } from "./writer.ts";

/** Deeper values are refused: mostly they contain themselves. */
export const MAX_DEPTH = 256;

/**
 * Writes a value.
 *
 * @example Usage
 * ```ts
 * import { encode, Writer } from "@kindred/kindred/codec";
 * import { assertThrows } from "@std/assert";
 *
 * const out = new Writer();
 * encode(out, [1, "two", new Map([[3, null]])], "list");
 * assertThrows(
 *   () => encode(out, { done: () => {} }, "options"),
 *   TypeError,
 *   "'done' is a function",
 * );
 * ```
 *
 * @param out Where to; unchanged if the value is refused.
 * @param value What to write.
 * @param name How to name the value in an error: `argument 0`.
 * @throws {TypeError} If the value, or one in it, is not portable; the message
 * has its path.
 */
export function encode(out: Writer, value: unknown, name: string): void {
  if (typeof value === "number") return encodeNumber(out, value);
  out.begin();
  try {
    encodeValue(out, value, 0);
    end(out);
  } catch (error) {
    throw refusal(out, error, value, name);
  }
}

/** Ends a value: what has to be known before it is read stands before it. */
function end(out: Writer): void {
  out.end();
  if (out.exports !== undefined && !out.isGroup) lead(out, out.start);
}

function lead(out: Writer, start: number): void {
  out.insert(start, preambleOf(out.exports!));
  out.exports = undefined;
}

/**
 * Writes values each by itself, so that what occurs in two of them arrives as two
 * copies, and before all of them what has to be known to read them.
 *
 * @param name How to name a value in an error.
 * @throws {TypeError} If one is not portable; then the frame is of no use.
 */
export function encodeEach(
  out: Writer,
  values: readonly unknown[],
  name: string,
): void {
  const start = out.length;
  out.isGroup = true;
  try {
    for (const value of values) encode(out, value, name);
  } finally {
    out.isGroup = false;
  }
  if (out.exports !== undefined) lead(out, start);
}

/**
 * Writes the values of a call one after the other.
 *
 * @example Usage
 * ```ts
 * import { decodeArguments, encodeArguments, Reader, Writer } from "@kindred/kindred/codec";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Writer();
 * encodeArguments(out, [1, "two"]);
 * const frame = out.bytes.slice(0, out.byteLength);
 * assertEquals(decodeArguments(Reader.of(frame)), [1, "two"]);
 * ```
 *
 * @throws {TypeError} If a value is not portable; the message has its path.
 */
export function encodeArguments(out: Writer, values: readonly unknown[]): void {
  const { length } = values;
  const start = out.length;
  let k = 0;
  while (k < length && typeof values[k] === "number") {
    encodeNumber(out, values[k++] as number);
  }
  if (k === length) return;
  out.begin(start);
  try {
    for (; k < length; k++) encodeValue(out, values[k], 0);
    end(out);
  } catch (error) {
    const refused = refusal(out, error, values[k], `argument ${k}`);
    unmarkAll(values);
    throw refused;
  }
}

const REFUSALS = new WeakSet<object>();

/** Whether an error says that a value is not portable; its getters may throw others. */
export function isRefusal(error: unknown): error is TypeError {
  return REFUSALS.has(Object(error));
}

/** What to throw where a value is refused; nothing of it is left. */
function refusal(
  out: Writer,
  error: unknown,
  value: unknown,
  name: string,
): unknown {
  out.undo();
  const reason = error === UNPORTABLE ? explain(value, out, MAX_DEPTH) : "";
  unmarkAll(value);
  if (error !== UNPORTABLE) return error;
  const refused = new TypeError(`Cannot send ${name}: ${reason}`);
  REFUSALS.add(refused);
  return refused;
}

function encodeNumber(out: Writer, value: number): void {
  if (
    value >= -0x800000 && value <= 0x7fffff && value === (value | 0) &&
    (value !== 0 || 1 / value > 0)
  ) {
    out.word((value << 8) | SMALL);
  } else {
    out.word(DOUBLE);
    out.double(value);
  }
}

/** Writes a value that stands somewhere inside of another. */
export function encodeValue(out: Writer, value: unknown, depth: number): void {
  switch (typeof value) {
    case "number":
      return encodeNumber(out, value);
    case "string":
      return encodeText(out, value);
    case "boolean":
      return out.word(value ? TRUE : FALSE);
    case "undefined":
      return out.word(UNDEFINED);
    case "bigint":
      return encodeBigInt(out, value);
    case "object":
      if (value === null) return out.word(NULL);
      return encodeObject(out, value, depth + 1);
    case "function":
      return encodeSpecial(out, value, depth + 1);
    default:
      throw UNPORTABLE;
  }
}

/** By the prototype: an instance of a class of its own would lose its class. */
function encodeObject(out: Writer, value: object, depth: number): void {
  const place = out.identities.add(value);
  if (place >= 0) return encodeRepeat(out, value, place);
  if (depth > MAX_DEPTH) throw UNPORTABLE;
  switch (Object.getPrototypeOf(value)) {
    case Object.prototype:
      return encodePlain(out, value as Plain, OBJECT, depth);
    case Array.prototype:
      return encodeArray(out, value as unknown[], depth);
    case null:
      return encodePlain(out, value as Plain, BARE_OBJECT, depth);
    case Map.prototype:
      return encodeMap(out, value as Map<unknown, unknown>, depth);
    case Set.prototype:
      return encodeSet(out, value as Set<unknown>, depth);
    case Date.prototype:
      out.word(DATE);
      return out.double((value as Date).getTime());
  }
  if (isBytes(value)) return encodeBytes(out, value);
  if (value instanceof Error) return encodeError(out, value, depth);
  encodeSpecial(out, value, depth);
}

type Plain = Record<string, unknown>;

function encodeArray(
  out: Writer,
  value: readonly unknown[],
  depth: number,
): void {
  // A getter inside may change the array: what is counted is what is written.
  const { length } = value;
  out.word(ARRAY);
  out.word(length);
  for (let k = 0; k < length; k++) encodeValue(out, value[k], depth);
}

function encodePlain(
  out: Writer,
  value: Plain,
  tag: number,
  depth: number,
): void {
  out.word(tag);
  const at = out.length;
  out.word(0);
  let count = 0;
  const { inherits } = out;
  for (const key in value) {
    if (inherits && !Object.hasOwn(value, key)) continue;
    encodeText(out, key);
    encodeValue(out, value[key], depth);
    count++;
  }
  out.words[at] = count;
}

function encodeMap(
  out: Writer,
  value: ReadonlyMap<unknown, unknown>,
  depth: number,
): void {
  out.word(MAP);
  const at = out.length;
  out.word(0);
  const { size } = value;
  let count = 0;
  for (const [key, entry] of value) {
    if (count++ === size) break;
    encodeValue(out, key, depth);
    encodeValue(out, entry, depth);
  }
  out.words[at] = Math.min(count, size);
}

function encodeSet(
  out: Writer,
  value: ReadonlySet<unknown>,
  depth: number,
): void {
  out.word(SET);
  const at = out.length;
  out.word(0);
  const { size } = value;
  let count = 0;
  for (const entry of value) {
    if (count++ === size) break;
    encodeValue(out, entry, depth);
  }
  out.words[at] = Math.min(count, size);
}

/** By its hexadecimal digits, which the engine makes and reads in linear time. */
function encodeBigInt(out: Writer, value: bigint): void {
  const negative = value < 0n;
  out.word((negative ? 1 << 8 : 0) | BIGINT);
  encodeText(out, (negative ? -value : value).toString(16));
}

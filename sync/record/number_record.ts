/**
 * Records of one number.
 *
 * @module
 */

import { draftOf } from "../memory/memory.ts";
import { NAN64 } from "./nan_bits.ts";
import type { RecordKind, RecordType } from "./record_type.ts";

/** What a record is, by number; a struct's is none of them. */
export const I32 = 1;
/** See {@linkcode I32}. */
export const U32 = 2;
/** See {@linkcode I32}. */
export const F64 = 3;

const CODES = { i32: I32, u32: U32, f64: F64 } as const;

// Private to the thread: a number goes through it in one go.
const { f64: number, i32: halves, i64: whole } = draftOf(8);

/** A type of records that are one number: a word, or two for `"f64"`. */
export class NumberRecord implements RecordType<number> {
  /** See {@linkcode RecordType.form}. */
  readonly form: RecordKind;
  /** See {@linkcode RecordType.width}. */
  readonly width: number;
  /** See {@linkcode RecordType.mark}. */
  readonly mark: number;
  /** {@linkcode I32}, {@linkcode U32} or {@linkcode F64}. */
  readonly code: number;
  #fetched = 0;

  /** Makes the type of a kind. */
  constructor(kind: RecordKind) {
    this.form = kind;
    this.code = CODES[kind];
    this.width = kind === "f64" ? 2 : 1;
    this.mark = this.code << 28;
  }

  /** See {@linkcode RecordType.check}. */
  check(action: string, value: number): void {
    checkNumber(action, this.code, value);
  }

  /** See {@linkcode RecordType.write}. */
  write(words: Int32Array, at: number, value: number): void {
    if (this.code === F64) {
      number[0] = value;
      // Others may compare the bits.
      if (value !== value) whole[0] = NAN64;
      words[at] = halves[0]!;
      words[at + 1] = halves[1]!;
    } else words[at] = value;
  }

  /** See {@linkcode RecordType.swap}. */
  swap(words: Int32Array, at: number, value: number): void {
    this.fetch(words, at);
    this.write(words, at, value);
  }

  /** See {@linkcode RecordType.fetch}. */
  fetch(words: Int32Array, at: number): void {
    this.#fetched = this.read(words, at);
  }

  /** See {@linkcode RecordType.take}. */
  take(): number {
    return this.#fetched;
  }

  /** See {@linkcode RecordType.redraft}. */
  redraft(words: Int32Array, at: number): number {
    return this.read(words, at);
  }

  /** See {@linkcode RecordType.read}. */
  read(words: Int32Array, at: number): number {
    if (this.code === F64) {
      halves[0] = words[at]!;
      halves[1] = words[at + 1]!;
      return number[0]!;
    }
    return this.code === I32 ? words[at]! : words[at]! >>> 0;
  }
}

/**
 * Checks that a value is a number of a kind.
 *
 * @throws {TypeError} If it is not a number.
 * @throws {RangeError} If it is not an integer in the kind's range.
 */
export function checkNumber(action: string, code: number, value: number): void {
  if (typeof value === "number") {
    if (
      code === I32
        ? (value | 0) === value
        : code === U32
        ? value >>> 0 === value
        : true
    ) return;
    throw new RangeError(
      `Cannot ${action} as it must be a 32-bit integer ${
        code === I32 ? "with" : "without"
      } a sign: received ${value}`,
    );
  }
  throw new TypeError(
    `Cannot ${action} as it must be a number: received ${typeof value}`,
  );
}

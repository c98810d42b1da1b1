/**
 * How the value of a cell stands in memory: as a record, or as bytes.
 *
 * @module
 */

import { bytesOf, type SharedSlice, wordsOf } from "../memory/memory.ts";
import {
  type RecordForm,
  type RecordType,
  recordTypeOf,
} from "../record/record.ts";

/** The first word of the value. */
export const VALUE = 2;

/** What is done with a value, for messages. */
export const ACTION = "initialise cell";

/** The most bytes that the value of a cell can have: 2^30. */
export const MAX_CELL_BYTES: number = 2 ** 30;

/**
 * A value behind the control words.
 *
 * @typeParam T The value.
 */
export interface CellContent<T> {
  /** Kept in memory, so that a handle of another form is refused. */
  readonly mark: number;
  /** Throws if the value is of another form. */
  check(value: T): void;
  /** Sets the value, which was checked. */
  write(value: T): void;
  /** The value. */
  read(): T;
}

/**
 * The content of a cell.
 *
 * @param record What its handle says: the form of the records, or how many bytes.
 * @typeParam T The value.
 */
export function contentOf<T>(
  slice: SharedSlice,
  record: unknown,
): CellContent<T> {
  return typeof record === "number"
    ? new Bytes(slice, record) as unknown as CellContent<T>
    : new Typed(slice, recordTypeOf<T>(ACTION, record as RecordForm));
}

/** A number or a struct. */
class Typed<T> implements CellContent<T> {
  readonly mark: number;
  readonly #type: RecordType<T>;
  readonly #words: Int32Array;

  constructor(slice: SharedSlice, type: RecordType<T>) {
    this.mark = type.mark;
    this.#type = type;
    this.#words = wordsOf(slice, VALUE + type.width);
  }

  check(value: T): void {
    this.#type.check(ACTION, value);
  }

  write(value: T): void {
    this.#type.write(this.#words, VALUE, value);
  }

  read(): T {
    return this.#type.read(this.#words, VALUE);
  }
}

class Bytes implements CellContent<Uint8Array> {
  readonly mark: number;
  readonly #bytes: Uint8Array;

  constructor({ buffer, byteOffset }: SharedSlice, byteLength: number) {
    this.mark = -byteLength;
    const slice = { buffer, byteOffset: byteOffset + 4 * VALUE };
    this.#bytes = bytesOf(slice, byteLength);
  }

  check(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot ${ACTION} as the value must be a Uint8Array: received ${typeof value}`,
      );
    }
    if (value.length === -this.mark) return;
    throw new RangeError(
      `Cannot ${ACTION} as the value must have ${-this
        .mark} bytes: received ${value.length}`,
    );
  }

  write(value: Uint8Array): void {
    this.#bytes.set(value);
  }

  read(): Uint8Array {
    return this.#bytes;
  }
}

/** Checks how many bytes the value of a cell has. */
export function checkByteLength(action: string, byteLength: number): void {
  if (
    Number.isInteger(byteLength) && byteLength >= 1 &&
    byteLength <= MAX_CELL_BYTES
  ) return;
  throw new RangeError(
    `Cannot ${action} as 'byteLength' must be an integer from 1 to ${MAX_CELL_BYTES}: received ${byteLength}`,
  );
}

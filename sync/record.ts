/**
 * The records of queues: numbers of one kind, and how they stand in words.
 *
 * @module
 */

/** A kind of record: 32-bit integers with or without a sign, or any number. */
export type RecordKind = "i32" | "u32" | "f64";

/** Many records at once: the typed array that goes with the kind. */
export type RecordArray = Int32Array | Uint32Array | Float64Array;

/** The number by which a kind is known in shared memory; never 0. */
export const I32 = 1;
/** See {@linkcode I32}. */
export const U32 = 2;
/** See {@linkcode I32}. */
export const F64 = 3;

const CODES: ReadonlyMap<RecordKind, number> = new Map([
  ["i32", I32],
  ["u32", U32],
  ["f64", F64],
]);

const ARRAYS: ReadonlyMap<number, string> = new Map([
  [I32, "Int32Array"],
  [U32, "Uint32Array"],
  [F64, "Float64Array"],
]);

// Private to the thread: a number goes through it in one go.
const number = new Float64Array(1);
// deno-lint-ignore kindred/no-shared-views -- not shared
const halves = new Int32Array(number.buffer);

/**
 * The number of a kind.
 *
 * @throws {TypeError} If there is no such kind.
 */
export function codeOf(action: string, kind: RecordKind): number {
  const code = CODES.get(kind);
  if (code !== undefined) return code;
  throw new TypeError(
    `Cannot ${action} as 'kind' must be "i32", "u32" or "f64": received ${
      String(kind)
    }`,
  );
}

/**
 * Checks that a value is a record of a kind, before anything is changed.
 *
 * @throws {TypeError} If it is not a number.
 * @throws {RangeError} If it is not an integer in the kind's range.
 */
export function checkRecord(code: number, value: number): void {
  if (
    code === I32
      ? (value | 0) === value
      : code === U32
      ? value >>> 0 === value
      : typeof value === "number"
  ) {
    return;
  }
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot push record as it must be a number: received ${typeof value}`,
    );
  }
  throw new RangeError(
    `Cannot push record as it must be a 32-bit integer ${
      code === I32 ? "with" : "without"
    } a sign: received ${value}`,
  );
}

/**
 * Checks that an array holds records of a kind.
 *
 * @throws {TypeError} If it is another one.
 */
export function checkRecords(
  action: string,
  code: number,
  records: RecordArray,
): void {
  const wanted = ARRAYS.get(code)!;
  const received = Object.prototype.toString.call(records).slice(8, -1);
  if (received === wanted) return;
  throw new TypeError(
    `Cannot ${action} as the records must be in a ${wanted}: received ${received}`,
  );
}

/** Writes a record into words: one, or two for `"f64"`. Plain stores. */
export function writeRecord(
  words: Int32Array,
  at: number,
  code: number,
  value: number,
): void {
  if (code === F64) {
    number[0] = value;
    words[at] = halves[0]!;
    words[at + 1] = halves[1]!;
  } else words[at] = value;
}

/** Reads a record from words. Plain loads. */
export function readRecord(
  words: Int32Array,
  at: number,
  code: number,
): number {
  if (code === F64) {
    halves[0] = words[at]!;
    halves[1] = words[at + 1]!;
    return number[0]!;
  }
  return code === I32 ? words[at]! : words[at]! >>> 0;
}

/**
 * Checks the capacity of a ring of records.
 *
 * @throws {RangeError} If it is not a power of two from 1 to `most`.
 */
export function checkSlots(
  action: string,
  capacity: number,
  most: number,
): void {
  if (
    Number.isInteger(capacity) && capacity >= 1 && capacity <= most &&
    (capacity & (capacity - 1)) === 0
  ) return;
  throw new RangeError(
    `Cannot ${action} as 'capacity' must be a power of two from 1 to ${most}: received ${capacity}`,
  );
}

/**
 * What the records of queues, rings and channels are, and how one stands in
 * 32-bit words.
 *
 * @module
 */

import type { StructForm } from "./struct_layout.ts";

/** A kind of record: 32-bit integers with or without a sign, or any number. */
export type RecordKind = "i32" | "u32" | "f64";

/** What records are, as plain data that `postMessage` can clone. */
export type RecordForm = RecordKind | StructForm;

/**
 * What the records are, and how one stands in 32-bit words.
 *
 * Code of the caller, as a getter of a value or a setter of a target, runs in
 * {@linkcode RecordType.check}, {@linkcode RecordType.take} and
 * {@linkcode RecordType.read} only. So whoever holds a lock or a claim calls
 * `check()` before it, `write()`, `swap()` and `fetch()` under it, and `take()` after it.
 *
 * @typeParam T One record.
 */
export interface RecordType<T> {
  /** The same as plain data, for handles. */
  readonly form: RecordForm;
  /** How many 32-bit words a record takes. */
  readonly width: number;
  /**
   * A number for the form, in the upper 27 bits of a word; never 0. Memory keeps
   * it, so that a handle of another form is refused.
   */
  readonly mark: number;
  /**
   * Checks that a value is a record, and drafts it for the `write()` that
   * follows. Throws before anything is changed.
   *
   * @param action What is done, for messages: `push record`.
   * @throws {TypeError} If the value is none.
   * @throws {RangeError} If a number in it is out of range.
   */
  check(action: string, value: T): void;
  /**
   * Writes a value that was checked just before, by plain stores. Runs no code of
   * the caller.
   */
  write(words: Int32Array, at: number, value: T): void;
  /**
   * Writes a value that was checked just before, and reads what stood there for
   * the `take()` that follows.
   */
  swap(words: Int32Array, at: number, value: T): void;
  /** Reads a record for the `take()` that follows, by plain loads. */
  fetch(words: Int32Array, at: number): void;
  /** The record that was read last; in `into`, unless the records are numbers. */
  take(into?: T): T;
  /**
   * Drafts a record that was written to private words before.
   *
   * @returns What to give to the `write()` that follows.
   */
  redraft(words: Int32Array, at: number): T;
  /** `fetch()` and `take()` in one. */
  read(words: Int32Array, at: number, into?: T): T;
}

/** Records as a list of arguments names them: a kind of number, or a struct. */
export type RecordSource<T> =
  | RecordType<T>
  | ([T] extends [number] ? RecordKind : never);

/**
 * What records are, as handles say it.
 *
 * @typeParam T One record.
 */
export type FormOf<T> = [T] extends [number] ? RecordKind : StructForm;

/** Many numbers at once: the typed array that goes with the kind. */
export type RecordArray = Int32Array | Uint32Array | Float64Array;

/**
 * Many records at once: a typed array of numbers, an array of struct values.
 *
 * @typeParam T One record.
 */
export type RecordBatch<T> = [T] extends [number] ? RecordArray : T[];

/**
 * Checks where a record is to be put: before it is taken, as it would be lost.
 *
 * @throws {TypeError} If that is neither `undefined` nor an object, and the records
 * are structs.
 */
export function checkInto(
  action: string,
  form: RecordForm,
  into: unknown,
): void {
  if (into === undefined || typeof form === "string") return;
  if (typeof into === "object" && into !== null) return;
  throw new TypeError(
    `Cannot ${action} as it can be put into an object only: received ${
      into === null ? "null" : typeof into
    }`,
  );
}

/** The form of records as messages say it. */
export function formText(form: RecordForm): string {
  if (typeof form === "string") return `"${form}"`;
  return `{ ${form.map(([name, kind]) => `${name}: "${kind}"`).join(", ")} }`;
}

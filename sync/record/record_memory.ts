/**
 * Records in shared memory: plain accesses by the quickest way for their form.
 *
 * @module
 */

import { doublesOf, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { checkNumber, F64, NumberRecord, U32 } from "./number_record.ts";
import { checkInto, type RecordArray, type RecordType } from "./record_type.ts";

/** From so many records on a built-in copy is quicker than a loop. */
const MANY = 32;

/**
 * The records of an object in shared memory. No call runs code of the caller but
 * {@linkcode RecordMemory.check} and {@linkcode RecordMemory.take}.
 *
 * @typeParam T One record.
 */
export class RecordMemory<T> {
  /** The object's words. */
  readonly words: Int32Array;
  readonly #doubles: Float64Array;
  /** The kind of number; 0 for structs. */
  readonly #code: number;
  readonly #type: RecordType<T>;

  /**
   * Attaches to the first `length` words of a slice.
   *
   * @param type What the records are. Those of 8 bytes stand at even indices.
   */
  constructor(type: RecordType<T>, slice: SharedSlice, length: number) {
    this.words = wordsOf(slice, length);
    this.#doubles = doublesOf(slice, length >> 1);
    this.#code = type instanceof NumberRecord ? type.code : 0;
    this.#type = type;
  }

  /**
   * Checks a value for the {@linkcode RecordMemory.write} that follows. Runs code of
   * the caller.
   *
   * @throws {TypeError} If it is no record.
   * @throws {RangeError} If a number in it is out of range.
   */
  check(action: string, value: T): void {
    const code = this.#code;
    if (code !== 0) checkNumber(action, code, value as number);
    else this.#type.check(action, value);
  }

  /**
   * Checks where a record is to be put, before it is taken.
   *
   * @throws {TypeError} If that is no object.
   */
  checkInto(action: string, into: T | undefined): void {
    if (into === undefined || this.#code !== 0) return;
    checkInto(action, this.#type.form, into);
  }

  /** Writes a value that was checked just before. */
  write(at: number, value: T): void {
    const code = this.#code;
    if (code === F64) this.#doubles[at >> 1] = value as number;
    else if (code !== 0) this.words[at] = value as number;
    else this.#type.write(this.words, at, value);
  }

  /** Whether the records are numbers: they can be copied many at once. */
  get hasNumbers(): boolean {
    return this.#code !== 0;
  }

  /** Writes the numbers from one index to another one. */
  writeMany(at: number, values: RecordArray, from: number, to: number): void {
    if (from === to) return;
    const target = this.#code === F64 ? this.#doubles : this.words;
    const start = this.#code === F64 ? at >> 1 : at;
    if (to - from >= MANY) target.set(values.subarray(from, to), start);
    else {
      for (let k = from; k < to; k++) target[start + k - from] = values[k]!;
    }
  }

  /** Reads numbers to where they go, from one index to another one. */
  readMany(at: number, target: RecordArray, from: number, to: number): void {
    if (from === to) return;
    const source = this.#code === F64 ? this.#doubles : this.words;
    const start = this.#code === F64 ? at >> 1 : at;
    if (to - from >= MANY) {
      target.set(source.subarray(start, start + to - from), from);
    } else {
      for (let k = from; k < to; k++) target[k] = source[start + k - from]!;
    }
  }

  /** Does {@linkcode RecordMemory.fetch} and then {@linkcode RecordMemory.write}. */
  swap(at: number, value: T): number {
    if (this.#code === 0) {
      this.#type.swap(this.words, at, value);
      return 0;
    }
    const fetched = this.fetch(at);
    this.write(at, value);
    return fetched;
  }

  /** Reads a record for the {@linkcode RecordMemory.take} that follows. */
  fetch(at: number): number {
    const code = this.#code;
    if (code === F64) return this.#doubles[at >> 1]!;
    if (code !== 0) {
      const word = this.words[at]!;
      return code === U32 ? word >>> 0 : word;
    }
    this.#type.fetch(this.words, at);
    return 0;
  }

  /**
   * The record that was read last; in `into`, unless records are numbers.
   *
   * @param fetched What {@linkcode RecordMemory.fetch} returned.
   */
  take(fetched: number, into?: T): T {
    if (this.#code !== 0) return fetched as T;
    return this.#type.take(into);
  }
}

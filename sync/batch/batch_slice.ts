/**
 * Some of a batch's records, where they lie in the ring.
 *
 * @module
 */

import type { RecordArray } from "../record/record.ts";

/**
 * Some of a batch's records, where they lie in the ring: a view, which is good until
 * the batch is freed.
 *
 * @typeParam T One record.
 */
export interface BatchSlice<T> {
  /** How many records. */
  readonly length: number;
  /** The record at an index, from the end if it is negative; else `undefined`. */
  at(index: number): T | undefined;
  /** The records in order. */
  [Symbol.iterator](): Iterator<T>;
}

/**
 * The slices of a batch: typed arrays in the ring's own memory if its records are
 * numbers.
 *
 * @typeParam T One record.
 */
export type BatchSliceOf<T> = [T] extends [number] ? RecordArray
  : BatchSlice<T>;

/** Reads the record at an index of the batch. */
export type ReadRecord<T> = (index: number) => T;

/** A slice whose records are read one by one: each look may make an object. */
export class ReadSlice<T> implements BatchSlice<T> {
  readonly #read: ReadRecord<T>;
  readonly #first: number;
  /** See {@linkcode BatchSlice.length}. */
  readonly length: number;

  /** So many records of a batch, from an index of it on. */
  constructor(read: ReadRecord<T>, first: number, length: number) {
    this.#read = read;
    this.#first = first;
    this.length = length;
  }

  /** See {@linkcode BatchSlice.at}. */
  at(index: number): T | undefined {
    const k = Math.trunc(index) || 0;
    const from = k < 0 ? k + this.length : k;
    if (from < 0 || from >= this.length) return undefined;
    return this.#read(this.#first + from);
  }

  /** See {@linkcode BatchSlice}. */
  *[Symbol.iterator](): Iterator<T> {
    for (let k = 0; k < this.length; k++) yield this.#read(this.#first + k);
  }
}

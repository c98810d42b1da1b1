/**
 * The records of deques, queues and rings, for their tests.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { RecordArray, RecordKind } from "../../sync/record/record.ts";

/** The kinds of records that are numbers. */
export const KINDS: readonly RecordKind[] = ["i32", "u32", "f64"];

/** Numbers of each kind. */
export const GOOD: Readonly<Record<RecordKind, readonly number[]>> = {
  i32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
  u32: [0, 1, 2 ** 31, 2 ** 32 - 1],
  f64: [0, -0, 0.1, -1e300, 5e-324, NaN, Infinity, -Infinity, 2 ** 53],
};

const BAD: Readonly<Record<RecordKind, readonly unknown[]>> = {
  i32: [0.5, 2 ** 31, NaN, "1", undefined, 1n],
  u32: [-1, 2 ** 32, 0.5, null],
  f64: ["1", undefined, 1n],
};

const ARRAYS = { i32: Int32Array, u32: Uint32Array, f64: Float64Array };

/** The typed array of a kind with such numbers. */
export function arrayOf(
  kind: RecordKind,
  numbers: readonly number[],
): RecordArray {
  return ARRAYS[kind].from(numbers);
}

/** Asserts that calls refuse what is not of their kind, and say how it is wrong. */
export async function refusesOthers(
  kind: RecordKind,
  calls: readonly ((value: number) => unknown)[],
  asyncCalls: readonly ((value: number) => Promise<unknown>)[] = [],
): Promise<void> {
  for (const value of BAD[kind] as number[]) {
    const type = typeof value === "number" ? RangeError : TypeError;
    for (const call of calls) assertThrows(() => call(value), type);
    for (const call of asyncCalls) {
      await assertRejects(() => call(value), type);
    }
  }
}

/** What an object for so many records does, in an array. */
export class PlainRecords {
  /** The records, the oldest one first. */
  readonly records: number[] = [];
  readonly #capacity: number;

  /** Without records. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds a record if there is room. */
  tryPush(value: number): boolean {
    return this.pushMany([value]) === 1;
  }

  /** Adds as many as there is room for; returns how many. */
  pushMany(values: readonly number[]): number {
    const room = this.#capacity - this.records.length;
    const fits = values.slice(0, room);
    this.records.push(...fits);
    return fits.length;
  }

  /** Asserts that the same records are taken at once, the oldest ones. */
  isTakenFrom(
    popMany: (target: RecordArray) => number,
    kind: RecordKind,
    length: number,
  ): void {
    const target = new ARRAYS[kind](length);
    const taken = this.records.splice(0, length);
    assertEquals(popMany(target), taken.length);
    assertEquals([...target.subarray(0, taken.length)], taken);
  }
}

/** A number of every kind. */
export const number: fc.Arbitrary<number> = fc.integer({
  min: 0,
  max: 2 ** 31 - 1,
});

/** A call for one number, with that. */
export function withNumber<N extends string>(
  name: N,
): fc.Arbitrary<[N, number]> {
  return fc.tuple(fc.constant(name), number);
}

/** A call for many numbers, with those. */
export function withNumbers<N extends string>(
  name: N,
  maxLength: number,
): fc.Arbitrary<[N, number[]]> {
  return fc.tuple(fc.constant(name), fc.array(number, { maxLength }));
}

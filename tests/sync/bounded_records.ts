/**
 * What deques, queues and rings of records have in common, for their tests.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import type { RecordArray, RecordKind } from "../../sync/record/record.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { WaitAsyncOptions, WaitOptions } from "../../sync/thread/wait.ts";
import { claimOther, runAs } from "./other_thread.ts";

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

/** How full an object is. */
interface Filled {
  readonly size: number;
  readonly isEmpty: boolean;
  readonly isFull: boolean;
}

/** What an object says about how full it is. */
export function look(
  { size, isEmpty, isFull }: Filled,
): [number, boolean, boolean] {
  return [size, isEmpty, isFull];
}

/** Asserts what an object for two records says while it is filled. */
export function fillsUp(
  object: Filled,
  tryPush: (value: number) => boolean,
): void {
  assertEquals(look(object), [0, true, false]);
  tryPush(1);
  assertEquals(look(object), [1, false, false]);
  tryPush(2);
  assertEquals(look(object), [2, false, true]);
}

/** Asserts that an object has the capacity that was asked for, for all threads. */
export function keepsCapacity<O extends { readonly capacity: number }>(
  create: (capacity: number) => O,
  attach: (object: O) => O,
): void {
  for (const capacity of [1, 2, 4, 1024]) {
    const object = create(capacity);
    assertEquals(object.capacity, capacity);
    assertEquals(attach(object).capacity, capacity);
  }
}

/** Asserts that capacities are refused that are no power of two up to the most. */
export function refusesCapacities(
  create: (capacity: number) => unknown,
  most: number,
): void {
  for (const capacity of [0, -1, 1.5, 3, 100, NaN, Infinity, 2 * most]) {
    const error = assertThrows(() => create(capacity), RangeError);
    assertStringIncludes(error.message, String(capacity));
  }
  assertThrows(() => create("2" as never), RangeError);
}

/**
 * Asserts that an object of four `"i32"` is refused if its handle says otherwise.
 *
 * @param attach As the handle says, but for some changes.
 */
export function refusesForms(
  attach: (changes: object) => { readonly capacity: number },
): void {
  assertThrows(() => attach({ capacity: 2 }), RangeError);
  assertThrows(() => attach({ capacity: 3 }), RangeError);
  for (const record of ["u32", "f64"]) {
    assertThrows(() => attach({ record }), RangeError);
  }
  assertThrows(() => attach({ record: "i64" }), TypeError);
  assertEquals(attach({}).capacity, 4);
}

/** The doors of an object for one record, whatever they are called. */
export interface Doors {
  tryPush(value: number): boolean;
  push(value: number, options: WaitOptions): void;
  pushAsync(value: number, options: WaitAsyncOptions): Promise<void>;
  tryPop(): number | undefined;
  pop(options: WaitOptions): number;
  popAsync(options: WaitAsyncOptions): Promise<number>;
}

/** The doors of an end by which records are put in. */
export function pushDoorsOf(
  end: Pick<Doors, "tryPush" | "push" | "pushAsync">,
): Pick<Doors, "tryPush" | "push" | "pushAsync"> {
  return {
    tryPush: (value) => end.tryPush(value),
    push: (value, options) => end.push(value, options),
    pushAsync: (value, options) => end.pushAsync(value, options),
  };
}

/** Asserts that waits end in time, refuse bad times, and change nothing. */
export async function giveUpInTime(doors: Doors): Promise<void> {
  for (const timeout of [0, 2]) {
    const error = assertThrows(() => doors.pop({ timeout }), DOMException);
    assertEquals(error.name, "TimeoutError");
    await assertRejects(() => doors.popAsync({ timeout }), DOMException);
  }
  doors.push(1, { timeout: 0 });
  for (const timeout of [0, 2]) {
    assertThrows(() => doors.push(2, { timeout }), DOMException);
    await assertRejects(() => doors.pushAsync(2, { timeout }), DOMException);
  }
  for (const timeout of [-1, NaN, "5" as never]) {
    assertThrows(() => doors.pop({ timeout }), RangeError);
    assertThrows(() => doors.push(1, { timeout }), RangeError);
    await assertRejects(() => doors.popAsync({ timeout }), RangeError);
    await assertRejects(() => doors.pushAsync(1, { timeout }), RangeError);
  }
  assertEquals([doors.tryPop(), doors.tryPop()], [1, undefined]);
}

/** Asserts that a wait for a record that is aborted leaves it to the next one. */
export async function leavesRecordToOthers(doors: Doors): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const givenUp = doors.popAsync({ signal });
  const other = doors.popAsync({ timeout: 5000 });
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await givenUp.catch((error) => error), reason);
  doors.tryPush(7);
  assertEquals(await other, 7);
  const late = await doors.popAsync({ signal }).catch((error) => error);
  assertEquals(late, reason);
}

/** Asserts that tasks at both ends bring each other on, record by record. */
export async function wakeEachOther(doors: Doors): Promise<void> {
  const numbers = Array.from({ length: 50 }, (_, k) => k + 0.5);
  const [taken] = await Promise.all([
    (async () => {
      const taken: number[] = [];
      for (const _ of numbers) taken.push(await doors.popAsync({}));
      return taken;
    })(),
    (async () => {
      for (const number of numbers) await doors.pushAsync(number, {});
    })(),
  ]);
  assertEquals(taken, numbers);
}

/** An end that one thread has at a time, and puts records in by. */
interface End {
  tryPush(value: number): boolean;
  release(): void;
}

/**
 * Asserts that an end is taken by one thread at a time; 1 and 2 have been put in
 * then.
 */
export function belongsToOneThread(take: () => End): void {
  using other = claimOther();
  const end = take();
  assertThrows(take, TypeError);
  runAs(other.id, () => assertThrows(take, TypeError));
  end.tryPush(1);
  end.release();
  const next = runAs(other.id, take);
  next.tryPush(2);
  // Not of this thread: it cannot give back what another one has.
  end.release();
  assertThrows(take, TypeError);
}

/** Asserts that an end that is given back twice is not another one's. */
export function givesBackOnce(take: () => End): void {
  const former = take();
  former.release();
  take();
  former.release();
  assertThrows(take, TypeError);
}

/** An end that may be lost, and who waits for what it puts in. */
interface Orphan {
  take(): End;
  pop(options: WaitOptions): number;
  popAsync?(options: WaitOptions): Promise<number>;
  /** What such a wait ends with. */
  readonly lostError: new () => Error;
}

/**
 * Asserts that what a lost thread put in is there, that nobody waits for more of
 * it, and that its end can be taken.
 */
export async function outlivesItsThread(orphan: Orphan): Promise<void> {
  const soon = { timeout: 1000 };
  using other = claimOther();
  runAs(other.id, () => orphan.take().tryPush(1));
  currentThread().threads.markLost(other.id);
  assertEquals(orphan.pop({}), 1);
  assertThrows(() => orphan.pop(soon), orphan.lostError);
  await assertRejects(async () => {
    await (orphan.popAsync?.({}) ?? orphan.pop(soon));
  }, orphan.lostError);
  const end = orphan.take();
  assert(end.tryPush(2));
  assertEquals(orphan.pop({}), 2);
  end.release();
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

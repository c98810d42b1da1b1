/**
 * What channels of records in places, and their ends, refuse.
 *
 * @module
 */

import { assertThrows } from "@std/assert";
import type { SharedHandle } from "../../../sync/mod.ts";
import { sliceOf } from "../memory.ts";

/** Asserts that no channel is made of what names no records and is no codec. */
export function assertRefusesSources(make: (source: never) => unknown): void {
  for (const source of ["i64", "", undefined, 7, null]) {
    assertThrows(() => make(source as never), TypeError);
  }
}

/** Asserts that a sender of 32-bit integers takes nothing else. */
export function assertRefusesMessages(send: (message: never) => unknown): void {
  for (const bad of [0.5, 2 ** 31, NaN]) {
    assertThrows(() => send(bad as never), RangeError);
  }
  for (const bad of ["1", undefined, null, 1n]) {
    assertThrows(() => send(bad as never), TypeError);
  }
}

/**
 * Asserts that nobody attaches to what is none, too small or of another form.
 *
 * @param record What other records would be.
 * @param sizes Of memory with other things in it, in bytes; the first is too small.
 */
export function assertRefusesHandles<H extends SharedHandle>(
  handle: H,
  attach: (handle: H) => unknown,
  { record, sizes }: { record: string; sizes: readonly number[] },
): void {
  const from = (changes: object) => attach({ ...handle, ...changes });
  assertThrows(() => from({ kind: "Barrier" }), TypeError);
  assertThrows(() => from({ buffer: new ArrayBuffer(4096) }), TypeError);
  assertThrows(() => attach(null as never), TypeError);
  assertThrows(() => from({ byteOffset: handle.byteOffset + 8 }), RangeError);
  for (const size of sizes) {
    assertThrows(() => from(sliceOf(size)), RangeError);
  }
  assertThrows(() => from({ record }), RangeError);
  assertThrows(() => from({ record: "i64" }), TypeError);
}

/**
 * Handles that name nothing.
 *
 * @module
 */

import { assertThrows } from "@std/assert";
import type { SharedHandle } from "../../sync/mod.ts";
import { sliceOf } from "./memory.ts";

/**
 * Asserts that a handle is refused that is none, is one of another class, or names
 * memory that is too small, misaligned or not shared.
 *
 * @param handle A good one.
 * @param from Attaches.
 * @param size How many bytes are needed.
 * @returns What attaches to the good one with some changes.
 */
export function refusesHandles<H extends SharedHandle, R>(
  handle: H,
  from: (handle: H) => R,
  size: number,
): (changes: object) => R {
  const attach = (changes: object) => from({ ...handle, ...changes });
  assertThrows(() => attach({ kind: "Nothing" }), TypeError);
  assertThrows(() => attach({ buffer: new ArrayBuffer(65536) }), TypeError);
  for (const none of [null, {}]) {
    assertThrows(() => from(none as never), TypeError);
  }
  assertThrows(() => attach({ byteOffset: handle.byteOffset + 8 }), RangeError);
  assertThrows(() => attach(sliceOf(size - 4)), RangeError);
  return attach;
}

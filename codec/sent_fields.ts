/**
 * Looking at what has arrived, before it is believed.
 *
 * @module
 */

import type { SharedSlice } from "../sync/memory/memory.ts";

const NONE = Object.freeze({});

/**
 * The fields of a plain object; none if it is anything else. So nobody is asked whose
 * properties run code.
 *
 * @typeParam D What it is to be.
 */
export function sentFields<D>(
  data: unknown,
): { readonly [K in keyof D]?: unknown } {
  return typeof data === "object" && data !== null &&
      Object.getPrototypeOf(data) === Object.prototype
    ? data
    : NONE;
}

/** Whether something is a slice of so many bytes at least, where words can lie. */
export function isRoomFor(
  byteLength: number,
  data: unknown,
): data is SharedSlice {
  const { buffer, byteOffset } = sentFields<SharedSlice>(data);
  return buffer instanceof SharedArrayBuffer &&
    typeof byteOffset === "number" && byteOffset % 4 === 0 &&
    byteOffset >= 0 && byteOffset + byteLength <= buffer.byteLength;
}

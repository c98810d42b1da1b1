/**
 * Objects whose memory is always of one size: where a new one is put, or where one
 * is that another thread made.
 *
 * @module
 */

import { allocate } from "./arena.ts";
import { checkHandle, type SharedHandle } from "./handle.ts";

/**
 * Finds memory for an object: that of its handle, or zeros that nobody has.
 *
 * @param kind The name of its class.
 * @param byteLength How much it takes, in bytes.
 * @throws {TypeError} If the handle is none, or one of another class.
 * @throws {RangeError} If its buffer is too small or its offset misaligned.
 */
export function placed<K extends string>(
  kind: K,
  handle: SharedHandle<K> | undefined,
  byteLength: number,
): SharedHandle<K> {
  return handle === undefined
    ? { kind, ...allocate(byteLength) }
    : checkHandle(kind, handle, () => byteLength);
}

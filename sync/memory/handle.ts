/**
 * Handles: how a shared object is named in a message.
 *
 * @module
 */

import { LINE, type SharedSlice } from "./memory.ts";

/**
 * Where a shared object lives, as plain data that `postMessage` can clone.
 *
 * @typeParam K The name of the object's class.
 */
export interface SharedHandle<K extends string = string> extends SharedSlice {
  /** The name of the object's class. */
  readonly kind: K;
}

/**
 * Whether a constructor was given a handle, rather than what an object is made of.
 *
 * @typeParam H The handles of the class.
 */
export function isHandle<H extends SharedHandle>(source: unknown): source is H {
  return typeof source === "object" && source !== null && "kind" in source;
}

/**
 * Checks that a handle is one of a class, before anything is made of it.
 *
 * @throws {TypeError} If it is none, or one of another class.
 */
export function checkKind<H extends SharedHandle>(
  kind: H["kind"],
  handle: H,
): H {
  // Who has no types may give anything.
  const given: unknown = handle;
  const isObject = typeof given === "object" && given !== null;
  const received = isObject ? handle.kind : given;
  if (isObject && received === kind) return handle;
  throw new TypeError(
    `Cannot attach to ${kind} as its handle, of 'kind' "${kind}", is needed: received ${
      typeof received === "string" ? `"${received}"` : String(received)
    }`,
  );
}

/**
 * Checks that a handle names an object of a class that fits into its buffer.
 *
 * @param size How much memory the object takes, in bytes; asked once the handle
 * is known to be of the class.
 * @throws {TypeError} If the handle is none, or one of another class.
 * @throws {RangeError} If the buffer is too small or the offset misaligned.
 */
export function checkHandle<K extends string>(
  kind: K,
  handle: SharedHandle<K>,
  size: () => number,
): SharedHandle<K> {
  checkKind(kind, handle);
  if (!(handle.buffer instanceof SharedArrayBuffer)) {
    throw new TypeError(
      `Cannot attach to ${kind} as 'handle.buffer' must be a SharedArrayBuffer: received ${typeof handle
        .buffer}`,
    );
  }
  const { byteOffset, buffer } = handle;
  if (
    !Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset % LINE !== 0
  ) {
    throw new RangeError(
      `Cannot attach to ${kind} as 'handle.byteOffset' must be a multiple of ${LINE}: received ${byteOffset}`,
    );
  }
  const byteLength = size();
  if (byteOffset + byteLength > buffer.byteLength) {
    throw new RangeError(
      `Cannot attach to ${kind} as it needs ${byteLength} bytes from ${byteOffset}: the buffer has ${buffer.byteLength}`,
    );
  }
  return handle;
}

/**
 * Fresh shared memory for tests.
 *
 * @module
 */

import type { SharedSlice } from "../../sync/mod.ts";

/** A buffer of its own of so many bytes. */
export function sliceOf(byteLength: number): SharedSlice {
  return { buffer: new SharedArrayBuffer(byteLength), byteOffset: 0 };
}

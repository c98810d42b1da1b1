/**
 * Parts of buffers, and the pages of memory that they lie in.
 *
 * @module
 */

import type { MemoryCalls, MemoryView } from "../ffi/mod.ts";

/** A part of a buffer; the whole of it by default. */
export interface MemoryRange {
  /** Where the part starts, in bytes; default: 0. */
  readonly byteOffset?: number;
  /** How long it is, in bytes; default: up to the end of the buffer. */
  readonly byteLength?: number;
}

/**
 * A view on a part of a buffer.
 *
 * @param action What it is for, as in `Cannot move pages`.
 * @throws {RangeError} When the part does not lie in the buffer.
 */
export function viewOf(
  action: string,
  buffer: ArrayBufferLike,
  range: MemoryRange,
): MemoryView {
  const { byteOffset = 0 } = range;
  checkWithin(action, "byteOffset", byteOffset, buffer.byteLength);
  const most = buffer.byteLength - byteOffset;
  const { byteLength = most } = range;
  checkWithin(action, "byteLength", byteLength, most);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The addresses of the pages that a view lies in, also partly. */
export function pagesOf(memory: MemoryCalls, view: MemoryView): bigint[] {
  if (view.byteLength === 0) return [];
  const size = BigInt(memory.pageSize);
  const start = memory.addressOf(view);
  const first = start - start % size;
  const end = start + BigInt(view.byteLength);
  const count = Number((end - first + size - 1n) / size);
  return Array.from(
    { length: count },
    (_, index) => first + BigInt(index) * size,
  );
}

/** The part of a view that is whole pages; `undefined` if there are none. */
export function wholePagesOf(
  memory: MemoryCalls,
  view: MemoryView,
  pageSize: number = memory.pageSize,
): MemoryView | undefined {
  if (view.byteLength === 0) return undefined;
  const into = Number(memory.addressOf(view) % BigInt(pageSize));
  const skipped = into === 0 ? 0 : pageSize - into;
  const length = Math.floor((view.byteLength - skipped) / pageSize) * pageSize;
  return length <= 0
    ? undefined
    : new Uint8Array(view.buffer, view.byteOffset + skipped, length);
}

function checkWithin(
  action: string,
  name: string,
  value: number,
  most: number,
): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new RangeError(
    `${action} as '${name}' must be an integer from 0 to ${most}: received ${value}`,
  );
}

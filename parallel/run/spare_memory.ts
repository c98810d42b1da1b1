/**
 * Shared memory that former plans had: its pages are made, and other threads have it.
 * Both take longer than to fill it.
 *
 * @module
 */

/** More is not kept, in pieces. */
const MOST = 64;
/** Less is not asked for, in bytes. */
const LEAST = 4096;
/** What is so many times larger is kept for others. */
const WASTE = 4;

/** It goes where memory is needed. */
const kept: WeakRef<SharedArrayBuffer>[] = [];

/** At least so many bytes of memory, with anything in it. */
export function takeMemory(byteLength: number): SharedArrayBuffer {
  const size = 2 ** Math.ceil(Math.log2(Math.max(byteLength, LEAST)));
  for (let k = kept.length - 1; k >= 0; k--) {
    const buffer = kept[k]!.deref();
    const isFit = buffer !== undefined && buffer.byteLength >= size &&
      buffer.byteLength <= WASTE * size;
    if (isFit || buffer === undefined) kept.splice(k, 1);
    if (isFit) return buffer;
  }
  return new SharedArrayBuffer(size);
}

/** Gives memory back. No thread may still write to it. */
export function giveMemory(buffer: SharedArrayBuffer): void {
  if (kept.length < MOST) kept.push(new WeakRef(buffer));
}

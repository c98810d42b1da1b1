/**
 * Bit masks of processors, as the kernel's affinity calls take them.
 *
 * Processor `c` is bit `c & 7` of byte `c >> 3`. That is `cpu_set_t` on every
 * little-endian machine, and Deno runs on no other.
 *
 * @module
 */

/** Masks are made of whole 64-bit words. */
const WORD_BYTES = 8;

/**
 * The largest processor id that a mask can hold. The kernel's own limit is
 * 8191; this one only keeps a wrong id from claiming gigabytes.
 */
export const MAX_PROCESSOR_ID = 0xf_ffff;

/**
 * The mask of some processors, just large enough, in whole 64-bit words.
 *
 * @throws {RangeError} When an id is not an integer from 0 to {@linkcode MAX_PROCESSOR_ID}.
 */
export function maskOf(ids: Iterable<number>): Uint8Array<ArrayBuffer> {
  const sorted = [...ids];
  let highest = 0;
  for (const id of sorted) {
    if (!Number.isInteger(id) || id < 0 || id > MAX_PROCESSOR_ID) {
      throw new RangeError(
        `Cannot make mask as a processor id must be an integer from 0 to ${MAX_PROCESSOR_ID}: received ${id}`,
      );
    }
    if (id > highest) highest = id;
  }
  const words = Math.floor(highest / (WORD_BYTES * 8)) + 1;
  const mask = new Uint8Array(words * WORD_BYTES);
  for (const id of sorted) mask[id >> 3]! |= 1 << (id & 7);
  return mask;
}

/** The processors of a mask, ascending. */
export function idsOf(mask: Uint8Array): number[] {
  const ids: number[] = [];
  for (let index = 0; index < mask.length; index++) {
    let byte = mask[index]!;
    while (byte !== 0) {
      const bit = 31 - Math.clz32(byte & -byte);
      ids.push(index * 8 + bit);
      byte &= byte - 1;
    }
  }
  return ids;
}

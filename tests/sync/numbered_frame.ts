/**
 * Frames of bytes that say from whom they are and which they are.
 *
 * @module
 */

/** A frame: a name, then bytes that follow from its number. */
export function frameOf(name: number, number: number): Uint8Array<ArrayBuffer> {
  const length = 1 + number % 23;
  return Uint8Array.from(
    { length },
    (_, k) => k === 0 ? name : (number + k) & 0xff,
  );
}

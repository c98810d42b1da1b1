/**
 * Frames that something has written into.
 *
 * @module
 */

import fc from "fast-check";
import * as tags from "../../codec/tag.ts";

/** A byte that is another one. */
export interface Damage {
  /** Where, counted round the frame. */
  readonly at: number;
  /** What is there. */
  readonly byte: number;
}

/** A few of them, mostly such as mean something. */
export const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    at: fc.nat(),
    byte: fc.oneof(
      fc.constantFrom(0, 0x7f, 0x80, 0xff),
      fc.constantFrom(...Object.values(tags)),
      fc.nat(255),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Writes into bytes. */
export function damage(bytes: Uint8Array, all: readonly Damage[]): void {
  for (const { at, byte } of all) bytes[at % bytes.length] = byte;
}

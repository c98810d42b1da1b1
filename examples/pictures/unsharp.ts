/**
 * An unsharp mask: what differs from its surroundings is made to differ more.
 *
 * @module
 */

import { portable } from "../../mod.ts";

/** How many neighbours on each side of a pixel are its surroundings. */
export const RADIUS = 6;
/** How much is added of the difference. */
const AMOUNT = 1.2;
/** Bytes of a pixel. */
const PIXEL = 3;

type Row = ArrayLike<number>;

/** Writes the mean of the pixels on the left and right of each one of a row. */
export const blurRow: (rows: readonly [from: Row, to: Row]) => void = portable(
  import.meta.url,
  function blurRow([from, to]): void {
    const blurred = to as Uint8Array;
    const last = from.length / PIXEL - 1;
    const at = (x: number) => PIXEL * Math.min(last, Math.max(0, x));
    for (let colour = 0; colour < PIXEL; colour++) {
      let sum = 0;
      for (let x = -RADIUS; x < RADIUS; x++) sum += from[at(x) + colour]!;
      for (let x = 0; x <= last; x++) {
        sum += from[at(x + RADIUS) + colour]!;
        blurred[PIXEL * x + colour] = sum / (2 * RADIUS + 1) + 0.5;
        sum -= from[at(x - RADIUS) + colour]!;
      }
    }
  },
);

/**
 * Sharpens a row.
 *
 * @param rows The rows around it, blurred from left to right; the row as it was; where
 * it is written.
 */
export const sharpenRow: (
  rows: readonly [readonly [around: Row, from: Row], to: Row],
) => void = portable(
  import.meta.url,
  function sharpenRow([[around, from], to]): void {
    const sharp = to as Uint8ClampedArray;
    const { length } = from;
    for (let k = 0; k < length; k++) {
      let sum = 0;
      for (let at = k; at < around.length; at += length) sum += around[at]!;
      const mean = sum * length / around.length;
      sharp[k] = from[k]! + AMOUNT * (from[k]! - mean);
    }
  },
);

/**
 * Something to sharpen: pebbles on sand, a little out of focus.
 *
 * @module
 */

import { closure, par, type ParallelOptions, portable } from "../../mod.ts";
import type { Picture } from "./png.ts";

/** How many pebbles there are, from top to bottom. */
const ROWS = 6;
/** How soft their edges are, in parts of the distance between two of them. */
const SOFT = 0.05;
const PEBBLE = [0.62, 0.6, 0.58] as const;
const SAND = [0.78, 0.68, 0.52] as const;

/** Draws the scene. */
export function drawScene(
  { width, height, pixels }: Picture,
  options: ParallelOptions,
): Promise<void> {
  return par(pixels, options).chunks(3 * width).enumerate()
    .forEach(closure({ height }, drawSceneRow));
}

/** Draws one row of it. */
export const drawSceneRow: (
  scene: { readonly height: number },
  row: readonly [y: number, pixels: ArrayLike<number>],
) => void = portable(
  import.meta.url,
  function drawSceneRow({ height }, [y, pixels]): void {
    const row = pixels as Uint8Array;
    const v = ROWS * y / height;
    for (let x = 0; 3 * x < row.length; x++) {
      const u = ROWS * x / height;
      const [i, j] = [Math.floor(u), Math.floor(v)];
      // Where it is in its square, from the middle of a pebble.
      const dx = u - i - 0.5 + 0.1 * Math.sin(7 * i + 3 * j);
      const dy = v - j - 0.5 + 0.1 * Math.cos(5 * i + 8 * j);
      const radius = 0.3 + 0.08 * Math.sin(11 * i + 13 * j);
      const inside = smooth((radius - Math.hypot(dx, 1.2 * dy)) / SOFT);
      const light = 1 - 0.9 * (dx + dy) * inside;
      const grain = 0.04 * Math.sin(90 * u + 40 * Math.sin(70 * v)) *
        Math.sin(80 * v + 30 * Math.sin(60 * u));
      for (let colour = 0; colour < 3; colour++) {
        const plain = SAND[colour]! +
          inside * (PEBBLE[colour]! - SAND[colour]!);
        row[3 * x + colour] = 255 *
          Math.min(1, Math.max(0, plain * light + grain));
      }
    }
  },
);

/** From 0 below -1 to 1 above 1. */
function smooth(x: number): number {
  const share = Math.min(1, Math.max(0, (x + 1) / 2));
  return share * share * (3 - 2 * share);
}

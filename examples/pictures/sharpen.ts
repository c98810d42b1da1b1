/**
 * Sharpens a picture of the size of a photograph on all cores, and writes it as a PNG
 * file, the left half as it was:
 *
 *     deno run -A examples/pictures/sharpen.ts [WIDTHxHEIGHT] [FILE]
 *
 * @module
 */

import { par, type ParallelOptions, Runtime } from "../../mod.ts";
import { compare } from "./compare.ts";
import { encodePng, type Picture } from "./png.ts";
import { drawScene } from "./scene.ts";
import { blurRow, RADIUS, sharpenRow } from "./unsharp.ts";

/** A picture, and room for what is made of it; all threads see it. */
export interface Darkroom extends Picture {
  /** The same, blurred from left to right, with as many rows above and below as the filter looks at. */
  readonly blurred: Uint8Array;
  /** What comes out. */
  readonly sharp: Uint8ClampedArray;
}

/** Room for a picture. */
export function darkroom(width: number, height: number): Darkroom {
  const row = 3 * width;
  return {
    width,
    height,
    pixels: new Uint8Array(new SharedArrayBuffer(row * height)),
    blurred: new Uint8Array(new SharedArrayBuffer(row * (height + 2 * RADIUS))),
    sharp: new Uint8ClampedArray(new SharedArrayBuffer(row * height)),
  };
}

/** Sharpens on all threads. */
export async function sharpen(
  { width, height, pixels, blurred, sharp }: Darkroom,
  options: ParallelOptions,
): Promise<void> {
  const row = 3 * width;
  const inside = blurred.subarray(row * RADIUS, row * (RADIUS + height));
  await par(pixels, options).chunks(row).zip(par(inside).chunks(row))
    .forEach(blurRow);
  extend(blurred, row);
  // A window is a row with those around it; the next one begins a row further.
  await par(blurred, options).windows(row * (2 * RADIUS + 1)).stepBy(row)
    .zip(par(pixels).chunks(row)).zip(par(sharp).chunks(row))
    .forEach(sharpenRow);
}

/** Sharpens on this thread. */
export function sharpenAlone(
  { width, height, pixels, blurred, sharp }: Darkroom,
): void {
  const row = 3 * width;
  const rowOf = <A extends Uint8Array | Uint8ClampedArray>(
    array: A,
    y: number,
  ) => array.subarray(row * y, row * (y + 1));
  for (let y = 0; y < height; y++) {
    blurRow([rowOf(pixels, y), rowOf(blurred, y + RADIUS)]);
  }
  extend(blurred, row);
  for (let y = 0; y < height; y++) {
    const around = blurred.subarray(row * y, row * (y + 2 * RADIUS + 1));
    sharpenRow([[around, rowOf(pixels, y)], rowOf(sharp, y)]);
  }
}

/** Repeats the first row above, and the last one below. */
function extend(blurred: Uint8Array, row: number): void {
  const end = blurred.length;
  for (let y = 0; y < RADIUS; y++) {
    blurred.copyWithin(row * y, row * RADIUS, row * (RADIUS + 1));
    blurred.copyWithin(
      end - row * (y + 1),
      end - row * (RADIUS + 1),
      end - row * RADIUS,
    );
  }
}

/** The left half as it was, the right half as it became. */
function halves({ width, pixels, sharp }: Darkroom): Uint8Array {
  return Uint8Array.from(
    pixels,
    (byte, k) => k % (3 * width) < 1.5 * width ? byte : sharp[k]!,
  );
}

async function main(size = "4000x3000", file = "sharpened.png"): Promise<void> {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const room = darkroom(width, height);
  await using runtime = await Runtime.start();
  await drawScene(room, { runtime });
  const figures = await compare(
    () => sharpenAlone(room),
    () => sharpen(room, { runtime }),
  );
  await Deno.writeFile(
    file,
    await encodePng({ width, height, pixels: halves(room) }),
  );
  console.log(`${file}: ${width} x ${height} pixels, the left half as it was`);
  console.log(figures);
}

if (import.meta.main) await main(...Deno.args);

/**
 * Draws a Julia set on all cores, and writes it as a PNG file:
 *
 *     deno run -A examples/pictures/fractal.ts [WIDTHxHEIGHT] [FILE] [PAGE]
 *
 * With the name of a page it also writes one that shows the picture, and which processor
 * drew which rows.
 *
 * @module
 */

import {
  closure,
  par,
  type ParallelOptions,
  Runtime,
  SharedCounter,
} from "../../mod.ts";
import { dirname, relative } from "node:path";
import { compare } from "./compare.ts";
import { drawRow } from "./julia.ts";
import { picturePage } from "./picture_page.ts";
import { encodePng, type Picture } from "./png.ts";
import { ProgressBar } from "./progress_bar.ts";

/** A picture without anything on it, which all threads see. */
export function blank(width: number, height: number): Picture {
  const pixels = new Uint8Array(new SharedArrayBuffer(3 * width * height));
  return { width, height, pixels };
}

/** Draws on all threads. Each takes some rows, which lie in shared memory, at a time. */
export function draw(
  { width, height, pixels }: Picture,
  options: ParallelOptions,
  drawnOn?: SharedArrayBuffer,
): Promise<void> {
  const julia = drawnOn === undefined ? { height } : { height, drawnOn };
  return par(pixels, options).chunks(3 * width).enumerate()
    .forEach(closure(julia, drawRow));
}

/** Draws on this thread. */
export function drawAlone({ width, height, pixels }: Picture): void {
  for (let y = 0; y < height; y++) {
    drawRow({ height }, [
      y,
      pixels.subarray(3 * width * y, 3 * width * (y + 1)),
    ]);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const [size = "1600x1000", file = "julia.png", page] = args;
  const [width, height] = size.split("x").map(Number) as [number, number];
  const picture = blank(width, height);
  await using runtime = await Runtime.start();
  const progress = new SharedCounter();
  {
    using _bar = new ProgressBar(progress, height);
    await draw(picture, { runtime, progress });
  }
  await Deno.writeFile(file, await encodePng(picture));
  console.log(`${file}: ${width} x ${height} pixels`);
  console.log(
    await compare(() => drawAlone(picture), () => draw(picture, { runtime })),
  );
  if (page === undefined) return;
  const drawnOn = new SharedArrayBuffer(height);
  await draw(picture, { runtime }, drawnOn);
  const source = relative(dirname(page), file);
  const rows = new Uint8Array(drawnOn);
  await Deno.writeTextFile(page, picturePage({ source, width, rows }));
}

if (import.meta.main) await main(Deno.args);

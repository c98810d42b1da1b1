/**
 * A Julia set, row by row.
 *
 * The set, and its colours after the wavelengths of light, are those of the Rust Cookbook
 * (https://rust-lang-nursery.github.io/rust-cookbook/concurrency/threads.html).
 *
 * @module
 */

import { currentProcessor, portable } from "../../mod.ts";

/** What all rows have in common. */
export interface Julia {
  /** How many rows there are. */
  readonly height: number;
  /** Where it is noted which processor drew a row: a byte for each. */
  readonly drawnOn?: SharedArrayBuffer;
}

/** The constant of the set. */
const [RE, IM] = [-0.8, 0.156] as const;
/** After so many steps a point counts as one of the set. */
const STEPS = 300;
/** The colour of each number of steps. */
const COLOURS = Array.from(
  { length: STEPS + 1 },
  (_, steps) => colourOf(380 + steps * 400 / STEPS),
);

/** Draws a row: red, green and blue of each pixel. */
export const drawRow: (
  julia: Julia,
  row: readonly [y: number, pixels: ArrayLike<number>],
) => void = portable(
  import.meta.url,
  function drawRow({ height, drawnOn }, [y, pixels]): void {
    if (drawnOn !== undefined) {
      new Uint8Array(drawnOn)[y] = currentProcessor() ?? 0;
    }
    const row = pixels as Uint8Array;
    const width = row.length / 3;
    for (let x = 0; x < width; x++) {
      const steps = stepsFrom(
        3 * (x - width / 2) / width,
        2 * (y - height / 2) / height,
      );
      row.set(COLOURS[steps]!, 3 * x);
    }
  },
);

/** How many steps it takes to leave the circle with the radius 2. */
function stepsFrom(re: number, im: number): number {
  let steps = 0;
  while (steps < STEPS && re * re + im * im < 4) {
    [re, im] = [re * re - im * im + RE, 2 * re * im + IM];
    steps++;
  }
  return steps;
}

/** The colour of light, by its wavelength in nm. */
function colourOf(wavelength: number): [number, number, number] {
  // Towards the ends the eye sees less of it.
  const seen = Math.min(
    1,
    0.3 + 0.7 * (wavelength - 380) / 40,
    0.3 + 0.7 * (780 - wavelength) / 80,
  );
  const between = (from: number, to: number) =>
    Math.min(1, Math.max(0, (wavelength - from) / (to - from)));
  const light = (share: number) => 255 * (share * seen) ** 0.8;
  return [
    light(between(440, 380) + between(510, 580)),
    light(Math.min(between(440, 490), between(645, 580))),
    light(between(510, 490)),
  ];
}

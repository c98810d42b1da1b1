/**
 * Drawing a print: some tens of milliseconds of one processor.
 *
 * @module
 */

import { currentTask, portable } from "../../mod.ts";
import { encodePng } from "../pictures/png.ts";
import type { Look } from "./prints.ts";

/** What is drawn, and how large. */
export interface Drawing extends Look {
  /** Pixels from side to side. */
  readonly size: number;
  /** Whether it is the map of all sets: each point of it is the constant of one. */
  readonly map?: boolean;
}

/** After so many steps a point counts as one of the set. */
const STEPS = 260;
/** A point that is so far away (squared) never comes back. */
const FAR = 64;
/** So many pixels are drawn before it is asked whether somebody still waits for them. */
const SPAN = 64;
/** For how long other work of this worker waits at most, in ms. */
const TURN = 4;

/**
 * Draws a print, as a PNG file. It is a task: it ends early if nobody waits for it
 * any more, and lets the worker do other things in between.
 */
export const draw: (drawing: Drawing) => Promise<Uint8Array> = portable(
  import.meta.url,
  async function draw(drawing: Drawing): Promise<Uint8Array> {
    const task = currentTask();
    const { size } = drawing;
    const pixels = new Uint8Array(3 * size * size);
    let turn = performance.now();
    for (let from = 0; from < size * size; from += SPAN) {
      if (task.cancelled) task.signal.throwIfAborted();
      drawSpan(drawing, from, pixels.subarray(3 * from, 3 * (from + SPAN)));
      if (performance.now() - turn < TURN) continue;
      await new Promise((next) => setTimeout(next, 0));
      turn = performance.now();
    }
    return await encodePng({ width: size, height: size, pixels });
  },
);

/** Draws some pixels, each as the mean of four points of it. */
function drawSpan(drawing: Drawing, from: number, span: Uint8Array): void {
  const { size, radius, map } = drawing;
  const [left, top] = map ? [-radius - 0.6, -radius] : [-radius, -radius];
  const unit = 2 * radius / size;
  for (let k = 0; 3 * k < span.length; k++) {
    const [x, y] = [(from + k) % size, Math.floor((from + k) / size)];
    let [red, green, blue] = [0, 0, 0];
    for (let part = 0; part < 4; part++) {
      const re = left + unit * (x + 0.25 + 0.5 * (part & 1));
      const im = top + unit * (y + 0.25 + 0.5 * (part >> 1));
      const height = map
        ? heightOf(0, 0, re, im)
        : heightOf(re, im, drawing.re, drawing.im);
      const [r, g, b] = colourOf(height, drawing);
      red += r;
      green += g;
      blue += b;
    }
    span.set([red * 63.75, green * 63.75, blue * 63.75], 3 * k);
  }
}

/**
 * How many steps it takes to get far away, without jumps between neighbours. For a point
 * that never does: how near to the middle it ever came, below 0.
 */
function heightOf(
  re: number,
  im: number,
  addRe: number,
  addIm: number,
): number {
  let nearest = FAR;
  for (let steps = 0; steps < STEPS; steps++) {
    const [re2, im2] = [re * re, im * im];
    const distance = re2 + im2;
    if (distance > FAR) {
      return steps + 1 - Math.log2(Math.log(distance) / Math.log(FAR));
    }
    if (steps > 0 && distance < nearest) nearest = distance;
    im = 2 * re * im + addIm;
    re = re2 - im2 + addRe;
  }
  return -Math.sqrt(nearest);
}

/** Red, green and blue from 0 to 1: a walk around the circle of colours, from dark to light. */
function colourOf(
  height: number,
  { hue, pace }: Drawing,
): readonly [number, number, number] {
  const isInside = height <= 0;
  const walk = isInside ? 2 + 2 * height : pace * Math.log2(1 + height);
  const light = isInside
    ? 0.1 - 0.75 * height
    : 0.5 - 0.5 * Math.cos(walk * 1.9);
  const at = hue + (isInside ? 0.45 : 0) + 0.16 * walk;
  return [
    light * wave(at),
    light * wave(at - 0.12),
    light * wave(at - 0.3),
  ];
}

function wave(turns: number): number {
  return 0.55 + 0.45 * Math.cos(2 * Math.PI * turns);
}

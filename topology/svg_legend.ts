/**
 * What the cells of a picture mean.
 *
 * @module
 */

import { element, type Shape, stacked, textLine } from "./svg_shapes.ts";
import type { Topology } from "./topology.ts";

/** The width and height of a sample. */
const SAMPLE = { width: 20, height: 13 };
/** From the left of a sample to its text. */
const INDENT = 26;

/** The legend: only what occurs in the picture. */
export function legend(
  topology: Topology,
  workers: string | undefined,
): Shape {
  const { allowed, classes, isolated, online } = topology;
  const hybrid = classes.length > 1;
  const entries = [
    entry("free", hybrid ? "processor of the fastest class" : "processor"),
  ];
  if (hybrid) entries.push(entry("slow", "processor of a slower class"));
  if (allowed.size < online.size) {
    entries.push(entry("barred", "not allowed to this program"));
  }
  if (isolated.size > 0) entries.push(entry("free isolated", "isolated"));
  if (workers !== undefined) entries.push(entry("worker", workers));
  return stacked(entries);
}

/** A sample of a cell, and what it means. */
function entry(className: string, meaning: string): Shape {
  const text = textLine(meaning, "note");
  return {
    width: INDENT + text.width,
    height: text.height,
    draw: (x, y) => [
      element("rect", {
        class: `cell ${className}`,
        x,
        y: y + 1,
        ...SAMPLE,
        rx: 3,
      }),
      ...text.draw(x + INDENT, y),
    ],
  };
}

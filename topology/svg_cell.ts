/**
 * Processors as the cells of a picture.
 *
 * @module
 */

import type { Processor } from "./processor.ts";
import { element, escaped, type Shape } from "./svg_shapes.ts";

/** How a processor is drawn. */
export interface CellOptions {
  /** The workers that are on it, by their indices. */
  readonly workers: readonly number[];
  /** Whether the machine has several efficiency classes. */
  readonly hybrid: boolean;
  /** Whether there is room to name the workers. */
  readonly large: boolean;
}

/** A cell with the id of a processor, and its workers. */
export function cellOf(processor: Processor, options: CellOptions): Shape {
  const { large, workers } = options;
  const width = large ? 52 : 30;
  const height = large ? 36 : 20;
  const name = workers.map((index) => `w${index}`).join(" ");
  return {
    width,
    height,
    draw(x, y) {
      const text = (content: string, line: number, className: string) =>
        element(
          "text",
          { class: className, x: x + width / 2, y: y + line },
          escaped(content),
        );
      return [
        "<g>",
        element("title", {}, escaped(describe(processor, workers))),
        element("rect", {
          class: classesOf(processor, options),
          x,
          y,
          width,
          height,
          rx: 3,
        }),
        text(
          `${processor.id}`,
          !large ? 14 : name === "" ? 22 : 16,
          labelClass(processor, workers),
        ),
        ...large && workers.length > 0 ? [text(name, 30, "id on small")] : [],
        "</g>",
      ];
    },
  };
}

/** What a reader sees who points at the cell. */
function describe(processor: Processor, workers: readonly number[]): string {
  const { allowed, core, id, isolated, node } = processor;
  const facts = [
    `processor ${id}`,
    ...core?.id === undefined ? [] : [`core ${core.id}`],
    ...node === undefined ? [] : [`node ${node.id}`],
    ...processor.class === undefined ? [] : [`class ${processor.class}`],
    ...allowed ? [] : ["not allowed"],
    ...isolated ? ["isolated"] : [],
    ...workers.map((index) => `worker ${index}`),
  ];
  return facts.join(", ");
}

function classesOf(processor: Processor, options: CellOptions): string {
  const { allowed, isolated, performance } = processor;
  const kind = options.workers.length > 0
    ? "worker"
    : !allowed
    ? "barred"
    : options.hybrid && !performance
    ? "slow"
    : "free";
  return isolated ? `cell ${kind} isolated` : `cell ${kind}`;
}

function labelClass(processor: Processor, workers: readonly number[]): string {
  if (workers.length > 0) return "id on";
  return processor.allowed ? "id" : "id faint";
}

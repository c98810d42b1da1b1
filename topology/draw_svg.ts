/**
 * A machine as a picture.
 *
 * @module
 */

import { cacheFacts, distanceFacts, limitFacts, summary } from "./facts.ts";
import {
  cacheLabel,
  firstIdOf,
  type Group,
  type GroupKind,
  type Leaf,
  nest,
  nodeLabel,
} from "./nesting.ts";
import type { Processor } from "./processor.ts";
import { cellOf } from "./svg_cell.ts";
import {
  arranged,
  element,
  escaped,
  framed,
  type Shape,
  stacked,
  textLine,
  textLines,
} from "./svg_shapes.ts";
import { legend } from "./svg_legend.ts";
import { STYLE } from "./svg_style.ts";
import type { Topology } from "./topology.ts";

/** What {@linkcode Topology.toSvg} asks of a runtime: a `Runtime` has it. */
export interface WorkerPlaces {
  /** Where the workers are. */
  report(): {
    readonly workers: readonly {
      /** Its place among the workers. */
      readonly index: number;
      /** The processor that it is pinned to. */
      readonly processor?: number | undefined;
    }[];
  };
}

/**
 * Options of {@linkcode Topology.toSvg}.
 *
 * @example A worker on the second processor
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * // A `Runtime` will do; this is what is asked of it.
 * const runtime = { report: () => ({ workers: [{ index: 0, processor: 1 }] }) };
 * const svg = Topology.fake({ nodes: [2] }).toSvg({ runtime });
 * assert(svg.includes("processor 1, core 1, node 0, class 0, worker 0"));
 * ```
 */
export interface TopologySvgOptions {
  /** The runtime whose workers are drawn where they are pinned. */
  readonly runtime?: WorkerPlaces;
}

/** More cores than this are drawn without names and caches of their own. */
const MOST_LARGE_CORES = 24;
/** The room around the picture. */
const MARGIN = 14;

/** How the parts of one machine are drawn. */
interface Drawing {
  readonly topology: Topology;
  readonly workers: ReadonlyMap<number, readonly number[]>;
  readonly large: boolean;
}

/** The machine as an SVG document. */
export function drawSvg(
  topology: Topology,
  options: TopologySvgOptions = {},
): string {
  const drawing: Drawing = {
    topology,
    workers: workersByProcessor(options.runtime),
    large: topology.cores.length <= MOST_LARGE_CORES &&
      topology.online.size <= 2 * MOST_LARGE_CORES,
  };
  const facts = [
    ...drawing.large ? [] : cacheFacts(topology),
    ...limitFacts(topology),
    ...distanceFacts(topology),
  ];
  return document(
    summary(topology),
    stacked([
      textLine(summary(topology), "heading"),
      machine(drawing),
      legend(topology, workersLabel(drawing)),
      textLines(facts, "fact"),
    ]),
  );
}

/** What the legend says of workers, if any are drawn. */
function workersLabel(drawing: Drawing): string | undefined {
  if (drawing.workers.size === 0) return undefined;
  return drawing.large ? "has a worker: w0, w1 …" : "has a worker";
}

function document(label: string, shape: Shape): string {
  const width = Math.ceil(shape.width) + 2 * MARGIN;
  const height = Math.ceil(shape.height) + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
      escaped(label)
    }">`,
    `<style>${STYLE}</style>`,
    element("rect", { class: "paper", width, height }),
    ...shape.draw(MARGIN, MARGIN),
    "</svg>\n",
  ].join("\n");
}

function workersByProcessor(
  runtime: WorkerPlaces | undefined,
): Map<number, number[]> {
  const places = runtime?.report().workers ?? [];
  const workers = new Map<number, number[]>();
  for (const { index, processor } of places) {
    if (processor === undefined) continue;
    const others = workers.get(processor) ?? [];
    workers.set(processor, [...others, index]);
  }
  return workers;
}

/** Everything that runs, and the nodes without processors beside it. */
function machine(drawing: Drawing): Shape {
  const { topology } = drawing;
  const root = nest(topology);
  const apart = topology.nodes.filter((node) => node.processors.size === 0)
    .map((node) => {
      const near = node.nearest.size === 0 ? "" : `, near ${node.nearest}`;
      return framed(textLine(`no processors${near}`, "note"), {
        className: "node",
        title: nodeLabel(node).name,
      });
    });
  const whole = root.labels.length > 0
    ? groupShape(drawing, root)
    : arranged(parts(drawing, root));
  return apart.length === 0 ? whole : stacked([whole, arranged(apart)]);
}

function groupShape(drawing: Drawing, group: Group): Shape {
  return framed(arranged(parts(drawing, group)), {
    className: outermost(group),
    title: group.labels.map((label) => label.name).join(" · "),
  });
}

function outermost(group: Group): GroupKind {
  const kinds = group.labels.map((label) => label.kind);
  return kinds.includes("node") ? "node" : kinds[0] ?? "machine";
}

/** The boxes within a group, in the order of their processors. */
function parts(drawing: Drawing, group: Group): Shape[] {
  return [...group.groups, ...group.leaves]
    .sort((a, b) => firstIdOf(a) - firstIdOf(b))
    .map((part) =>
      "ids" in part ? groupShape(drawing, part) : leafShape(drawing, part)
    );
}

function leafShape(drawing: Drawing, leaf: Leaf): Shape {
  if ("online" in leaf) return cell(drawing, leaf);
  const cells = arranged(
    [...leaf.processors].map((each) => cell(drawing, each)),
  );
  if (!drawing.large) return framed(cells, { className: "core", title: "" });
  const caches = textLines(cacheNames(drawing, leaf), "note");
  return framed(caches.height > 0 ? stacked([caches, cells]) : cells, {
    className: "core",
    title: leaf.id === undefined ? "core" : `core ${leaf.id}`,
  });
}

/** The caches that are a part of the core. */
function cacheNames(
  drawing: Drawing,
  core: Exclude<Leaf, Processor>,
): string[] {
  const names = drawing.topology.caches
    .filter(({ processors }) =>
      [...processors].every((each) => core.processors.has(each))
    )
    .toSorted((a, b) => b.level - a.level)
    .map((cache) => cacheLabel(cache).name);
  return [...new Set(names)];
}

function cell(drawing: Drawing, processor: Processor): Shape {
  return cellOf(processor, {
    workers: drawing.workers.get(processor.id) ?? [],
    hybrid: drawing.topology.classes.length > 1,
    large: drawing.large,
  });
}

/**
 * Small machines as boxes within boxes.
 *
 * @module
 */

import {
  cacheLabel,
  firstIdOf,
  type Group,
  type Leaf,
  nodeLabel,
} from "./nesting.ts";
import type { Processor } from "./processor.ts";
import type { Topology } from "./topology.ts";

/** What a frame adds to the width of what it holds. */
const FRAME = 4;

/** A machine as lines of boxes, none of them longer than `width` where that can be. */
export function drawBoxes(
  topology: Topology,
  root: Group,
  width: number,
): string[] {
  // Nodes without processors lie beside everything else.
  const apart = topology.nodes.filter((node) => node.processors.size === 0)
    .map((node) => box(nodeLabel(node).name, ["no processors"]));
  const machine = root.labels.length > 0
    ? [drawGroup(topology, root, width)]
    : parts(topology, root, width);
  return rows([...machine, ...apart], width);
}

function drawGroup(topology: Topology, group: Group, width: number): string[] {
  const title = group.labels.map((label) => label.name).join(" · ");
  const inner = width - FRAME;
  return box(title, rows(parts(topology, group, inner), inner));
}

/** The boxes within a group, in the order of their processors. */
function parts(topology: Topology, group: Group, width: number): string[][] {
  return [...group.groups, ...group.leaves]
    .sort((a, b) => firstIdOf(a) - firstIdOf(b))
    .map((part) =>
      "ids" in part
        ? drawGroup(topology, part, width)
        : drawLeaf(topology, part)
    );
}

function drawLeaf(topology: Topology, leaf: Leaf): string[] {
  if ("online" in leaf) return box("", [processorLine(leaf)]);
  const id = leaf.id === undefined ? "" : ` ${leaf.id}`;
  const caches = topology.caches
    .filter(({ processors }) =>
      [...processors].every((each) => leaf.processors.has(each))
    )
    .toSorted((a, b) => b.level - a.level)
    .map((cache) => cacheLabel(cache).name);
  return box(`core${id}`, [
    ...new Set(caches),
    ...[...leaf.processors].map(processorLine),
  ]);
}

/** `processor 3`; in brackets where it may not be used. */
function processorLine(processor: Processor): string {
  const name = `processor ${processor.id}`;
  return processor.allowed ? name : `(${name})`;
}

/** A frame with a title around some lines. */
function box(title: string, lines: readonly string[]): string[] {
  const longest = Math.max(...lines.map((line) => line.length));
  const name = title === "" ? "" : ` ${title} `;
  const width = Math.max(longest + 2, name.length + 1);
  return [
    `┌${name.padEnd(width, "─")}┐`,
    ...lines.map((line) => `│ ${line.padEnd(width - 2)} │`),
    `└${"─".repeat(width)}┘`,
  ];
}

/** Boxes beside each other, in as many rows as it takes. */
function rows(boxes: readonly string[][], width: number): string[] {
  const drawn: string[] = [];
  let row: string[][] = [];
  let used = 0;
  for (const each of boxes) {
    const needed = each[0]!.length + 1;
    if (row.length > 0 && used + needed > width + 1) {
      drawn.push(...besideEachOther(row));
      row = [];
      used = 0;
    }
    row.push(each);
    used += needed;
  }
  return [...drawn, ...besideEachOther(row)];
}

function besideEachOther(boxes: readonly string[][]): string[] {
  const height = Math.max(0, ...boxes.map((lines) => lines.length));
  return Array.from(
    { length: height },
    (_, line) =>
      boxes.map((lines) => lines[line] ?? " ".repeat(lines[0]!.length))
        .join(" ").trimEnd(),
  );
}

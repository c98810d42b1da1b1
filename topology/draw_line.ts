/**
 * Big machines in one line: `8 × [node 16 GB: 8 cores × 2]`.
 *
 * @module
 */

import { type Group, type Leaf, nodeLabel } from "./nesting.ts";
import type { Topology } from "./topology.ts";

/** A machine in as few lines as can be: what is alike is counted. */
export function drawLine(
  topology: Topology,
  root: Group,
  width: number,
): string[] {
  const apart = topology.nodes.filter((node) => node.processors.size === 0)
    .map((node) => `[${nodeLabel(node).sort}: no processors]`);
  const whole = describe(root);
  return inLines(countedParts([...whole, ...apart]), width);
}

/** A sum, broken before a plus sign where it is too long: one between groups, or else one within a group. */
function inLines(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  const pieces = parts.flatMap((part) =>
    part.length + 2 <= width ? [part] : part.split(" + ")
  );
  for (const part of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + part.length <= width) {
      lines[lines.length - 1] = `${last} + ${part}`;
    } else {
      lines.push(last === undefined ? part : `+ ${part}`);
    }
  }
  return lines;
}

/** What a group is, within brackets where it has a name; else what is in it. */
function describe(group: Group): string[] {
  const inner = [
    ...group.groups.flatMap(describe),
    ...group.leaves.length > 0 ? [countedLeaves(group.leaves)] : [],
  ];
  // Caches have a line of their own. A node says more than its package.
  const labels = group.labels.filter((label) => label.kind !== "cache");
  const label = labels.find(({ kind }) => kind === "node") ?? labels[0];
  return label === undefined ? inner : [`[${label.sort}: ${counted(inner)}]`];
}

/** `8 cores × 2`, or `6 cores × 2 + 8 cores`. */
function countedLeaves(leaves: readonly Leaf[]): string {
  const sizes = leaves.map((leaf) =>
    "online" in leaf ? 0 : leaf.processors.size
  );
  return [...Map.groupBy(sizes, (size) => size)].map(([size, { length }]) => {
    const noun = size === 0 ? "processor" : "core";
    const plural = length === 1 ? noun : `${noun}s`;
    return `${length} ${plural}${size > 1 ? ` × ${size}` : ""}`;
  }).join(" + ");
}

function counted(parts: readonly string[]): string {
  return countedParts(parts).join(" + ");
}

/** `8 × [node]` for eight that are alike. */
function countedParts(parts: readonly string[]): string[] {
  const groups = Map.groupBy(parts, (part) => part);
  return [...groups].map(([part, { length }]) => {
    if (length === 1) return part;
    return mergedCores(part, length) ??
      `${length} × ${part.startsWith("[") ? part : `[${part}]`}`;
  });
}

/** Cores that only a cache holds apart count together: 3 times `4 cores × 2` is `12 cores × 2`. */
function mergedCores(part: string, times: number): string | undefined {
  const match = /^(\d+) (core|processor)s?( × \d+)?$/.exec(part);
  if (match === null) return undefined;
  return `${Number(match[1]) * times} ${match[2]}s${match[3] ?? ""}`;
}

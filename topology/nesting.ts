/**
 * What contains what: packages, nodes, dies and shared caches as a tree.
 *
 * @module
 */

import type { Cache, Core, NumaNode } from "./hardware.ts";
import { formatBytes } from "./format_bytes.ts";
import type { Processor } from "./processor.ts";
import type { ProcessorSet } from "./processor_set.ts";
import type { Topology } from "./topology.ts";

/** What a group is, the outermost first where several hold the same processors. */
export type GroupKind = "machine" | "package" | "node" | "die" | "cache";

/** One name of a group. */
export interface GroupLabel {
  /** What it is. */
  readonly kind: GroupKind;
  /** With its id, as in `package 0`. */
  readonly name: string;
  /** Without its id, as in `node 16 GB`. */
  readonly sort: string;
}

/** A core, or a processor whose core is unknown. */
export type Leaf = Core | Processor;

/** Processors that share something. */
export interface Group {
  /** What they share, the outermost first: several names where several things hold the same processors. */
  readonly labels: GroupLabel[];
  /** The online processors in it. */
  readonly ids: ReadonlySet<number>;
  /** The smaller groups in it. */
  readonly groups: Group[];
  /** The cores that are in no smaller group. */
  readonly leaves: Leaf[];
}

/** The tree of a machine. Groups that lie across others are left out. */
export function nest(topology: Topology): Group {
  const root = groupOf(topology.online, []);
  const candidates = [
    ...topology.packages.map((each) =>
      groupOf(each.processors, [named("package", each.id)])
    ),
    ...topology.nodes.map((each) =>
      groupOf(each.processors, [nodeLabel(each)])
    ),
    ...topology.dies.map((each) =>
      groupOf(each.processors, [named("die", each.id)])
    ),
    ...topology.caches.toReversed()
      .filter((each) => isShared(each, topology))
      .map((each) => groupOf(each.processors, [cacheLabel(each)])),
  ].filter((group) => group.ids.size > 0);
  // Sorting is stable: among equals the order above remains.
  candidates.sort((a, b) => b.ids.size - a.ids.size);
  for (const group of candidates) insert(root, group);
  for (const core of topology.cores) {
    const { first } = core.processors;
    if (first !== undefined) innermost(root, first.id).leaves.push(core);
  }
  for (const processor of topology.online) {
    if (processor.core === undefined) {
      innermost(root, processor.id).leaves.push(processor);
    }
  }
  sortDeep(root);
  return root;
}

/** The smallest processor id in a group or a leaf. */
export function firstIdOf(part: Group | Leaf): number {
  if ("ids" in part) return Math.min(...part.ids);
  return "online" in part ? part.id : part.processors.first!.id;
}

/** The name of a NUMA node. */
export function nodeLabel(node: NumaNode): GroupLabel {
  const size = node.memory === undefined
    ? ""
    : node.memory === 0
    ? " without memory"
    : ` ${formatBytes(node.memory)}`;
  return {
    kind: "node",
    name: `node ${node.id}${size}`,
    sort: `node${size}`,
  };
}

/** The name of a cache, as in `L3 32 MB`. */
export function cacheLabel(cache: Cache): GroupLabel {
  const letter = { data: "d", instruction: "i", unified: "" }[cache.type];
  const size = cache.size === undefined ? "" : ` ${formatBytes(cache.size)}`;
  const name = `L${cache.level}${letter}${size}`;
  return { kind: "cache", name, sort: name };
}

function named(kind: GroupKind, id: number | undefined): GroupLabel {
  return { kind, name: id === undefined ? kind : `${kind} ${id}`, sort: kind };
}

function groupOf(processors: ProcessorSet, labels: GroupLabel[]): Group {
  return { labels, ids: new Set(processors.ids), groups: [], leaves: [] };
}

/** Whether a cache serves several cores, rather than being a part of one. */
function isShared(cache: Cache, topology: Topology): boolean {
  const cores = new Set([...cache.processors].map((each) => each.core));
  return topology.cores.length > 0 && cores.size > 1;
}

function insert(parent: Group, group: Group): void {
  if (sameIds(parent, group)) {
    parent.labels.push(...group.labels);
    return;
  }
  for (const child of parent.groups) {
    const common = child.ids.intersection(group.ids).size;
    if (common === group.ids.size) return insert(child, group);
    if (common > 0) return;
  }
  parent.groups.push(group);
}

function sortDeep(group: Group): void {
  group.groups.sort((a, b) => firstIdOf(a) - firstIdOf(b));
  for (const each of group.groups) sortDeep(each);
}

function sameIds(a: Group, b: Group): boolean {
  return a.ids.size === b.ids.size && a.ids.isSubsetOf(b.ids);
}

function innermost(group: Group, id: number): Group {
  const child = group.groups.find((each) => each.ids.has(id));
  return child === undefined ? group : innermost(child, id);
}

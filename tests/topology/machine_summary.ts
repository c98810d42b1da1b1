/**
 * Machines as lines of text, in one form for what the library reads and for
 * what hwloc reads, so that a difference shows as the line that differs.
 */

import type { Topology } from "../../topology/mod.ts";

/** What hwloc's `lstopo` sees of a machine; sets are kernel lists, sizes bytes. */
export interface HwlocView {
  readonly pus: string;
  readonly nodes: readonly HwlocNode[];
  readonly packages: readonly HwlocGroup[];
  readonly dies?: readonly HwlocGroup[] | null;
  readonly cores: readonly HwlocGroup[];
  readonly caches: Readonly<Record<string, readonly HwlocCache[]>>;
  readonly allowed: { readonly pus: string; readonly nodes: string };
  readonly complete: { readonly pus: string };
  readonly distances: {
    readonly indexes: readonly number[];
    readonly rows: readonly (readonly number[])[];
  } | null;
  readonly cpukinds: readonly { readonly cpus: string }[];
}

interface HwlocGroup {
  readonly os: number | null;
  readonly package?: number | null;
  readonly cpus: string;
}

interface HwlocNode {
  readonly os: number;
  /** Those of its initiators for a memory-only node. */
  readonly cpus: string;
  readonly memory: number;
}

interface HwlocCache {
  readonly cpus: string;
  readonly size: number;
  readonly line: number;
}

const CACHE_LETTERS = { data: "d", instruction: "i", unified: "" } as const;

/** What the library reads of a machine. */
export function summaryOf(machine: Topology): string[] {
  const json = machine.toJSON();
  return [
    `present ${machine.processors}`,
    `online ${machine.online}`,
    `allowed ${json.allowed}`,
    `allowed nodes ${json.allowedNodes}`,
    ...json.packages.map((each) => `package ${each.id}: ${each.processors}`),
    ...json.dies.map((each) =>
      `die ${each.id} of package ${each.package}: ${each.processors}`
    ),
    ...json.cores.map((each) =>
      `core ${each.id} of package ${each.package}: ${each.processors}`
    ),
    ...json.nodes.map((each) =>
      `node ${each.id} with ${each.memory} bytes: ${each.nearest}`
    ),
    ...json.caches.map((each) =>
      cacheLine(`L${each.level}${CACHE_LETTERS[each.type]}`, {
        cpus: each.processors,
        size: each.size ?? 0,
        line: each.line ?? 0,
      })
    ),
    ...distanceLines(json.distances?.nodes, json.distances?.rows),
    ...json.classes.map((each) => `class ${each.rank}: ${each.processors}`),
  ].sort();
}

/** What hwloc reads of a machine, in the same form. */
export function summaryOfView(view: HwlocView): string[] {
  // Kinds of a part of the processors, as of the one that has a frequency, are
  // no classes, and neither is a single kind.
  const kinds = view.cpukinds.length > 1 ? view.cpukinds : [{ cpus: view.pus }];
  return [
    `present ${view.complete.pus}`,
    `online ${view.pus}`,
    `allowed ${view.allowed.pus}`,
    `allowed nodes ${view.allowed.nodes}`,
    ...view.packages.map((each) => `package ${each.os}: ${each.cpus}`),
    ...(view.dies ?? []).map((each) =>
      `die ${each.os} of package ${each.package}: ${each.cpus}`
    ),
    ...view.cores.map((each) =>
      `core ${each.os} of package ${each.package}: ${each.cpus}`
    ),
    ...view.nodes.map((each) =>
      `node ${each.os} with ${each.memory} bytes: ${each.cpus}`
    ),
    // Caches of memory are no caches of processors.
    ...Object.entries(view.caches).filter(([name]) => /^L\d/.test(name))
      .flatMap(([name, caches]) => caches.map((each) => cacheLine(name, each))),
    ...distanceLines(view.distances?.indexes, view.distances?.rows),
    ...kinds.map((each, rank) => `class ${rank}: ${each.cpus}`),
  ].sort();
}

function cacheLine(name: string, cache: HwlocCache): string {
  return `${name} of ${cache.size} bytes in lines of ${cache.line}: ${cache.cpus}`;
}

function distanceLines(
  nodes: readonly number[] = [],
  rows: readonly (readonly number[])[] = [],
): string[] {
  return nodes.map((from, index) =>
    `distances from node ${from}: ${
      nodes.map((to, column) => `${to} at ${rows[index]?.[column]}`).join(", ")
    }`
  );
}

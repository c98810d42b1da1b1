/**
 * A machine as JSON, for reports and recordings.
 *
 * @module
 */

import { formatCpuList, parseCpuList } from "./cpu_list.ts";
import type { CacheType } from "./hardware.ts";
import type { GroupRecord, MachineRecord } from "./machine_record.ts";
import type { Topology } from "./topology.ts";

/** A core, die or package in a {@linkcode TopologyJSON}. */
export interface GroupJSON {
  /** The operating system's id, `null` where it gives none. */
  id: number | null;
  /** Its online processors, as a kernel list. */
  processors: string;
}

/**
 * A {@linkcode Topology} as plain data. Sets of processors are kernel lists
 * (`"0-3,8"`), sizes are in bytes, ids are the operating system's, and what is
 * unknown is `null`.
 *
 * @example Usage
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const { cores, nodes } = Topology.fake({ nodes: [1], smt: 2 }).toJSON();
 * assertEquals(cores, [{ id: 0, package: 0, die: null, processors: "0-1" }]);
 * assertEquals(nodes[0]?.memory, 16 * 1024 ** 3);
 * ```
 */
export interface TopologyJSON {
  /** What was read, and through what. */
  source: string;
  /** What is missing, and what would give it. */
  notes: string[];
  /** Every processor that is present, offline ones included. */
  processors: {
    id: number;
    core: number | null;
    package: number | null;
    die: number | null;
    node: number | null;
    class: number | null;
    online: boolean;
    allowed: boolean;
  }[];
  /** The cores. Their ids are unique only within a die of a package. */
  cores: (GroupJSON & { package: number | null; die: number | null })[];
  /** The packages. */
  packages: GroupJSON[];
  /** The dies of packages that have several. */
  dies: (GroupJSON & { package: number | null })[];
  /** The NUMA nodes, with memory in bytes. */
  nodes: {
    id: number;
    processors: string;
    memory: number | null;
    free: number | null;
    nearest: string;
  }[];
  /** The caches. */
  caches: {
    level: number;
    type: CacheType;
    size: number | null;
    line: number | null;
    processors: string;
  }[];
  /** Distances between nodes: `rows[a][b]` is from the a-th of `nodes` to the b-th. */
  distances: { nodes: number[]; rows: number[][] } | null;
  /** The processors on which the thread may run. */
  allowed: string;
  /** The NUMA nodes whose memory the thread may use, as a kernel list; all of them where it is left out. */
  allowedNodes?: string;
  /** The processors that the scheduler leaves alone; none where it is left out. */
  isolated?: string;
  /** How many processors' worth of time may be used, where limited. */
  quota: number | null;
  /** The efficiency classes, the slowest first. */
  classes: { rank: number; processors: string }[];
}

/** A topology as plain data. */
export function topologyToJSON(
  topology: Topology,
  record: MachineRecord,
): TopologyJSON {
  return {
    source: topology.source,
    notes: [...topology.notes],
    processors: [...topology.processors].map((each) => ({
      id: each.id,
      core: each.core?.id ?? null,
      package: each.package?.id ?? null,
      die: each.die?.id ?? null,
      node: each.node?.id ?? null,
      class: each.class ?? null,
      online: each.online,
      allowed: each.allowed,
    })),
    cores: topology.cores.map((each) => ({
      id: each.id ?? null,
      package: each.package?.id ?? null,
      die: each.die?.id ?? null,
      processors: `${each.processors}`,
    })),
    packages: topology.packages.map((each) => ({
      id: each.id ?? null,
      processors: `${each.processors}`,
    })),
    dies: topology.dies.map((each) => ({
      id: each.id ?? null,
      package: each.package?.id ?? null,
      processors: `${each.processors}`,
    })),
    nodes: topology.nodes.map((each) => ({
      id: each.id,
      processors: `${each.processors}`,
      memory: each.memory ?? null,
      free: each.free ?? null,
      nearest: `${each.nearest}`,
    })),
    caches: topology.caches.map((each) => ({
      level: each.level,
      type: each.type,
      size: each.size ?? null,
      line: each.line ?? null,
      processors: `${each.processors}`,
    })),
    distances: record.distances === null ? null : {
      nodes: [...record.distances.nodes],
      rows: record.distances.rows.map((row) => [...row]),
    },
    allowed: formatCpuList(record.allowed),
    allowedNodes: formatCpuList(record.allowedNodes),
    isolated: formatCpuList(record.isolated),
    quota: record.quota,
    classes: topology.classes.map((each) => ({
      rank: each.rank,
      processors: `${each.processors}`,
    })),
  };
}

/** The record that a topology's plain data describes. */
export function recordFromJSON(json: TopologyJSON): MachineRecord {
  const idsWhere = (
    holds: (each: TopologyJSON["processors"][number]) => boolean,
  ): number[] => json.processors.filter(holds).map((each) => each.id);
  return {
    source: json.source,
    notes: [...json.notes],
    present: idsWhere(() => true),
    online: idsWhere((each) => each.online),
    allowed: parseCpuList(json.allowed),
    allowedNodes: json.allowedNodes === undefined
      ? json.nodes.map((each) => each.id)
      : parseCpuList(json.allowedNodes),
    isolated: parseCpuList(json.isolated ?? ""),
    cores: json.cores.map(groupFromJSON),
    dies: json.dies.map(groupFromJSON),
    packages: json.packages.map(groupFromJSON),
    nodes: json.nodes.map((each) => ({
      id: each.id,
      processors: parseCpuList(each.processors),
      memory: each.memory,
      free: each.free,
      nearest: parseCpuList(each.nearest),
    })),
    caches: json.caches.map((each) => ({
      level: each.level,
      type: each.type,
      size: each.size,
      line: each.line,
      processors: parseCpuList(each.processors),
    })),
    distances: json.distances === null ? null : structuredClone(json.distances),
    quota: json.quota,
    classes: json.classes.map((each) => parseCpuList(each.processors)),
  };
}

function groupFromJSON(group: GroupJSON): GroupRecord {
  return { id: group.id, processors: parseCpuList(group.processors) };
}

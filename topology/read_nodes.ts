/**
 * NUMA nodes, from `/sys/devices/system/node` or from libnuma.
 *
 * @see {@link https://docs.kernel.org/admin-guide/mm/numaperf.html}
 *
 * @module
 */

import type { NumaLibrary } from "../ffi/mod.ts";
import { ascending, formatCpuList } from "./cpu_list.ts";
import type { MachineFiles } from "./machine_files.ts";
import type { DistanceRecord, NodeRecord } from "./machine_record.ts";
import { readDistances } from "./read_distances.ts";
import { readGpuNodes } from "./read_gpu_nodes.ts";

/** Where the nodes are. */
export const NODE_FOLDER = "/sys/devices/system/node";

/** What {@linkcode readNodes} found. */
export interface NodeRecords {
  /** The nodes, ascending; at least one. */
  readonly nodes: readonly NodeRecord[];
  /** Distances between them, where the system tells. */
  readonly distances: DistanceRecord | null;
  /** What is odd about them. */
  readonly notes: readonly string[];
}

type Memory = Pick<NodeRecord, "memory" | "free">;

/** Reads the nodes, through libnuma where it is there. */
export function readNodes(
  files: MachineFiles,
  online: readonly number[],
  numa: NumaLibrary | undefined,
): NodeRecords {
  const ids = numa?.nodes() ??
    readNodeIds(files).filter((id) => isThere(files, id));
  if (ids.length === 0) {
    return oneNode(files, online, "The kernel knows no NUMA nodes");
  }
  const running = new Set(online);
  const members = new Map(ids.map((id) => [
    id,
    membersOf(files, id, numa).filter((each) => running.has(each)),
  ]));
  if (overlap(members)) {
    return oneNode(files, online, "The NUMA nodes of this machine overlap");
  }
  const { distances, notes } = readDistances(files, ids, numa);
  const gpus = readGpuNodes(files);
  const nodes = ids.map((id): NodeRecord => {
    const processors = members.get(id)!;
    const beside = gpus.get(id)?.filter((each) => running.has(each)) ?? [];
    const nearest = [processors, beside].find((each) => each.length > 0) ??
      nearestTo(files, id, members, distances);
    return { id, processors, nearest, ...memoryOf(files, id, numa) };
  });
  return { nodes, distances, notes: [...notes, ...strays(online, members)] };
}

function readNodeIds(files: MachineFiles): readonly number[] {
  return files.list(`${NODE_FOLDER}/online`) ??
    files.numbered(NODE_FOLDER, "node");
}

/** A recording may name nodes of which it has nothing. */
function isThere(files: MachineFiles, id: number): boolean {
  return ["cpulist", "cpumap", "meminfo"].some((name) =>
    files.text(`${NODE_FOLDER}/node${id}/${name}`) !== undefined
  );
}

function membersOf(
  files: MachineFiles,
  id: number,
  numa: NumaLibrary | undefined,
): readonly number[] {
  const folder = `${NODE_FOLDER}/node${id}`;
  const listed = numa?.processorsOf(id) ?? files.list(`${folder}/cpulist`) ??
    [];
  return listed.length > 0 ? listed : files.map(`${folder}/cpumap`) ?? [];
}

function memoryOf(
  files: MachineFiles,
  id: number,
  numa: NumaLibrary | undefined,
): Memory {
  const memory = numa?.memory(id);
  if (memory !== undefined) return { memory: memory.size, free: memory.free };
  return readMemory(files, `${NODE_FOLDER}/node${id}/meminfo`);
}

/** `MemTotal` and `MemFree` of a `meminfo`, in bytes. */
function readMemory(files: MachineFiles, path: string): Memory {
  const text = files.text(path) ?? "";
  const bytes = (name: string): number | null => {
    const match = new RegExp(`\\b${name}:\\s*(\\d+) kB`).exec(text);
    return match === null ? null : Number(match[1]) * 1024;
  };
  return { memory: bytes("MemTotal"), free: bytes("MemFree") };
}

/**
 * The processors next to the memory of a node that has none of its own: those
 * that the firmware names, or else those at the least distance, or else all.
 */
function nearestTo(
  files: MachineFiles,
  id: number,
  members: ReadonlyMap<number, readonly number[]>,
  distances: DistanceRecord | null,
): number[] {
  const peopled = [...members].filter(([, processors]) =>
    processors.length > 0
  );
  // access1 counts processors only; access0, which older kernels have alone,
  // counts other initiators such as GPUs too.
  for (const access of ["access1", "access0"]) {
    const folder = `${NODE_FOLDER}/node${id}/${access}/initiators`;
    const named = peopled.filter(([each]) =>
      files.text(`${folder}/node${each}/cpumap`) !== undefined
    );
    if (named.length > 0) return joined(named);
  }
  const row = distances?.rows[distances.nodes.indexOf(id)];
  if (row === undefined) return joined(peopled);
  const from = (node: number): number => row[distances!.nodes.indexOf(node)]!;
  const least = Math.min(...peopled.map(([node]) => from(node)));
  return joined(peopled.filter(([node]) => from(node) === least));
}

function joined(
  nodes: readonly (readonly [number, readonly number[]])[],
): number[] {
  return nodes.flatMap(([, processors]) => processors).sort(ascending);
}

/** Some firmware gives every processor to every node. */
function overlap(members: ReadonlyMap<number, readonly number[]>): boolean {
  const all = [...members.values()].flat();
  return new Set(all).size < all.length;
}

/** The processors of nodes that are offline belong to none. */
function strays(
  online: readonly number[],
  members: ReadonlyMap<number, readonly number[]>,
): string[] {
  const homes = new Set([...members.values()].flat());
  const homeless = online.filter((id) => !homes.has(id));
  if (homeless.length === 0) return [];
  return [`No NUMA node has these processors: ${formatCpuList(homeless)}.`];
}

/** A machine whose nodes are unknown is taken as one node. */
function oneNode(
  files: MachineFiles,
  online: readonly number[],
  reason: string,
): NodeRecords {
  const processors = [...online];
  const memory = readMemory(files, "/proc/meminfo");
  return {
    nodes: [{ id: 0, processors, nearest: processors, ...memory }],
    distances: null,
    notes: [`${reason}: all memory counts as one node.`],
  };
}

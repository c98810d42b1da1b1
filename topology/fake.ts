/**
 * Machines that do not exist.
 *
 * @module
 */

import { parseCpuList } from "./cpu_list.ts";
import type {
  CacheRecord,
  DistanceRecord,
  GroupRecord,
  MachineRecord,
} from "./machine_record.ts";

/**
 * Options of {@linkcode Topology.fake}.
 *
 * @example A hybrid machine in a container
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const machine = Topology.fake({
 *   nodes: [6],
 *   classes: ["2-5", "0-1"],
 *   allowed: "1-4",
 *   quota: 2,
 * });
 * assertEquals(`${machine.allowed.performance()}`, "1");
 * assertEquals(`${machine.allowed.efficiency()}`, "2-4");
 * ```
 */
export interface FakeTopologyOptions {
  /** How many cores each NUMA node has; 0 makes a memory-only node. Default: one node of 4 cores. */
  readonly nodes?: readonly number[];
  /** How many processors each core has. Default: 1. */
  readonly smt?: number;
  /** Into how many packages the nodes are divided, evenly and in order. Default: one for each node with cores. */
  readonly packages?: number;
  /** The memory of each node in bytes, all alike or one by one. Default: 16 GB. */
  readonly memory?: number | readonly number[];
  /** Distances, row by row from each node. Default: 10 within a node, 20 between nodes. */
  readonly distances?: readonly (readonly number[])[];
  /** How many processors' worth of time may be used. Default: no limit. */
  readonly quota?: number;
  /** The processors on which the thread may run, as a kernel list. Default: all that are online. */
  readonly allowed?: string;
  /** The processors that are switched off, as a kernel list. Default: none. */
  readonly offline?: string;
  /** Efficiency classes as kernel lists, the slowest first. Default: one class. */
  readonly classes?: readonly string[];
}

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

/** A core of a fake machine, before any processor is switched off. */
interface FakeCore {
  readonly node: number;
  readonly processors: readonly number[];
}

/** A made-up machine as plain data. */
export function fakeRecord(options: FakeTopologyOptions): MachineRecord {
  const { nodes = [4], smt = 1, memory = 16 * GB, quota } = options;
  for (const count of nodes) checkCount("nodes", count, 0);
  checkCount("smt", smt, 1);
  checkCount("nodes.length", nodes.length, 1);
  if (quota !== undefined && !(quota > 0)) fail("quota", "be positive", quota);
  const all = fakeCores(nodes, smt);
  const present = all.flatMap((core) => [...core.processors]);
  const offline = listed("offline", options.offline, present);
  const online = present.filter((id) => !offline.includes(id));
  const running = (name: string, text: string): number[] =>
    listed(name, text, present).filter((id) => online.includes(id));
  const cores = all.map((core) => ({
    ...core,
    processors: core.processors.filter((id) => !offline.includes(id)),
  })).filter((core) => core.processors.length > 0);
  if (cores.length === 0) {
    fail("nodes", "leave a processor online", nodes.join());
  }
  const processorsOf = (node: number): number[] =>
    cores.filter((core) => core.node === node)
      .flatMap((core) => [...core.processors]);
  const distances = fakeDistances(nodes.length, options.distances);
  return {
    source: "made up by Topology.fake()",
    notes: [],
    present,
    online,
    allowed: options.allowed === undefined
      ? online
      : running("allowed", options.allowed),
    isolated: [],
    cores: cores.map(({ processors }, id) => ({ id, processors })),
    dies: [],
    packages: fakePackages(nodes, options.packages, processorsOf),
    nodes: nodes.map((_, id) => {
      const size = typeof memory === "number" ? memory : memory[id] ?? null;
      return {
        id,
        processors: processorsOf(id),
        memory: size,
        free: size,
        nearest: nearestTo(id, distances, processorsOf),
      };
    }),
    allowedNodes: [...nodes.keys()],
    caches: fakeCaches(cores, nodes.map((_, node) => processorsOf(node))),
    distances: nodes.length < 2 ? null : distances,
    quota: quota ?? null,
    classes: options.classes?.map((text) => running("classes", text)) ??
      [online],
  };
}

function fakeCores(nodes: readonly number[], smt: number): FakeCore[] {
  let next = 0;
  return nodes.flatMap((count, node) =>
    Array.from({ length: count }, () => ({
      node,
      processors: Array.from({ length: smt }, () => next++),
    }))
  );
}

function fakePackages(
  nodes: readonly number[],
  packages: number | undefined,
  processorsOf: (node: number) => number[],
): GroupRecord[] {
  const count = packages ?? nodes.length;
  checkCount("packages", count, 1);
  if (nodes.length % count !== 0) {
    fail("packages", `divide the ${nodes.length} nodes evenly`, count);
  }
  const each = nodes.length / count;
  return Array.from(
    { length: count },
    (_, index) =>
      nodes.map((_, node) => node).slice(index * each, (index + 1) * each)
        .flatMap(processorsOf),
  )
    .filter((processors) => processors.length > 0)
    .map((processors, id) => ({ id, processors }));
}

function fakeDistances(
  count: number,
  rows: readonly (readonly number[])[] | undefined,
): DistanceRecord {
  const nodes = Array.from({ length: count }, (_, node) => node);
  if (rows === undefined) {
    return {
      nodes,
      rows: nodes.map((a) => nodes.map((b) => a === b ? 10 : 20)),
    };
  }
  if (rows.length !== count || rows.some((row) => row.length !== count)) {
    fail("distances", `have ${count} rows of ${count}`, JSON.stringify(rows));
  }
  return { nodes, rows: rows.map((row) => [...row]) };
}

/** The processors of the node, or of those that are nearest to it. */
function nearestTo(
  node: number,
  distances: DistanceRecord,
  processorsOf: (node: number) => number[],
): number[] {
  const own = processorsOf(node);
  if (own.length > 0) return own;
  const peopled = distances.nodes.filter((each) =>
    processorsOf(each).length > 0
  );
  const from = (each: number): number => distances.rows[node]![each]!;
  const least = Math.min(...peopled.map(from));
  return peopled.filter((each) => from(each) === least).flatMap(processorsOf);
}

function fakeCaches(
  cores: readonly FakeCore[],
  nodes: readonly (readonly number[])[],
): CacheRecord[] {
  const line = 64;
  const own = (
    level: number,
    type: CacheRecord["type"],
    size: number,
  ): CacheRecord[] =>
    cores.map(({ processors }) => ({ level, type, size, line, processors }));
  return [
    ...own(1, "data", 32 * KB),
    ...own(1, "instruction", 32 * KB),
    ...own(2, "unified", MB),
    ...nodes.filter((processors) => processors.length > 0)
      .map((processors): CacheRecord => (
        { level: 3, type: "unified", size: 32 * MB, line, processors }
      )),
  ];
}

/** The ids of a kernel list, all of which must exist. */
function listed(
  name: string,
  text: string | undefined,
  present: readonly number[],
): number[] {
  const ids = parseCpuList(text ?? "");
  const absent = ids.filter((id) => !present.includes(id));
  if (absent.length > 0) {
    fail(name, "name processors that are there", text ?? "");
  }
  return ids;
}

function checkCount(name: string, count: number, least: number): void {
  if (Number.isInteger(count) && count >= least) return;
  fail(name, `be an integer of at least ${least}`, count);
}

function fail(name: string, rule: string, received: string | number): never {
  throw new RangeError(
    `Cannot fake topology as '${name}' must ${rule}: received ${received}`,
  );
}

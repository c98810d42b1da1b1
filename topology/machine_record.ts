/**
 * A machine as plain data: what every reader produces and every
 * {@linkcode Topology} is made from.
 *
 * @module
 */

import type { CacheType } from "./hardware.ts";

/** A core, die or package: an id of the operating system, and its processors. */
export interface GroupRecord {
  /** The operating system's id, where it gives one. */
  readonly id: number | null;
  /** The ids of its online processors. */
  readonly processors: readonly number[];
}

/** A NUMA node. */
export interface NodeRecord {
  /** The operating system's id. */
  readonly id: number;
  /** The ids of its online processors. */
  readonly processors: readonly number[];
  /** The size of its memory in bytes, where known. */
  readonly memory: number | null;
  /** How much of it is free, in bytes, where known. */
  readonly free: number | null;
  /** The ids of the processors next to its memory, wherever they are. */
  readonly nearest: readonly number[];
}

/** A cache. */
export interface CacheRecord {
  /** 1 is the closest to the processor. */
  readonly level: number;
  /** What it holds. */
  readonly type: CacheType;
  /** Its size in bytes, where known. */
  readonly size: number | null;
  /** The size of a line in bytes, where known. */
  readonly line: number | null;
  /** The ids of the online processors that share it. */
  readonly processors: readonly number[];
}

/** Distances between NUMA nodes: `rows[a][b]` is from the a-th node to the b-th. */
export interface DistanceRecord {
  /** The ids of the nodes, in the order of rows and columns. */
  readonly nodes: readonly number[];
  /** 10 is local; asymmetric ones are legal. */
  readonly rows: readonly (readonly number[])[];
}

/**
 * A machine. Cores lie within dies, and dies within packages, by their
 * processors. {@linkcode Topology.fromJSON} takes the same as text.
 */
export interface MachineRecord {
  /** What was read, and through what. */
  readonly source: string;
  /** What is missing, and what would give it. */
  readonly notes: readonly string[];
  /** All processors that are present, ascending. */
  readonly present: readonly number[];
  /** Those that run. */
  readonly online: readonly number[];
  /** Those that the scheduler leaves alone, as `isolcpus=` asks for. */
  readonly isolated: readonly number[];
  /** Those on which the thread may run. */
  readonly allowed: readonly number[];
  /** The cores that have online processors. */
  readonly cores: readonly GroupRecord[];
  /** The dies of packages that have several. */
  readonly dies: readonly GroupRecord[];
  /** The packages. */
  readonly packages: readonly GroupRecord[];
  /** The NUMA nodes, ascending by id; at least one. */
  readonly nodes: readonly NodeRecord[];
  /** Those whose memory the thread may use. */
  readonly allowedNodes: readonly number[];
  /** The caches, by level and type. */
  readonly caches: readonly CacheRecord[];
  /** Distances between the nodes, where there are several and the system tells. */
  readonly distances: DistanceRecord | null;
  /** How many processors' worth of time the thread's group may use, where limited. */
  readonly quota: number | null;
  /** Efficiency classes, the slowest first. */
  readonly classes: readonly (readonly number[])[];
}

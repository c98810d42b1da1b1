/**
 * What processors are grouped by: cores, dies, packages, NUMA nodes, caches
 * and efficiency classes.
 *
 * @module
 */

import type { ProcessorSet } from "./processor_set.ts";

/**
 * Processors that share execution units: the hardware threads of one core.
 *
 * @example The siblings of a processor
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const processor = Topology.fake({ nodes: [4], smt: 2 }).processor(5);
 * assertEquals(`${processor?.core?.processors}`, "4-5");
 * ```
 */
export interface Core {
  /** The operating system's id, unique only within a die of a package; `undefined` where it gives none. */
  readonly id: number | undefined;
  /** The package that it belongs to, where known. */
  readonly package: Package | undefined;
  /** The die that it belongs to, where known. */
  readonly die: Die | undefined;
  /** Its online processors. */
  readonly processors: ProcessorSet;
}

/**
 * A piece of silicon within a package that has several.
 *
 * @example Usage
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * // A made-up machine has no dies; a real one may.
 * assertEquals(Topology.fake().dies, []);
 * ```
 */
export interface Die {
  /** The operating system's id, unique only within its package. */
  readonly id: number | undefined;
  /** The package that it belongs to, where known. */
  readonly package: Package | undefined;
  /** Its online processors. */
  readonly processors: ProcessorSet;
}

/**
 * What sits in one socket.
 *
 * @example Usage
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const [first] = Topology.fake({ nodes: [2, 2], packages: 1 }).packages;
 * assertEquals(`${first?.processors}`, "0-3");
 * ```
 */
export interface Package {
  /** The operating system's id; `undefined` where it gives none, as on some virtual machines. */
  readonly id: number | undefined;
  /** Its online processors. */
  readonly processors: ProcessorSet;
}

/**
 * A NUMA node: memory and the processors next to it. Either may be absent.
 *
 * @example A memory-only node
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const machine = Topology.fake({ nodes: [4, 0], memory: 2 ** 30 });
 * const node = machine.node(1)!;
 * assertEquals(node.memory, 1024 ** 3);
 * assertEquals(node.processors.size, 0);
 * assertEquals(`${node.nearest}`, "0-3");
 * ```
 */
export interface NumaNode {
  /** The operating system's id; sparse on some machines. */
  readonly id: number;
  /** The online processors next to its memory; none for a memory-only node. */
  readonly processors: ProcessorSet;
  /** The processors that reach its memory soonest: its own, or other nodes' where it has none. */
  readonly nearest: ProcessorSet;
  /** The size of its memory in bytes: 0 for a node without memory, `undefined` where unknown. */
  readonly memory: number | undefined;
  /** How much of the memory was free at detection, in bytes, where known. */
  readonly free: number | undefined;
  /** Whether the thread that detected the topology may use its memory. */
  readonly allowed: boolean;
}

/** What a cache holds. */
export type CacheType = "data" | "instruction" | "unified";

/**
 * One cache and the processors that share it.
 *
 * @example The largest cache that is a core's own
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const own = Topology.fake().caches.findLast((cache) =>
 *   cache.processors.onePerCore().size === 1
 * );
 * assertEquals([own?.level, own?.size], [2, 1024 ** 2]);
 * ```
 */
export interface Cache {
  /** 1 is the closest to the processor. */
  readonly level: number;
  /** What it holds. */
  readonly type: CacheType;
  /** Its size in bytes, where known. */
  readonly size: number | undefined;
  /** The size of a line in bytes, where known. */
  readonly line: number | undefined;
  /** The online processors that share it. */
  readonly processors: ProcessorSet;
}

/**
 * Processors of one speed, on a machine that has several.
 *
 * @example Usage
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const { classes } = Topology.fake({ nodes: [4], classes: ["2-3", "0-1"] });
 * assertEquals(classes.map((each) => each.rank), [0, 1]);
 * assertEquals(`${classes.at(-1)?.processors}`, "0-1");
 * ```
 */
export interface EfficiencyClass {
  /** 0 is the slowest class of the machine. */
  readonly rank: number;
  /** Its online processors. */
  readonly processors: ProcessorSet;
}

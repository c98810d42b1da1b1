/**
 * The hardware of one machine.
 *
 * @module
 */

import { drawTopology } from "./draw.ts";
import { drawSvg, type TopologySvgOptions } from "./draw_svg.ts";
import { fakeRecord, type FakeTopologyOptions } from "./fake.ts";
import type {
  Cache,
  Core,
  Die,
  EfficiencyClass,
  NumaNode,
  Package,
} from "./hardware.ts";
import { showAs } from "./inspect.ts";
import { modelOf } from "./machine_model.ts";
import type { MachineRecord } from "./machine_record.ts";
import type { Processor } from "./processor.ts";
import { ProcessorSet } from "./processor_set.ts";
import {
  recordFromJSON,
  type TopologyJSON,
  topologyToJSON,
} from "./topology_json.ts";

/** The distance of a node from itself, by definition. */
const LOCAL = 10;

/**
 * The hardware of one machine, as it was when it was read: processors, cores,
 * packages, NUMA nodes, caches, and what of it may be used. Immutable, with all
 * sets and objects in it: what changes later is in a topology read later.
 *
 * {@linkcode topology} detects the machine that the program runs on,
 * {@linkcode readTopology} reads a recorded one, and
 * {@linkcode Topology.fake} makes one up.
 *
 * @example Usage
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const machine = Topology.fake({ nodes: [4, 4], smt: 2 });
 * assertEquals(machine.processors.size, 16);
 * assertEquals(machine.cores.length, 8);
 * assertEquals(machine.distance(0, 1), 20);
 * ```
 */
export class Topology {
  static {
    showAs(this.prototype, (topology) => topology.toString());
  }

  /** Every processor that is present, offline ones included. */
  readonly processors: ProcessorSet;
  /** The processors that run. */
  readonly online: ProcessorSet;
  /**
   * The processors on which the thread that read the topology may run: its
   * affinity, within the set of its control group. What is taken out of the
   * set stays within the {@linkcode Topology.quota}.
   */
  readonly allowed: ProcessorSet;
  /**
   * The processors that the scheduler leaves alone, as the kernel's
   * `isolcpus=` asks for: a thread runs there only if it is pinned.
   */
  readonly isolated: ProcessorSet;
  /** The cores with online processors; empty where unknown. */
  readonly cores: readonly Core[];
  /** The dies of packages that have several. */
  readonly dies: readonly Die[];
  /** The packages; empty where unknown. */
  readonly packages: readonly Package[];
  /**
   * The NUMA nodes, ascending by id: at least one, since a system that does
   * not know of NUMA counts as one node. Nodes without processors and nodes
   * without memory are among them.
   */
  readonly nodes: readonly NumaNode[];
  /** The caches, by level and type; empty where unknown. */
  readonly caches: readonly Cache[];
  /** The efficiency classes, the slowest first; one where all processors are alike. */
  readonly classes: readonly EfficiencyClass[];
  /**
   * How many processors' worth of time the control group may use, as in `2.5`;
   * `undefined` where there is no limit or none is known.
   */
  readonly quota: number | undefined;
  /** What was read, and through what. */
  readonly source: string;
  /** What is missing, and what would give it, in sentences. */
  readonly notes: readonly string[];
  readonly #record: MachineRecord;

  /** A topology from plain data; see {@linkcode Topology.fromJSON} and {@linkcode Topology.fake}. */
  constructor(record: MachineRecord) {
    const model = modelOf(record);
    this.processors = model.processors;
    this.online = model.processors.where((each) => each.online);
    const limit = Math.max(1, Math.floor(record.quota ?? Infinity));
    const allowed = model.processors.where((each) => each.allowed);
    this.allowed = new ProcessorSet(allowed, { limit });
    this.isolated = model.processors.where((each) => each.isolated);
    this.cores = model.cores;
    this.dies = model.dies;
    this.packages = model.packages;
    this.nodes = model.nodes;
    this.caches = model.caches;
    this.classes = model.classes;
    this.quota = record.quota ?? undefined;
    this.source = record.source;
    this.notes = Object.freeze([...record.notes]);
    this.#record = record;
    Object.freeze(this);
  }

  /**
   * A machine that does not exist, for tests: it can be given wherever a
   * topology is taken. Processors are numbered core by core, and node by node.
   *
   * @example Usage
   * ```ts
   * import { Topology } from "@kindred/kindred/topology";
   * import { assertEquals } from "@std/assert";
   *
   * const machine = Topology.fake({ nodes: [2, 2, 0], quota: 1.5 });
   * assertEquals(machine.nodes.map((node) => `${node.processors}`), ["0-1", "2-3", ""]);
   * assertEquals(machine.quota, 1.5);
   * ```
   *
   * @throws {RangeError} When a count is not a count, or names what is not there.
   */
  static fake(options: FakeTopologyOptions = {}): Topology {
    return new Topology(fakeRecord(options));
  }

  /**
   * The topology that {@linkcode Topology.toJSON} described.
   *
   * @example Usage
   * ```ts
   * import { Topology } from "@kindred/kindred/topology";
   * import { assertEquals } from "@std/assert";
   *
   * const machine = Topology.fake({ nodes: [4, 4] });
   * const same = Topology.fromJSON(JSON.parse(JSON.stringify(machine)));
   * assertEquals(same.toJSON(), machine.toJSON());
   * ```
   *
   * @throws {SyntaxError} When a processor list is malformed.
   */
  static fromJSON(json: TopologyJSON): Topology {
    return new Topology(recordFromJSON(json));
  }

  /** The processor with this id; `undefined` where there is none. */
  processor(id: number): Processor | undefined {
    return this.processors.get(id);
  }

  /** The NUMA node with this id; `undefined` where there is none. */
  node(id: number): NumaNode | undefined {
    return this.nodes.find((node) => node.id === id);
  }

  /**
   * How far the memory of node `to` is from the processors of node `from`: 10
   * is local, 20 takes about twice as long. Not always the same in both
   * directions.
   *
   * @returns The distance; `undefined` where the system does not tell.
   * @throws {RangeError} When the machine has no such node.
   */
  distance(from: NumaNode | number, to: NumaNode | number): number | undefined {
    const row = this.#nodeId(from);
    const column = this.#nodeId(to);
    const distances = this.#record.distances;
    if (distances === null) return row === column ? LOCAL : undefined;
    return distances.rows[distances.nodes.indexOf(row)]
      ?.[distances.nodes.indexOf(column)];
  }

  /** The machine as plain data. */
  toJSON(): TopologyJSON {
    return topologyToJSON(this, this.#record);
  }

  /**
   * The machine as a drawing for a terminal, at most 80 columns wide: boxes
   * for small machines, one line for big ones, and then nodes, caches, limits
   * and sources.
   */
  toString(): string {
    return drawTopology(this);
  }

  /**
   * The machine as a picture: an SVG document that needs nothing else, with
   * packages, nodes, caches, cores and processors as boxes within boxes, and
   * the workers of a runtime on the processors to which they are pinned.
   *
   * @example Usage
   * ```ts
   * import { Topology } from "@kindred/kindred/topology";
   * import { assert } from "@std/assert";
   *
   * const svg = Topology.fake({ nodes: [4, 4], smt: 2 }).toSvg();
   * assert(svg.startsWith("<svg"));
   * ```
   *
   * @param options Whose workers to draw.
   * @returns The text of the document.
   */
  toSvg(options: TopologySvgOptions = {}): string {
    return drawSvg(this, options);
  }

  #nodeId(node: NumaNode | number): number {
    const id = typeof node === "number" ? node : node.id;
    if (this.node(id) === undefined) {
      throw new RangeError(
        `Cannot tell distance as node ${id} is not in this machine: expected one of ${
          this.nodes.map((each) => each.id).join(", ")
        }`,
      );
    }
    return id;
  }
}

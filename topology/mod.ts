/**
 * The hardware that a program runs on: processors, cores, packages, NUMA
 * nodes, caches, and the limits on what of it may be used; sets of processors;
 * and pinning threads to them.
 *
 * ```ts
 * import { pinThread, topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const machine = topology();
 * const cores = machine.allowed.onePerCore();
 * assert(cores.size <= machine.allowed.size);
 *
 * if (machine.notes.length === 0) {
 *   using _pin = pinThread(cores.take(1));
 * }
 * ```
 *
 * Nothing here asks for a permission or prints: with fewer permissions less is
 * known, and {@linkcode Topology.notes} says what is missing and which flag
 * would give it.
 *
 * @module
 */

export { formatCpuList, parseCpuList } from "./cpu_list.ts";
export { topology, type TopologyOptions } from "./detect.ts";
export type { FakeTopologyOptions } from "./fake.ts";
export type {
  Cache,
  CacheType,
  Core,
  Die,
  EfficiencyClass,
  NumaNode,
  Package,
} from "./hardware.ts";
export type {
  CacheRecord,
  DistanceRecord,
  GroupRecord,
  MachineRecord,
  NodeRecord,
} from "./machine_record.ts";
export {
  currentAffinity,
  currentProcessor,
  PinningUnavailableError,
  type PinTarget,
  pinThread,
} from "./pin.ts";
export type { Processor } from "./processor.ts";
export { ProcessorSet } from "./processor_set.ts";
export { readTopology, type ReadTopologyOptions } from "./read_topology.ts";
export { Topology } from "./topology.ts";
export type { GroupJSON, TopologyJSON } from "./topology_json.ts";

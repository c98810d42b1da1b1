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
export {
  allowedProcessors,
  currentProcessor,
  isPinned,
} from "./current_thread.ts";
export { topology, type TopologyOptions } from "./detect.ts";
export type { TopologySvgOptions, WorkerPlaces } from "./draw_svg.ts";
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
export type { MemoryPlacement } from "./memory_placement.ts";
export { movePages, nodeOf, nodesOf, type PageMove } from "./memory_pages.ts";
export type { MemoryRange } from "./memory_range.ts";
export {
  NumaBuffer,
  type NumaBufferOptions,
  type ViewClass,
} from "./numa_buffer.ts";
export { PinningUnavailableError, pinThread } from "./pin.ts";
export type { PinTarget } from "./pin_target.ts";
export type { Processor } from "./processor.ts";
export { ProcessorSet, type ProcessorSetOptions } from "./processor_set.ts";
export { readTopology, type ReadTopologyOptions } from "./read_topology.ts";
export { Topology } from "./topology.ts";
export type { GroupJSON, TopologyJSON } from "./topology_json.ts";

/**
 * From a machine as plain data to objects that know each other.
 *
 * @module
 */

import type {
  Cache,
  Core,
  Die,
  EfficiencyClass,
  NumaNode,
  Package,
} from "./hardware.ts";
import type { GroupRecord, MachineRecord } from "./machine_record.ts";
import type { Processor } from "./processor.ts";
import { ProcessorSet } from "./processor_set.ts";

/** The objects of one machine. */
export interface MachineModel {
  readonly processors: ProcessorSet;
  readonly cores: readonly Core[];
  readonly dies: readonly Die[];
  readonly packages: readonly Package[];
  readonly nodes: readonly NumaNode[];
  readonly caches: readonly Cache[];
  readonly classes: readonly EfficiencyClass[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Makes the objects of a machine, frozen. */
export function modelOf(record: MachineRecord): MachineModel {
  const byId = bareProcessors(record);
  const setOf = (ids: readonly number[]): ProcessorSet =>
    new ProcessorSet(ids.flatMap((id) => byId.get(id) ?? []));
  const membersOf = (group: GroupRecord): Writable<Processor>[] =>
    group.processors.flatMap((id) => byId.get(id) ?? []);

  const packages = record.packages.map((group) => {
    const made = Object.freeze<Package>({
      id: group.id ?? undefined,
      processors: setOf(group.processors),
    });
    for (const processor of membersOf(group)) processor.package = made;
    return made;
  });
  const dies = record.dies.map((group) => {
    const members = membersOf(group);
    const made = Object.freeze<Die>({
      id: group.id ?? undefined,
      package: members[0]?.package,
      processors: setOf(group.processors),
    });
    for (const processor of members) processor.die = made;
    return made;
  });
  const cores = record.cores.map((group) => {
    const members = membersOf(group);
    const made = Object.freeze<Core>({
      id: group.id ?? undefined,
      package: members[0]?.package,
      die: members[0]?.die,
      processors: setOf(group.processors),
    });
    for (const processor of members) processor.core = made;
    return made;
  });
  const nodes = record.nodes.map((node) => {
    const made = Object.freeze<NumaNode>({
      id: node.id,
      processors: setOf(node.processors),
      nearest: setOf(node.nearest),
      memory: node.memory ?? undefined,
      free: node.free ?? undefined,
      allowed: record.allowedNodes.includes(node.id),
    });
    for (const processor of made.processors) {
      byId.get(processor.id)!.node = made;
    }
    return made;
  });
  const caches = record.caches.map((cache) =>
    Object.freeze<Cache>({
      level: cache.level,
      type: cache.type,
      size: cache.size ?? undefined,
      line: cache.line ?? undefined,
      processors: setOf(cache.processors),
    })
  );
  const classes = record.classes.map((ids, rank) => {
    const made = Object.freeze<EfficiencyClass>({
      rank,
      processors: setOf(ids),
    });
    for (const { id } of made.processors) {
      const processor = byId.get(id)!;
      processor.class = rank;
      processor.performance = rank === record.classes.length - 1;
    }
    return made;
  });

  for (const processor of byId.values()) Object.freeze(processor);
  return {
    processors: new ProcessorSet(byId.values()),
    cores: Object.freeze(cores),
    dies: Object.freeze(dies),
    packages: Object.freeze(packages),
    nodes: Object.freeze(nodes),
    caches: Object.freeze(caches),
    classes: Object.freeze(classes),
  };
}

/** Processors that do not know yet where they are. */
function bareProcessors(
  record: MachineRecord,
): Map<number, Writable<Processor>> {
  const online = new Set(record.online);
  const allowed = new Set(record.allowed);
  const isolated = new Set(record.isolated);
  return new Map(record.present.map((id) => [id, {
    id,
    online: online.has(id),
    allowed: allowed.has(id),
    isolated: isolated.has(id),
    core: undefined,
    die: undefined,
    package: undefined,
    node: undefined,
    class: undefined,
    performance: false,
  }]));
}

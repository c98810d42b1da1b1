/**
 * A whole machine, from its files.
 *
 * @module
 */

import type { NumaLibrary } from "../ffi/mod.ts";
import type { MachineFiles } from "./machine_files.ts";
import type { MachineRecord } from "./machine_record.ts";
import { readCaches } from "./read_caches.ts";
import { readCgroupLimits } from "./read_cgroup.ts";
import { readClasses } from "./read_classes.ts";
import { readNodes } from "./read_nodes.ts";
import { readProcessors } from "./read_processors.ts";

/** How a machine's files are read. */
export interface ReadRecordOptions {
  /** Through what they are read, in words. */
  readonly source: string;
  /** What is to be said besides. */
  readonly notes: readonly string[];
  /** The affinity of the thread; default: what `/proc` says of the process. */
  readonly affinity: readonly number[] | undefined;
  /** libnuma, for the machine that the program runs on. */
  readonly numa: NumaLibrary | undefined;
}

/** Reads a machine; `undefined` where the files do not tell of any processor. */
export function readRecord(
  files: MachineFiles,
  options: ReadRecordOptions,
): MachineRecord | undefined {
  const processors = readProcessors(files);
  if (processors === undefined) return undefined;
  const { cores, online } = processors;
  const limits = readCgroupLimits(files);
  const { nodes, distances, notes } = readNodes(files, online, options.numa);
  const memories = limits.nodes ?? readStatus(files, "Mems_allowed_list");
  const affinity = options.affinity ?? readStatus(files, "Cpus_allowed_list");
  const sets = [affinity, limits.processors]
    .filter((ids) => ids !== undefined).map((ids) => new Set(ids));
  return {
    ...processors,
    source: options.source,
    notes: [...options.notes, ...notes],
    allowed: online.filter((id) => sets.every((set) => set.has(id))),
    nodes,
    allowedNodes: nodes.map((node) => node.id)
      .filter((id) => memories?.includes(id) ?? true),
    caches: readCaches(files, online, cores),
    distances,
    quota: limits.quota,
    classes: readClasses(files, online),
  };
}

/** A list of the thread's status. That of processors counts offline ones too. */
function readStatus(
  files: MachineFiles,
  name: string,
): readonly number[] | undefined {
  for (const folder of ["thread-self", "self"]) {
    const text = files.text(`/proc/${folder}/status`) ?? "";
    const match = new RegExp(`^${name}:\\s*(\\S*)$`, "m").exec(text);
    if (match !== null) return files.parse(match[1]!);
  }
  return undefined;
}

/**
 * Efficiency classes of hybrid machines.
 *
 * @module
 */

import type { MachineFiles } from "./machine_files.ts";
import { CPU_FOLDER } from "./read_processors.ts";

/** Intel's kinds of core, the slowest first. */
const INTEL_FOLDERS = ["cpu_lowpower", "cpu_atom", "cpu_core"];

/**
 * What tells classes apart on other machines, in order of trust. The maximal
 * frequency is not among them: on many machines it differs between equal
 * cores.
 */
const MEASURES = ["cpu_capacity", "cpufreq/base_frequency"];

/** The classes of the online processors, the slowest first; one class where all are alike. */
export function readClasses(
  files: MachineFiles,
  online: readonly number[],
): number[][] {
  return intelClasses(files, online) ??
    MEASURES.map((name) => measuredClasses(files, online, name))
      .find((classes) => classes !== undefined) ??
    [[...online]];
}

function intelClasses(
  files: MachineFiles,
  online: readonly number[],
): number[][] | undefined {
  const classes = INTEL_FOLDERS
    .map((folder) => files.list(`/sys/devices/${folder}/cpus`) ?? [])
    .map((ids) => ids.filter((id) => online.includes(id)))
    .filter((ids) => ids.length > 0);
  const members = classes.reduce((sum, ids) => sum + ids.length, 0);
  return classes.length > 1 && members === online.length ? classes : undefined;
}

/** Classes by a number that each processor has; `undefined` where it does not differ. */
function measuredClasses(
  files: MachineFiles,
  online: readonly number[],
  name: string,
): number[][] | undefined {
  const values = new Map<number, number>();
  for (const id of online) {
    const value = files.integer(`${CPU_FOLDER}/cpu${id}/${name}`);
    if (value === undefined) return undefined;
    values.set(id, value);
  }
  const groups = Map.groupBy(online, (id) => values.get(id)!);
  if (groups.size < 2) return undefined;
  return [...groups].sort(([a], [b]) => a - b).map(([, ids]) => ids);
}

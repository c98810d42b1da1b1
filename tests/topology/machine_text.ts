/** Machines written down as paths and texts, for the readers of `/sys` and `/proc`. */

import { MachineFiles } from "../../topology/machine_files.ts";

/** The files of a machine, by path. */
export type MachineText = Readonly<Record<string, string>>;

export const CPU = "/sys/devices/system/cpu";
export const NODE = "/sys/devices/system/node";

/** A machine that has these files and no others. */
export function filesOf(text: MachineText): MachineFiles {
  return new MachineFiles((path) => text[path], (folder) => {
    const inside = Object.keys(text).filter((path) =>
      path.startsWith(`${folder}/`)
    );
    return inside.map((path) => path.slice(folder.length + 1).split("/")[0]!);
  });
}

/** One processor's place, as a current kernel writes it. */
export function place(
  id: number,
  where: { core: number; package: number; die?: number; threads: string },
): MachineText {
  const folder = `${CPU}/cpu${id}/topology`;
  return {
    [`${folder}/core_id`]: `${where.core}\n`,
    [`${folder}/physical_package_id`]: `${where.package}\n`,
    [`${folder}/die_id`]: `${where.die ?? -1}\n`,
    [`${folder}/core_cpus_list`]: `${where.threads}\n`,
  };
}

/** One cache of one processor. */
export function cache(
  id: number,
  index: number,
  what: {
    level: number;
    type: string;
    size?: string;
    shared?: string;
    map?: string;
  },
): MachineText {
  const folder = `${CPU}/cpu${id}/cache/index${index}`;
  return {
    [`${folder}/level`]: `${what.level}\n`,
    [`${folder}/type`]: `${what.type}\n`,
    [`${folder}/coherency_line_size`]: "64\n",
    ...what.size === undefined ? {} : { [`${folder}/size`]: `${what.size}\n` },
    ...what.shared === undefined
      ? {}
      : { [`${folder}/shared_cpu_list`]: `${what.shared}\n` },
    ...what.map === undefined
      ? {}
      : { [`${folder}/shared_cpu_map`]: `${what.map}\n` },
  };
}

/** One NUMA node. */
export function node(
  id: number,
  what: { cpus: string; kilobytes: number; distance: string },
): MachineText {
  const folder = `${NODE}/node${id}`;
  return {
    [`${folder}/cpulist`]: `${what.cpus}\n`,
    [`${folder}/cpumap`]: "0\n",
    [`${folder}/distance`]: `${what.distance}\n`,
    [`${folder}/meminfo`]:
      `Node ${id} MemTotal:  ${what.kilobytes} kB\nNode ${id} MemFree:  7 kB\n`,
  };
}

/**
 * What the control group of the process limits: processors, their time, and
 * the NUMA nodes whose memory it may use.
 *
 * @see {@link https://docs.kernel.org/admin-guide/cgroup-v2.html}
 * @see {@link https://docs.kernel.org/admin-guide/cgroup-v1/cpusets.html}
 *
 * @module
 */

import { type CgroupFolder, cgroupFolders } from "./cgroup_folders.ts";
import type { MachineFiles } from "./machine_files.ts";

/** Limits of a control group. */
export interface CgroupLimits {
  /** The processors that the group may use, where it is limited to some. */
  readonly processors: readonly number[] | undefined;
  /** The NUMA nodes whose memory the group may use, where it is limited to some. */
  readonly nodes: readonly number[] | undefined;
  /** How many processors' worth of time the group may use, where limited. */
  readonly quota: number | null;
}

/**
 * What the set of `cpus` or `mems` is called. Version 2 writes the effective
 * set; version 1 does so in newer kernels only, without prefix in older ones.
 */
function namesOf(what: "cpus" | "mems"): readonly string[] {
  return [
    `cpuset.${what}.effective`,
    `cpuset.effective_${what}`,
    `effective_${what}`,
    `cpuset.${what}`,
    what,
  ];
}

/** Reads the limits; the tightest quota of the group and all groups around it counts. */
export function readCgroupLimits(files: MachineFiles): CgroupLimits {
  const folders = cgroupFolders(files);
  const quotas = folders.flatMap((folder) =>
    folder.controllers.has("cpu")
      ? folder.path.map((path) => readQuota(files, path))
      : []
  ).filter((quota) => quota !== undefined);
  const cpusets = folders.filter(({ controllers }) =>
    controllers.has("cpuset")
  );
  const setOf = (what: "cpus" | "mems"): readonly number[] | undefined =>
    cpusets.map((folder) => readCpuset(files, folder, namesOf(what)))
      .find((ids) => ids !== undefined);
  return {
    processors: setOf("cpus"),
    nodes: setOf("mems"),
    quota: quotas.length === 0 ? null : Math.min(...quotas),
  };
}

/** The set of the group, or of the closest group around it that shows one. */
function readCpuset(
  files: MachineFiles,
  folder: CgroupFolder,
  names: readonly string[],
): readonly number[] | undefined {
  for (const path of folder.path) {
    for (const name of names) {
      const ids = files.list(`${path}/${name}`);
      if (ids !== undefined && ids.length > 0) return ids;
    }
  }
  return undefined;
}

function readQuota(files: MachineFiles, path: string): number | undefined {
  const [limit, length] = (files.text(`${path}/cpu.max`) ?? "").split(/\s+/);
  const quota = limit === "" ? files.text(`${path}/cpu.cfs_quota_us`) : limit;
  const period = limit === ""
    ? files.text(`${path}/cpu.cfs_period_us`)
    : length;
  const value = Number(quota) / Number(period ?? 100_000);
  // "max" and -1 mean that there is no limit.
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

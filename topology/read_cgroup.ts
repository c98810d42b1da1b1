/**
 * What the control group of the process limits: processors and their time.
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
  /** How many processors' worth of time the group may use, where limited. */
  readonly quota: number | null;
}

/** Version 2 writes the effective set; version 1 does so in newer kernels only, without prefix in older ones. */
const CPUSET_FILES = [
  "cpuset.cpus.effective",
  "cpuset.effective_cpus",
  "effective_cpus",
  "cpuset.cpus",
  "cpus",
];

/** Reads the limits; the tightest quota of the group and all groups around it counts. */
export function readCgroupLimits(files: MachineFiles): CgroupLimits {
  const folders = cgroupFolders(files);
  const quotas = folders.flatMap((folder) =>
    folder.controllers.has("cpu")
      ? folder.path.map((path) => readQuota(files, path))
      : []
  ).filter((quota) => quota !== undefined);
  return {
    processors: folders.filter((folder) => folder.controllers.has("cpuset"))
      .map((folder) => readCpuset(files, folder))
      .find((ids) => ids !== undefined),
    quota: quotas.length === 0 ? null : Math.min(...quotas),
  };
}

/** The set of the group, or of the closest group around it that shows one. */
function readCpuset(
  files: MachineFiles,
  folder: CgroupFolder,
): number[] | undefined {
  for (const path of folder.path) {
    for (const name of CPUSET_FILES) {
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

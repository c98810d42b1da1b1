/**
 * Where the control groups of the process are.
 *
 * @module
 */

import type { MachineFiles } from "./machine_files.ts";

/** The control group of the process in one hierarchy. */
export interface CgroupFolder {
  /** What the hierarchy controls, as in `cpuset`. */
  readonly controllers: ReadonlySet<string>;
  /** The folder of the group, then of the group around it, and so on up to the mount. */
  readonly path: readonly string[];
}

/** A mounted hierarchy. */
interface CgroupMount {
  readonly version: 1 | 2;
  /** The group that is mounted. */
  readonly root: string;
  /** Where it is mounted. */
  readonly folder: string;
  /** The options, which name the controllers in version 1. */
  readonly options: readonly string[];
}

/** The control groups of the process in all hierarchies that are mounted. */
export function cgroupFolders(files: MachineFiles): CgroupFolder[] {
  const groups = readGroups(files);
  return readMounts(files).flatMap((mount) => {
    const group = groups.find((each) =>
      mount.version === 2
        ? each.controllers.length === 0
        : each.controllers.some((name) => mount.options.includes(name))
    );
    if (group === undefined) return [];
    const controllers = mount.version === 2 ? ["cpu", "cpuset"] : mount.options;
    return [{
      controllers: new Set(controllers),
      path: foldersUpward(mount, group.path),
    }];
  });
}

/** `/proc/self/cgroup`: `4:cpu,cpuacct:/path`, or `0::/path` for version 2. */
function readGroups(
  files: MachineFiles,
): { controllers: readonly string[]; path: string }[] {
  const groups = files.lines("/proc/self/cgroup").flatMap((line) => {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) return [];
    const names = match[1]!.split(",").filter((name) => name !== "");
    return [{ controllers: names, path: match[2]! }];
  });
  const cpuset = files.text("/proc/self/cpuset");
  if (cpuset === undefined) return groups;
  // Kernels without control groups have cpusets still, and recordings may lack
  // the list of groups.
  const { length } = groups;
  if (groups.some(({ controllers }) => controllers.includes("cpuset"))) {
    return groups;
  }
  groups.push({ controllers: ["cpuset"], path: cpuset });
  if (length === 0) groups.push({ controllers: [], path: cpuset });
  return groups;
}

function readMounts(files: MachineFiles): CgroupMount[] {
  const mounts = files.lines("/proc/self/mountinfo").flatMap((line) => {
    // 35 24 0:30 /root /folder rw,relatime shared:9 - cgroup2 cgroup2 rw
    const [place = "", kind = ""] = line.split(" - ");
    const [, , , root, folder] = place.split(" ");
    const [type, , options] = kind.split(" ");
    return mountOf(type, root, folder, options);
  });
  if (mounts.length > 0) return mounts;
  return files.lines("/proc/mounts").flatMap((line) => {
    // cgroup2 /folder cgroup2 rw,relatime 0 0
    const [, folder, type, options] = line.split(" ");
    return mountOf(type, "/", folder, options);
  });
}

function mountOf(
  type: string | undefined,
  root: string | undefined,
  folder: string | undefined,
  options = "",
): CgroupMount[] {
  if (root === undefined || folder === undefined) return [];
  const place = { root: unescaped(root), folder: unescaped(folder) };
  if (type === "cgroup2") return [{ version: 2, ...place, options: [] }];
  if (type === "cpuset") {
    return [{ version: 1, ...place, options: ["cpuset"] }];
  }
  if (type !== "cgroup") return [];
  return [{ version: 1, ...place, options: options.split(",") }];
}

/** The kernel writes a blank in a path as `\040`. */
function unescaped(path: string): string {
  return path.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function foldersUpward(mount: CgroupMount, group: string): string[] {
  const names = within(mount.root, group).split("/").filter((each) => each);
  const base = mount.folder === "/" ? "" : mount.folder;
  const folders = [base];
  for (const name of names) folders.unshift(`${folders[0]}/${name}`);
  return folders;
}

/** A group's path below the mounted one; the mounted one itself where it lies elsewhere, as in containers. */
function within(root: string, group: string): string {
  if (group.includes("/..")) return "/";
  if (root === "/") return group;
  return group.startsWith(`${root}/`) ? group.slice(root.length) : "/";
}

import { assertEquals } from "@std/assert";
import { readCgroupLimits } from "../../topology/read_cgroup.ts";
import { filesOf, type MachineText } from "./machine_text.ts";

const CGROUP = "/sys/fs/cgroup";
const V2_MOUNT =
  `35 24 0:30 / ${CGROUP} rw,nosuid shared:9 - cgroup2 cgroup2 rw\n`;

function limitsOf(text: MachineText): [readonly number[] | undefined, unknown] {
  const { processors, quota } = readCgroupLimits(filesOf(text));
  return [processors, quota];
}

Deno.test("readCgroupLimits() reads version 2 in a namespace", () => {
  assertEquals(
    limitsOf({
      "/proc/self/mountinfo": V2_MOUNT,
      "/proc/self/cgroup": "0::/\n",
      [`${CGROUP}/cpu.max`]: "250000 100000\n",
      [`${CGROUP}/cpuset.cpus.effective`]: "2-5\n",
    }),
    [[2, 3, 4, 5], 2.5],
  );
});

Deno.test("readCgroupLimits() takes the tightest quota around the group", () => {
  assertEquals(
    limitsOf({
      "/proc/self/mountinfo": V2_MOUNT,
      "/proc/self/cgroup": "0::/a/b\n",
      [`${CGROUP}/a/b/cpu.max`]: "max 100000",
      [`${CGROUP}/a/cpu.max`]: "150000 100000",
      [`${CGROUP}/cpu.max`]: "400000 100000",
      [`${CGROUP}/a/cpuset.cpus.effective`]: "0-1",
      [`${CGROUP}/cpuset.cpus.effective`]: "0-7",
    }),
    [[0, 1], 1.5],
  );
});

Deno.test("readCgroupLimits() reads version 1, each controller in its place", () => {
  assertEquals(
    limitsOf({
      "/proc/self/mountinfo": [
        `26 25 0:23 / ${CGROUP}/unified rw - cgroup2 cgroup2 rw`,
        `28 25 0:25 / ${CGROUP}/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct`,
        `29 25 0:26 / ${CGROUP}/cpuset rw - cgroup cgroup rw,cpuset`,
      ].join("\n"),
      "/proc/self/cgroup":
        "12:cpuset:/docker/xyz\n7:cpu,cpuacct:/docker/xyz\n0::/system.slice\n",
      [`${CGROUP}/cpu,cpuacct/docker/xyz/cpu.cfs_quota_us`]: "-1",
      [`${CGROUP}/cpu,cpuacct/docker/xyz/cpu.cfs_period_us`]: "100000",
      [`${CGROUP}/cpu,cpuacct/docker/cpu.cfs_quota_us`]: "300000",
      [`${CGROUP}/cpu,cpuacct/docker/cpu.cfs_period_us`]: "100000",
      [`${CGROUP}/cpuset/docker/xyz/cpuset.cpus`]: "0-2,5",
    }),
    [[0, 1, 2, 5], 3],
  );
});

Deno.test("readCgroupLimits() follows the mounted group, as in a container", () => {
  assertEquals(
    limitsOf({
      "/proc/self/mountinfo":
        `28 25 0:25 /docker/xyz ${CGROUP}/cpu rw - cgroup cgroup rw,cpu\n`,
      "/proc/self/cgroup": "7:cpu:/docker/xyz/inner\n",
      [`${CGROUP}/cpu/inner/cpu.cfs_quota_us`]: "50000",
      [`${CGROUP}/cpu/inner/cpu.cfs_period_us`]: "100000",
    }),
    [undefined, 0.5],
  );
});

Deno.test("readCgroupLimits() reads cpusets without control groups and without prefix", () => {
  assertEquals(
    limitsOf({
      "/proc/mounts": "none /dev/cpuset cpuset rw 0 0\n",
      "/proc/self/cpuset": "/dummy\n",
      "/dev/cpuset/dummy/cpus": "0-6,12-15",
    }),
    [[0, 1, 2, 3, 4, 5, 6, 12, 13, 14, 15], null],
  );
});

Deno.test("readCgroupLimits() reads blanks in paths", () => {
  assertEquals(
    limitsOf({
      "/proc/self/mountinfo":
        "35 24 0:30 / /my\\040groups rw - cgroup2 cgroup2 rw\n",
      "/proc/self/cgroup": "0::/\n",
      "/my groups/cpu.max": "100000 50000",
    }),
    [undefined, 2],
  );
});

Deno.test("readCgroupLimits() finds no limits where there are none", () => {
  assertEquals(limitsOf({}), [undefined, null]);
  assertEquals(
    limitsOf({
      "/proc/self/mountinfo": V2_MOUNT,
      "/proc/self/cgroup": "0::/../other\n",
      [`${CGROUP}/cpu.max`]: "max 100000",
      [`${CGROUP}/cpuset.cpus.effective`]: "\n",
    }),
    [undefined, null],
  );
});

Deno.test("readCgroupLimits() reads the nodes whose memory the group may use", () => {
  const nodesOf = (text: MachineText) => readCgroupLimits(filesOf(text)).nodes;
  assertEquals(
    nodesOf({
      "/proc/self/mountinfo": V2_MOUNT,
      "/proc/self/cgroup": "0::/a/b\n",
      [`${CGROUP}/a/cpuset.mems.effective`]: "1",
      [`${CGROUP}/cpuset.mems.effective`]: "0-3",
    }),
    [1],
  );
  assertEquals(
    nodesOf({
      "/proc/mounts": "none /dev/cpuset cgroup rw,cpuset,noprefix 0 0\n",
      "/proc/self/cpuset": "/job\n",
      "/proc/self/cgroup": "1:name=systemd:/\n",
      "/dev/cpuset/job/mems": "0,2",
    }),
    [0, 2],
  );
  assertEquals(nodesOf({}), undefined);
});

/**
 * The machines that QEMU plays.
 *
 * @module
 */

/** A machine, and the limits under which programs run in it. */
export interface Machine {
  /** What it is called. */
  readonly name: string;
  /** What is special about it. */
  readonly text: string;
  /** `-smp`: processors, and how they are grouped. */
  readonly smp: string;
  /** The nodes, by id: their processors as a list, if they have any, and their memory in MiB. */
  readonly nodes: readonly MachineNode[];
  /** Rows of distances, from each node to each. */
  readonly distances?: readonly (readonly number[])[];
  /** More arguments for the kernel. */
  readonly kernel?: string;
  /** Processors that are taken offline, as a list. */
  readonly offline?: string;
  /** The control group that programs run in. */
  readonly group?: ControlGroup;
  /** Whether the tests that load the whole library run there, too. */
  readonly thorough?: boolean;
}

/** A node of a machine. */
export interface MachineNode {
  /** Its processors as ranges, as in `["0-1", "4"]`. */
  readonly processors: readonly string[];
  /** Its memory in MiB. */
  readonly memory: number;
}

/** Limits of a control group. */
export interface ControlGroup {
  /** Which version of control groups. */
  readonly version: 1 | 2;
  /** Processors, as a list. */
  readonly processors?: string;
  /** Nodes whose memory may be used, as a list. */
  readonly nodes?: string;
  /** Quota and period in microseconds, as in `"150000 100000"`. */
  readonly quota?: string;
}

const FOUR_NODES: readonly MachineNode[] = [
  { processors: ["0-1"], memory: 512 },
  { processors: ["2-3"], memory: 512 },
  { processors: ["4-5"], memory: 512 },
  { processors: ["6-7"], memory: 512 },
];

const TWO_BY_TWO = {
  smp: "8,sockets=2,cores=2,threads=2",
  nodes: FOUR_NODES,
  distances: [
    [10, 12, 21, 21],
    [12, 10, 21, 21],
    [21, 21, 10, 12],
    [21, 21, 12, 10],
  ],
} as const;

/** All machines. */
export const MACHINES: readonly Machine[] = [
  {
    name: "two-sockets",
    text: "two sockets with a node each",
    smp: "4,sockets=2,cores=2,threads=1",
    nodes: [
      { processors: ["0", "2"], memory: 512 },
      { processors: ["1", "3"], memory: 512 },
    ],
    distances: [[10, 21], [21, 10]],
  },
  {
    name: "smt",
    text: "two sockets with two nodes each, two processors on each core",
    ...TWO_BY_TWO,
  },
  {
    name: "asymmetric",
    text: "four nodes and a memory-only one, asymmetric distances",
    smp: "8,sockets=2,cores=2,threads=2",
    nodes: [...FOUR_NODES, { processors: [], memory: 256 }],
    distances: [
      [10, 18, 21, 24, 30],
      [19, 10, 18, 21, 17],
      [22, 19, 10, 18, 40],
      [25, 22, 19, 10, 50],
      [31, 18, 42, 53, 10],
    ],
    thorough: true,
  },
  {
    name: "memoryless",
    text: "three nodes, one of them without memory",
    smp: "6,sockets=3,cores=2,threads=1",
    nodes: [
      { processors: ["0-1"], memory: 512 },
      { processors: ["2-3"], memory: 0 },
      { processors: ["4-5"], memory: 512 },
    ],
    distances: [[10, 20, 30], [20, 10, 16], [30, 16, 10]],
  },
  {
    name: "offline",
    text: "two nodes, three of eight processors offline",
    smp: "8,sockets=2,cores=2,threads=2",
    nodes: [
      { processors: ["0-3"], memory: 512 },
      { processors: ["4-7"], memory: 512 },
    ],
    distances: [[10, 20], [20, 10]],
    offline: "1,6-7",
  },
  {
    name: "cpuset",
    text: "a cpuset of two nodes and a quota of 1.5 processors",
    ...TWO_BY_TWO,
    group: {
      version: 2,
      processors: "2-4",
      nodes: "1",
      quota: "150000 100000",
    },
  },
  {
    name: "cpuset-v1",
    text: "the same with control groups of version 1",
    ...TWO_BY_TWO,
    group: {
      version: 1,
      processors: "2-4",
      nodes: "1",
      quota: "150000 100000",
    },
  },
  {
    name: "no-numa",
    text: "a kernel without NUMA",
    smp: "4,sockets=2,cores=2,threads=1",
    nodes: [
      { processors: ["0-1"], memory: 512 },
      { processors: ["2-3"], memory: 512 },
    ],
    kernel: "numa=off",
  },
];

/** QEMU's arguments for the hardware of a machine. */
export function hardwareArguments(machine: Machine): string[] {
  const { distances = [], nodes, smp } = machine;
  const memory = nodes.reduce((sum, each) => sum + each.memory, 0);
  const args = ["-machine", "q35", "-smp", smp, "-m", `${memory}M`];
  nodes.forEach(({ memory, processors }, id) => {
    const parts = [
      `node,nodeid=${id}`,
      ...(memory === 0 ? [] : [`memdev=m${id}`]),
      ...processors.map((range) => `cpus=${range}`),
    ];
    if (memory > 0) {
      args.push("-object", `memory-backend-ram,id=m${id},size=${memory}M`);
    }
    args.push("-numa", parts.join());
  });
  distances.forEach((row, from) =>
    row.forEach((distance, to) => {
      if (from === to) return;
      args.push("-numa", `dist,src=${from},dst=${to},val=${distance}`);
    })
  );
  return args;
}

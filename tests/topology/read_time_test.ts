import { assert, assertEquals } from "@std/assert";
import { cpuUsage } from "node:process";
import { readTopology, Topology } from "../../topology/mod.ts";
import { MachineFiles } from "../../topology/machine_files.ts";
import {
  readRecord,
  type ReadRecordOptions,
} from "../../topology/read_record.ts";
import { dirname } from "node:path";
import {
  cache,
  CPU,
  type MachineText,
  NODE,
  node,
  place,
} from "./machine_text.ts";

/** Nothing but what the files tell. */
const NOTHING_ELSE: ReadRecordOptions = {
  source: "",
  notes: [],
  affinity: undefined,
  numa: undefined,
};

/** A machine with two processors on each core, an L3 for 16 and a node for 64. */
function machineOf(processors: number): MachineText {
  const list = (size: number, id: number): string => {
    const first = id - id % size;
    return `${first}-${first + size - 1}`;
  };
  const nodes = processors / 64;
  const caches = [
    { level: 1, type: "Data", size: "32K", sharers: 2 },
    { level: 1, type: "Instruction", size: "32K", sharers: 2 },
    { level: 2, type: "Unified", size: "1024K", sharers: 2 },
    { level: 3, type: "Unified", size: "32768K", sharers: 16 },
  ];
  const all = Array.from({ length: processors }, (_, id) => id);
  return Object.assign(
    {
      [`${CPU}/present`]: `0-${processors - 1}\n`,
      [`${CPU}/online`]: `0-${processors - 1}\n`,
      [`${NODE}/online`]: `0-${nodes - 1}\n`,
    },
    ...all.map((id) =>
      place(id, { core: id >> 1, package: id >> 7, threads: list(2, id) })
    ),
    ...all.flatMap((id) =>
      caches.map(({ level, sharers, size, type }, index) =>
        cache(id, index, { level, type, size, shared: list(sharers, id) })
      )
    ),
    ...all.slice(0, nodes).map((id) =>
      node(id, {
        cpus: list(64, id * 64),
        kilobytes: 2 ** 26,
        distance: all.slice(0, nodes).map((to) => to === id ? 10 : 20).join(
          " ",
        ),
      })
    ),
  ) as MachineText;
}

function assertRead(machine: Topology, processors: number): void {
  assertEquals(machine.online.size, processors);
  assertEquals(machine.cores.length, processors / 2);
  assertEquals(machine.caches.length, processors / 2 * 3 + processors / 16);
  assertEquals(machine.nodes.length, processors / 64);
}

/** Writes a machine into a folder. */
function record(machine: MachineText, root: string): void {
  for (
    const folder of new Set(Object.keys(machine).map((path) => dirname(path)))
  ) {
    Deno.mkdirSync(root + folder, { recursive: true });
  }
  for (const [path, content] of Object.entries(machine)) {
    Deno.writeTextFileSync(root + path, content);
  }
}

/**
 * The shortest of some runs, in milliseconds. Others may need the processors,
 * too: then the time that the process itself took is less than what passed.
 */
function shortest(limit: number, run: () => void): number {
  let least = Infinity;
  for (let turn = 0; turn < 30 && least >= limit; turn++) {
    const start = performance.now();
    const before = cpuUsage();
    run();
    const { system, user } = cpuUsage(before);
    const passed = performance.now() - start;
    least = Math.min(least, passed, (system + user) / 1000);
  }
  return least;
}

Deno.test("readTopology() reads a machine of 256 processors in less than 50 ms", () => {
  const root = Deno.makeTempDirSync();
  try {
    record(machineOf(256), root);
    let machine: Topology | undefined;
    const time = shortest(50, () => machine = readTopology({ root }));
    assertRead(machine!, 256);
    assert(time < 50, `${time} ms`);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

// To write so many files takes longer than all other tests of this folder.
Deno.test("readRecord() makes 1536 processors of texts in less than 300 ms", () => {
  const text = machineOf(1536);
  let machine: Topology | undefined;
  const time = shortest(300, () => {
    const files = new MachineFiles((path) => text[path]);
    machine = new Topology(readRecord(files, NOTHING_ELSE)!);
  });
  assertRead(machine!, 1536);
  assert(time < 300, `${time} ms`);
});

Deno.test("readRecord() reads what is the same all over a core once", () => {
  const text = machineOf(256);
  let reads = 0;
  const files = new MachineFiles((path) => {
    reads++;
    return text[path];
  });
  readRecord(files, NOTHING_ELSE);
  // For each core: two core ids, three more files of its place, its four caches
  // and the absent fifth, the first one of its other processor, and three sizes.
  assert(reads / 128 < 2 + 3 + 5 + 1 + 3 + 1, `${reads} files`);
});

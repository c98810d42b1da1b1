import { assert, assertEquals } from "@std/assert";
import { Topology } from "../../topology/mod.ts";
import { MachineFiles } from "../../topology/machine_files.ts";
import {
  readRecord,
  type ReadRecordOptions,
} from "../../topology/read_record.ts";
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

Deno.test("readRecord() reads what is the same all over a core once", () => {
  const text = machineOf(256);
  let reads = 0;
  const files = new MachineFiles((path) => {
    reads++;
    return text[path];
  });
  assertRead(new Topology(readRecord(files, NOTHING_ELSE)!), 256);
  // For each core: two core ids, three more files of its place, its four caches
  // and the absent fifth, the first one of its other processor, and three sizes.
  assert(reads / 128 < 2 + 3 + 5 + 1 + 3 + 1, `${reads} files`);
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { readTopology } from "../../topology/mod.ts";
import {
  cache,
  CPU,
  type MachineText,
  NODE,
  node,
  place,
} from "./machine_text.ts";

const MACHINE: MachineText = {
  [`${CPU}/present`]: "0-3,8\n",
  [`${CPU}/online`]: "0-2,8\n",
  ...place(0, { core: 0, package: 0, threads: "0,8" }),
  ...place(1, { core: 1, package: 0, threads: "1" }),
  ...place(2, { core: 0, package: 1, threads: "2" }),
  ...place(8, { core: 0, package: 0, threads: "0,8" }),
  ...cache(0, 0, { level: 3, type: "Unified", size: "8M", shared: "0-1,8" }),
  [`${NODE}/online`]: "0,2\n",
  ...node(0, { cpus: "0-1,8", kilobytes: 1024, distance: "10 21" }),
  ...node(2, { cpus: "2", kilobytes: 2048, distance: "21 10" }),
  "/proc/self/status": "Name:\tdeno\nCpus_allowed_list:\t0-1,3,8\n",
  "/proc/self/cgroup": "0::/\n",
  "/proc/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n",
  "/sys/fs/cgroup/cpu.max": "50000 100000\n",
  "/sys/fs/cgroup/cpuset.cpus.effective": "0-2,8\n",
};

/** Records a machine in a folder that lives as long as `use` runs. */
function withRecording(text: MachineText, use: (root: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const [path, content] of Object.entries(text)) {
      Deno.mkdirSync(dirname(root + path), { recursive: true });
      Deno.writeTextFileSync(root + path, content);
    }
    use(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

Deno.test("readTopology() reads a whole machine from a folder", () => {
  withRecording(MACHINE, (root) => {
    const machine = readTopology({ root });
    assertEquals(`${machine.processors}`, "0-3,8");
    assertEquals(`${machine.online}`, "0-2,8");
    assertEquals(`${machine.allowed}`, "0-1,8");
    assertEquals(machine.quota, 0.5);
    assertEquals(machine.cores.map((core) => `${core.processors}`), [
      "0,8",
      "1",
      "2",
    ]);
    assertEquals(machine.distance(0, 2), 21);
    assertEquals(machine.caches.map((each) => `${each.processors}`), ["0-1,8"]);
    assert(machine.source.includes(root));
  });
});

Deno.test("readTopology() takes a URL, and a slash at the end", () => {
  withRecording(MACHINE, (root) => {
    assertEquals(
      readTopology({ root: pathToFileURL(`${root}/`) }).toJSON(),
      readTopology({ root }).toJSON(),
    );
  });
});

Deno.test("readTopology() does not ask the machine that it runs on", () => {
  const bare = { [`${CPU}/present`]: "5,9", [`${CPU}/online`]: "5,9" };
  withRecording(bare, (root) => {
    const machine = readTopology({ root });
    assertEquals(`${machine.allowed}`, "5,9");
    assertEquals(machine.cores, []);
    assertEquals(machine.nodes.map((each) => each.memory), [undefined]);
  });
});

Deno.test("readTopology() looks into the folders where no list names processors and nodes", () => {
  const old = {
    ...place(0, { core: 0, package: 0, threads: "0" }),
    ...place(90, { core: 1, package: 0, threads: "90" }),
    [`${NODE}/node255/cpumap`]: "4000000,00000000,00000001\n",
  };
  withRecording(old, (root) => {
    const machine = readTopology({ root });
    assertEquals(`${machine.online}`, "0,90");
    assertEquals(machine.nodes.map((each) => each.id), [255]);
    assertEquals(`${machine.nodes[0]!.processors}`, "0,90");
  });
});

Deno.test("readTopology() reads which memory may be used, and what is isolated", () => {
  const limited = {
    ...MACHINE,
    "/proc/self/status": "Mems_allowed_list:\t2\n",
    [`${CPU}/isolated`]: "8\n",
  };
  withRecording(limited, (root) => {
    const machine = readTopology({ root });
    assertEquals(machine.nodes.map((each) => each.allowed), [false, true]);
    assertEquals(`${machine.isolated}`, "8");
    const { allowedNodes, isolated } = machine.toJSON();
    assertEquals([allowedNodes, isolated], ["2", "8"]);
  });
});

Deno.test("readTopology() refuses a folder without a machine", () => {
  withRecording({}, (root) => {
    assertThrows(() => readTopology({ root }), Error);
    assertThrows(() => readTopology({ root: `${root}/absent` }), Error);
  });
});

Deno.test({
  name: "readTopology() names the flag that it needs, and does not ask for it",
  permissions: { read: false },
  fn() {
    const error = assertThrows(() => readTopology({ root: "/x" }), Error);
    assert(error.message.includes("--allow-read=/x"));
  },
});

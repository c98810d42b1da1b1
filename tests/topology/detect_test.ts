import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { fallbackPlatform, platform } from "../../ffi/mod.ts";
import { detectMachine } from "../../topology/detect.ts";
import { CPU, filesOf, NODE, node } from "./machine_text.ts";
import {
  allowedProcessors,
  pinThread,
  Topology,
  topology,
} from "../../topology/mod.ts";

const libc = platform().affinity() !== undefined;
const linux = Deno.build.os === "linux";
const all = (["read", "write", "net", "env", "sys", "run", "ffi"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

Deno.test("topology() is read once, and again when it is refreshed", () => {
  const first = topology();
  assertStrictEquals(topology(), first);
  const second = topology({ refresh: true });
  assertNotStrictEquals(second, first);
  assertStrictEquals(topology(), second);
  assertEquals(second.toJSON().processors, first.toJSON().processors);
});

Deno.test("topology() agrees with itself", () => {
  const machine = topology();
  assert(machine.allowed.size >= 1);
  assert(machine.nodes.length >= 1);
  assertEquals(machine.allowed.except(machine.online).size, 0);
  assertEquals(machine.online.except(machine.processors).size, 0);
  for (const group of [...machine.cores, ...machine.packages]) {
    assert(group.processors.size >= 1);
  }
  for (const processor of machine.online) {
    assert(processor.class !== undefined);
    assert(processor.core?.processors.has(processor) ?? true);
    assert(processor.node?.processors.has(processor) ?? true);
  }
});

Deno.test({
  name: "topology() allows what this thread's affinity allows (needs libc)",
  ignore: !libc,
  fn() {
    const ids = allowedProcessors()!;
    assertEquals(topology({ refresh: true }).allowed.ids, ids);
  },
});

Deno.test({
  name:
    "topology({ refresh: true }) sees a change, and leaves sets as they were (needs libc)",
  ignore: !libc,
  fn() {
    const before = topology({ refresh: true }).allowed;
    const ids = before.ids;
    try {
      using _pin = pinThread(before.take(1));
      assertEquals(topology({ refresh: true }).allowed.ids, ids.slice(0, 1));
      assertEquals(before.ids, ids);
    } finally {
      assertEquals(topology({ refresh: true }).allowed.ids, ids);
    }
  },
});

Deno.test({
  name:
    "detectMachine() reads the same through Deno as through libc (needs Linux and --allow-all)",
  ignore: !linux || !libc || !all,
  fn() {
    const through = new Topology(detectMachine(fallbackPlatform([])));
    assert(through.source.includes("Deno"));
    const withoutFree = (machine: Topology): unknown => {
      const { nodes, notes: _notes, source: _source, ...rest } = machine
        .toJSON();
      return [rest, nodes.map(({ id, processors }) => [id, processors])];
    };
    const direct = topology({ refresh: true });
    assertEquals(withoutFree(through), withoutFree(direct));
  },
});

Deno.test("detectMachine() finds through libc what is known by its folder only, as the nodes of GPUs", () => {
  const device = "0004:05:00.0";
  const files = filesOf({
    [`${CPU}/present`]: "0-1\n",
    [`${NODE}/online`]: "0-2\n",
    ...node(0, { cpus: "0", kilobytes: 64, distance: "10 20 80" }),
    ...node(1, { cpus: "1", kilobytes: 64, distance: "20 10 80" }),
    ...node(2, { cpus: "", kilobytes: 32, distance: "80 80 10" }),
    [`/proc/driver/nvidia/gpus/${device}/numa_status`]: "Node: 2\n",
    [`/sys/bus/pci/devices/${device}/local_cpus`]: "2\n",
  });
  const { nodes } = detectMachine({
    ...fallbackPlatform([]),
    affinity: () => [0, 1],
    readFile: (path) => files.text(path),
    namesIn: (folder) => files.names(folder),
  });
  assertEquals(nodes[2]!.nearest, [1]);
});

Deno.test({
  name: "detectMachine() counts processors where nothing may be read",
  permissions: "none",
  fn() {
    const machine = new Topology(detectMachine(fallbackPlatform([
      { what: "pinning", why: "it is a test", grant: "--allow-ffi" },
    ])));
    assertEquals(machine.source, "navigator.hardwareConcurrency");
    assertEquals(machine.online.size, navigator.hardwareConcurrency);
    assertEquals(machine.nodes.length, 1);
    assertEquals(machine.quota, undefined);
    assert(machine.notes.some((note) => note.includes("--allow-ffi")));
  },
});

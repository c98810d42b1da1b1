import { assert, assertEquals } from "@std/assert";
import { formatCpuList, parseCpuList, topology } from "../../topology/mod.ts";
import type { Machine } from "../../tools/numa_vm/machines.ts";
import { IN_MACHINE, MACHINE, WHERE } from "./machine.ts";

Deno.test({
  ...IN_MACHINE,
  name:
    `topology() tells which processors there are, run and may be used${WHERE}`,
  fn() {
    const { group, offline = "" } = MACHINE!;
    const machine = topology();
    const all = parseCpuList(`0-${countsOf(MACHINE!).processors - 1}`);
    const online = all.filter((id) => !parseCpuList(offline).includes(id));
    const allowed = group?.processors === undefined
      ? online
      : parseCpuList(group.processors);
    assertEquals(machine.processors.ids, all);
    assertEquals(machine.online.ids, online);
    assertEquals(machine.allowed.ids, allowed);
  },
});

Deno.test({
  ...IN_MACHINE,
  name: `topology() groups processors by package and core${WHERE}`,
  fn() {
    const { cores, online, packages } = topology();
    const counts = countsOf(MACHINE!);
    const grouped = (size: number): string[] =>
      online.ids.length === 0 ? [] : [
        ...Map.groupBy(online.ids, (id) => Math.floor(id / size)).values(),
      ].map(formatCpuList);
    assertEquals(
      packages.map(({ processors }) => `${processors}`),
      grouped(counts.processors / counts.packages),
    );
    assertEquals(
      cores.map(({ processors }) => `${processors}`),
      grouped(counts.threads),
    );
  },
});

Deno.test({
  ...IN_MACHINE,
  name:
    `topology() tells the nodes, their processors, memory and distances${WHERE}`,
  fn() {
    const machine = topology();
    const { kernel, nodes, offline = "" } = MACHINE!;
    const off = parseCpuList(offline);
    const noNuma = kernel === "numa=off";
    const expected = noNuma
      ? [{
        processors: nodes.flatMap(({ processors }) => processors),
        memory: nodes.reduce((sum, { memory }) => sum + memory, 0),
      }]
      : nodes;
    assertEquals(
      machine.nodes.map(({ id, processors }) => [id, processors.ids]),
      expected.map(({ processors }, id) => [
        id,
        parseCpuList(processors.join()).filter((each) => !off.includes(each)),
      ]),
    );
    machine.nodes.forEach(({ free, memory }, index) => {
      // The kernel keeps a part for itself.
      const most = expected[index]!.memory * 1024 ** 2;
      assert(memory! <= most && memory! >= 0.6 * most, `${memory} of ${most}`);
      assert(free! <= memory!);
    });
    const ids = machine.nodes.map(({ id }) => id);
    assertEquals(
      ids.map((from) => ids.map((to) => machine.distance(from, to))),
      noNuma ? [[10]] : MACHINE!.distances!.map((row) => [...row]),
    );
  },
});

Deno.test({
  name:
    "topology() tells who is nearest to a memory-only node (in the machine asymmetric of deno task test:numa)",
  ignore: MACHINE?.name !== "asymmetric",
  fn() {
    const node = topology().node(4)!;
    assertEquals([`${node.processors}`, `${node.nearest}`], ["", "2-3"]);
  },
});

Deno.test({
  ...IN_MACHINE,
  name: `topology() tells the quota${WHERE}`,
  fn() {
    const quota = MACHINE!.group?.quota;
    const [time, period] = quota?.split(" ").map(Number) ?? [];
    assertEquals(
      topology().quota,
      quota === undefined ? undefined : time! / period!,
    );
  },
});

/** How many there are of what: QEMU groups processors with consecutive ids. */
function countsOf(
  machine: Machine,
): { processors: number; packages: number; threads: number } {
  const count = (name: string): number =>
    Number(new RegExp(`${name}=(\\d+)`).exec(machine.smp)![1]);
  return {
    processors: parseInt(machine.smp),
    packages: count("sockets"),
    threads: count("threads"),
  };
}

import { assert, assertEquals } from "@std/assert";
import { parseCpuList } from "../../../topology/mod.ts";
import {
  hardwareArguments,
  MACHINES,
} from "../../../tools/numa_vm/machines.ts";

Deno.test("MACHINES have names of their own, and nodes that hold each processor once", () => {
  const names = MACHINES.map(({ name }) => name);
  assertEquals([...new Set(names)], names);
  for (const { nodes, smp } of MACHINES) {
    const ids = nodes.flatMap(({ processors }) =>
      parseCpuList(processors.join())
    );
    const all = Array.from({ length: parseInt(smp) }, (_, id) => id);
    assertEquals(ids.sort((a, b) => a - b), all);
  }
});

Deno.test("MACHINES have a distance from each node to each, 10 to itself", () => {
  for (const { distances, nodes } of MACHINES) {
    if (distances === undefined) continue;
    assertEquals(distances.length, nodes.length);
    distances.forEach((row, from) => {
      assertEquals(row.length, nodes.length);
      row.forEach((distance, to) =>
        assert((distance === 10) === (from === to))
      );
    });
  }
});

Deno.test("MACHINES have what is hard to read", () => {
  assert(
    MACHINES.some(({ nodes }) => nodes.some(({ memory }) => memory === 0)),
  );
  assert(
    MACHINES.some(({ nodes }) =>
      nodes.some(({ processors }) => processors.length === 0)
    ),
  );
  assert(MACHINES.some(({ smp }) => smp.includes("threads=2")));
  assert(MACHINES.some(({ offline }) => offline !== undefined));
  assert(MACHINES.some(({ kernel }) => kernel === "numa=off"));
  assertEquals(
    MACHINES.flatMap(({ group }) => group === undefined ? [] : [group.version]),
    [2, 1],
  );
  assert(
    MACHINES.some(({ distances }) =>
      distances?.some((row, from) =>
        row.some((distance, to) => distance !== distances[to]![from])
      )
    ),
  );
});

Deno.test("hardwareArguments() gives QEMU nodes, memory and distances", () => {
  const args = hardwareArguments({
    name: "x",
    text: "",
    smp: "2,sockets=2",
    nodes: [
      { processors: ["0"], memory: 256 },
      { processors: ["1"], memory: 0 },
      { processors: [], memory: 128 },
    ],
    distances: [[10, 20, 30], [21, 10, 31], [40, 50, 10]],
  });
  const values = (name: string): string[] =>
    args.flatMap((arg, index) => args[index - 1] === name ? [arg] : []);
  assertEquals(values("-smp"), ["2,sockets=2"]);
  assertEquals(values("-m"), ["384M"]);
  assertEquals(values("-object"), [
    "memory-backend-ram,id=m0,size=256M",
    "memory-backend-ram,id=m2,size=128M",
  ]);
  assertEquals(values("-numa"), [
    "node,nodeid=0,memdev=m0,cpus=0",
    "node,nodeid=1,cpus=1",
    "node,nodeid=2,memdev=m2",
    "dist,src=0,dst=1,val=20",
    "dist,src=0,dst=2,val=30",
    "dist,src=1,dst=0,val=21",
    "dist,src=1,dst=2,val=31",
    "dist,src=2,dst=0,val=40",
    "dist,src=2,dst=1,val=50",
  ]);
});

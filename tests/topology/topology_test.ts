import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Topology } from "../../topology/mod.ts";

const GB = 2 ** 30;

Deno.test("Topology.fake() numbers processors core by core and node by node", () => {
  const machine = Topology.fake({ nodes: [4, 4], smt: 2 });
  assertEquals(machine.processors.size, 16);
  assertEquals(machine.cores.length, 8);
  assertEquals(machine.nodes.map((node) => `${node.processors}`), [
    "0-7",
    "8-15",
  ]);
  assertEquals(`${machine.cores[5]!.processors}`, "10-11");
  assertEquals(machine.packages.length, 2);
});

Deno.test("Topology.fake() takes packages, memory, distances and limits", () => {
  const machine = Topology.fake({
    nodes: [2, 2, 0, 0],
    packages: 2,
    memory: [GB, 0, 2 * GB, 3 * GB],
    distances: [[10, 12, 14, 20], [12, 10, 20, 14], [14, 20, 10, 30], [
      20,
      14,
      30,
      10,
    ]],
    quota: 2.5,
    allowed: "0-2",
    offline: "1",
  });
  assertEquals(machine.packages.map((each) => `${each.processors}`), ["0,2-3"]);
  assertEquals(machine.nodes.map((node) => node.memory), [
    GB,
    0,
    2 * GB,
    3 * GB,
  ]);
  assertEquals(machine.nodes.map((node) => `${node.nearest}`), [
    "0",
    "2-3",
    "0",
    "2-3",
  ]);
  assertEquals(machine.distance(0, 2), 14);
  assertEquals(machine.quota, 2.5);
  assertEquals(`${machine.allowed}`, "0,2");
  assertEquals(`${machine.online}`, "0,2-3");
  assertEquals(`${machine.processors}`, "0-3");
});

Deno.test("Topology.fake() refuses what makes no machine", () => {
  for (
    const options of [
      { nodes: [] },
      { nodes: [0] },
      { nodes: [1], offline: "0" },
      { nodes: [1.5] },
      { nodes: [-1] },
      { smt: 0 },
      { nodes: [1, 1, 1], packages: 2 },
      { nodes: [1, 1], distances: [[10, 20]] },
      { quota: 0 },
      { allowed: "9" },
      { offline: "9" },
      { classes: ["0-9"] },
    ]
  ) {
    assertThrows(() => Topology.fake(options), RangeError);
  }
});

Deno.test("Topology links processors to where they are", () => {
  const machine = Topology.fake({ nodes: [2, 2], smt: 2, offline: "7" });
  const processor = machine.processor(6)!;
  assertEquals(processor.core?.id, 3);
  assertEquals(processor.node, machine.node(1));
  assertEquals(processor.package, machine.packages[1]);
  assertEquals(processor.core?.package, processor.package);
  assertEquals(`${processor.core?.processors}`, "6");
  const off = machine.processor(7)!;
  assertEquals([off.online, off.allowed], [false, false]);
  assertEquals([off.core, off.node, off.class], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(machine.processor(8), undefined);
  assertEquals(machine.node(2), undefined);
});

Deno.test("Topology is drawn on a console", () => {
  const machine = Topology.fake();
  assertEquals(Deno.inspect(machine), `${machine}`);
});

Deno.test("Topology is immutable", () => {
  const machine = Topology.fake();
  const writable = machine as { quota: unknown };
  assertThrows(() => writable.quota = 1, TypeError);
  assert(Object.isFrozen(machine.cores));
  assert(Object.isFrozen(machine.nodes[0]));
  assert(Object.isFrozen(machine.processor(0)));
});

Deno.test("Topology.distance() takes nodes or ids, and refuses others", () => {
  const machine = Topology.fake({ nodes: [1, 1] });
  assertEquals(machine.distance(machine.nodes[0]!, 1), 20);
  assertEquals(machine.distance(1, 1), 10);
  assertThrows(() => machine.distance(0, 2), RangeError);
  assertEquals(Topology.fake({ nodes: [1] }).distance(0, 0), 10);
  const unknown = Topology.fromJSON({ ...machine.toJSON(), distances: null });
  assertEquals(unknown.distance(0, 1), undefined);
  assertEquals(unknown.distance(1, 1), 10);
});

Deno.test("Topology.fromJSON() makes the same machine again, for any fake one", () => {
  const options = fc.record({
    nodes: fc.array(fc.integer({ min: 0, max: 4 }), {
      minLength: 1,
      maxLength: 5,
    }).map((nodes) => [...nodes, 2]),
    smt: fc.integer({ min: 1, max: 4 }),
    quota: fc.constantFrom(0.5, 1, 3),
  });
  fc.assert(fc.property(options, (each) => {
    const machine = Topology.fake(each);
    const json = JSON.parse(JSON.stringify(machine));
    const same = Topology.fromJSON(json);
    assertEquals(same.toJSON(), machine.toJSON());
    assertEquals(same.toString(), machine.toString());
  }));
});

Deno.test("Topology.fromJSON() takes all memory as allowed and no processor as isolated where nothing is said", () => {
  const { allowedNodes: _, isolated: __, ...json } = Topology.fake({
    nodes: [1, 1],
  }).toJSON();
  const machine = Topology.fromJSON(json);
  assertEquals(machine.nodes.map((node) => node.allowed), [true, true]);
  assertEquals(machine.isolated.size, 0);
});

Deno.test("Topology.toJSON() has kernel lists, bytes, and null for the unknown", () => {
  const json = Topology.fake({ nodes: [1, 0], smt: 2, offline: "1" }).toJSON();
  assertEquals(json.processors, [
    {
      id: 0,
      core: 0,
      package: 0,
      die: null,
      node: 0,
      class: 0,
      online: true,
      allowed: true,
    },
    {
      id: 1,
      core: null,
      package: null,
      die: null,
      node: null,
      class: null,
      online: false,
      allowed: false,
    },
  ]);
  assertEquals(json.cores, [{ id: 0, package: 0, die: null, processors: "0" }]);
  assertEquals(json.nodes[1], {
    id: 1,
    processors: "",
    memory: 16 * GB,
    free: 16 * GB,
    nearest: "0",
  });
  assertEquals(json.classes, [{ rank: 0, processors: "0" }]);
  assertEquals(json.distances, { nodes: [0, 1], rows: [[10, 20], [20, 10]] });
  assertEquals([json.allowed, json.quota, json.dies], ["0", null, []]);
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatBytes } from "../../topology/format_bytes.ts";
import { Topology } from "../../topology/mod.ts";

const GB = 2 ** 30;

Deno.test("Topology.toString() draws a small machine as boxes", () => {
  const drawing = Topology.fake({ nodes: [2], allowed: "0" }).toString();
  const lines = drawing.split("\n");
  assertEquals(lines[0], "2 processors, 2 cores, 1 package, 1 node");
  assertEquals(lines.slice(2, 10), [
    "┌ package 0 · node 0 16 GB · L3 32 MB ─┐",
    "│ ┌ core 0 ─────┐ ┌ core 1 ───────┐    │",
    "│ │ L2 1 MB     │ │ L2 1 MB       │    │",
    "│ │ L1d 32 KB   │ │ L1d 32 KB     │    │",
    "│ │ L1i 32 KB   │ │ L1i 32 KB     │    │",
    "│ │ processor 0 │ │ (processor 1) │    │",
    "│ └─────────────┘ └───────────────┘    │",
    "└──────────────────────────────────────┘",
  ]);
  assert(drawing.includes("allowed    0 of 0-1"));
});

Deno.test("Topology.toString() counts what is alike on a big machine", () => {
  const eight = Array.from({ length: 8 }, () => 8);
  const flat = Topology.fake({ nodes: eight, smt: 2 }).toString();
  assertEquals(flat.split("\n")[2], "8 × [node 16 GB: 8 cores × 2]");
  const deep = Topology.fake({ nodes: eight, smt: 1, packages: 2 }).toString();
  assertEquals(
    deep.split("\n")[2],
    "2 × [package: 4 × [node 16 GB: 8 cores]]",
  );
  assert(flat.includes("L3 32 MB × 8"));
});

Deno.test("Topology.toString() tells of limits, classes and odd nodes", () => {
  const drawing = Topology.fake({
    nodes: [4, 0],
    memory: [0, GB],
    quota: 1.5,
    offline: "3",
    classes: ["2", "0-1"],
  }).toString();
  for (
    const part of [
      "node 0 without memory",
      "node 1 1 GB",
      "no processors",
      "quota      1.5 processors",
      "offline    3",
      "2 slower than 0-1",
      "source     made up",
    ]
  ) {
    assert(drawing.includes(part), part);
  }
});

Deno.test("Topology.toString() tells of isolated processors and memory that may not be used", () => {
  const json = Topology.fake({ nodes: [2, 2] }).toJSON();
  const drawing = `${
    Topology.fromJSON({ ...json, isolated: "2-3", allowedNodes: "1" })
  }`;
  assert(drawing.includes("isolated   2-3"));
  assert(drawing.includes("memory     of nodes 1 only"));
});

Deno.test("Topology.toString() wraps long kernel lists after commas", () => {
  const nodes = [60, 60];
  const odd = Array.from({ length: 60 }, (_, index) => 2 * index + 1).join();
  const drawing = Topology.fake({ nodes, allowed: odd }).toString();
  for (const line of drawing.split("\n")) assert(line.length <= 80, line);
  assert(drawing.replaceAll(/\n +/g, "").includes(odd));
});

Deno.test("Topology.toString() draws what is known of a machine without cores", () => {
  const json = Topology.fake({ nodes: [2] }).toJSON();
  const drawing = Topology.fromJSON({
    ...json,
    cores: [],
    packages: [],
    caches: [],
    notes: ["No pinning: it is a test."],
  }).toString();
  assert(drawing.startsWith("2 processors, 1 node\n"));
  assert(drawing.includes("│ processor 0 │ │ processor 1 │"));
  assert(drawing.includes("notes      No pinning: it is a test."));
});

Deno.test("Topology.toString() draws closed boxes within 80 columns, for any fake machine", () => {
  const options = fc.record({
    nodes: fc.array(fc.integer({ min: 0, max: 9 }), {
      minLength: 1,
      maxLength: 6,
    }).map((nodes) => [1, ...nodes]),
    smt: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(fc.property(options, (each) => {
    const drawing = Topology.fake(each).toString();
    for (const line of drawing.split("\n")) {
      assert(line.length <= 80, line);
      assertEquals(line, line.trimEnd());
    }
    const count = (corner: string): number => drawing.split(corner).length;
    assertEquals(count("┌"), count("┘"));
    assertEquals(count("└"), count("┐"));
  }));
});

Deno.test("formatBytes() gives two digits and the next unit in time", () => {
  assertEquals(formatBytes(0), "0 bytes");
  assertEquals(formatBytes(32 * 1024), "32 KB");
  assertEquals(formatBytes(1280 * 1024), "1.3 MB");
  assertEquals(formatBytes(2 ** 20 - 1), "1 MB");
  assertEquals(formatBytes(15.6 * GB), "16 GB");
  assertEquals(formatBytes(3 * 2 ** 40), "3 TB");
});

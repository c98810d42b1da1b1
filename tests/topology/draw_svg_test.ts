import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type ProcessorSet, Topology } from "../../topology/mod.ts";
import { FIXTURE_MACHINES, readFixture } from "./recorded_machines.ts";

interface Box {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The processors of a picture, by what is said of each. */
function cellsOf(svg: string): Box[] {
  const cell =
    /<title>(.*?)<\/title>\n<rect class="cell [^"]*" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"/g;
  return [...svg.matchAll(cell)].map(([, name, ...numbers]) => {
    const [x, y, width, height] = numbers.map(Number);
    return { name: name!, x: x!, y: y!, width: width!, height: height! };
  });
}

function sizeOf(svg: string): [number, number] {
  const match = /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg);
  return [Number(match?.[1]), Number(match?.[2])];
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width &&
    a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Every processor is there once, within the picture and on nobody else. */
function assertReadable(machine: Topology): void {
  const svg = machine.toSvg();
  const cells = cellsOf(svg);
  const ids = cells.map(({ name }) => Number(/\d+/.exec(name)?.[0]));
  assertEquals(ids.toSorted((a, b) => a - b), machine.online.ids);
  const [width, height] = sizeOf(svg);
  for (const [index, cell] of cells.entries()) {
    assert(cell.x >= 0 && cell.x + cell.width <= width, cell.name);
    assert(cell.y >= 0 && cell.y + cell.height <= height, cell.name);
    for (const other of cells.slice(index + 1)) {
      assert(!overlap(cell, other), `${cell.name} on ${other.name}`);
    }
  }
}

/** Every element is closed, and no attribute or text holds a bare sign. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (
    const [, closing, name, alone] of svg.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)
  ) {
    if (closing === "/") assertEquals(open.pop(), name);
    else if (alone === "") open.push(name!);
  }
  assertEquals(open, []);
  assertEquals(/&(?!#\d+;)/.test(svg), false);
}

for (const name of FIXTURE_MACHINES) {
  Deno.test(`Topology.toSvg() draws every processor of ${name} once, and none on another`, () => {
    const machine = readFixture(name);
    assertReadable(machine);
    assertWellFormed(machine.toSvg());
  });
}

Deno.test("Topology.toSvg() draws every processor once, for any fake machine", () => {
  const options = fc.record({
    nodes: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 5 })
      .map((nodes) => [1, ...nodes]),
    smt: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(options, (each) => {
      assertReadable(Topology.fake(each));
    }),
    { numRuns: 30 },
  );
});

Deno.test("Topology.toSvg() is about as wide as a screen at 2 and at 256 processors", () => {
  const small = sizeOf(Topology.fake({ nodes: [2] }).toSvg());
  assert(small[0] < 600 && small[1] < 600, `${small}`);
  const big = sizeOf(
    Topology.fake({ nodes: Array(8).fill(16), smt: 2 }).toSvg(),
  );
  assert(big[0] < 1800 && big[1] < 1400, `${big}`);
});

Deno.test("Topology.toSvg() names cores and caches where there is room", () => {
  const svg = Topology.fake({ nodes: [2] }).toSvg();
  for (const text of ["core 1", "L1d 32 KB", "package 0 · node 0 16 GB"]) {
    assert(svg.includes(text), text);
  }
  const big = Topology.fake({ nodes: [40] }).toSvg();
  assert(!big.includes(">core 1<"));
  assert(big.includes("L1d 32 KB × 40"));
});

Deno.test("Topology.toSvg() draws the workers of a runtime where they are pinned", () => {
  const machine = Topology.fake({ nodes: [2, 2] });
  const runtime = {
    report: () => ({
      workers: [
        { index: 0, processor: 2 },
        { index: 1, processor: 2 },
        { index: 2, processor: undefined },
        { index: 3, processor: 0 },
      ],
    }),
  };
  const svg = machine.toSvg({ runtime });
  const workers = cellsOf(svg).map(({ name }) => name)
    .filter((name) => name.includes("worker"));
  assertEquals(workers.length, 2);
  assert(workers[0]?.startsWith("processor 0,"));
  assert(workers[1]?.endsWith("worker 0, worker 1"));
  assert(svg.includes(">w0 w1<"));
  assert(!machine.toSvg().includes("has a worker"));
});

Deno.test("Topology.toSvg() tells slow, barred and isolated processors apart", () => {
  const json = Topology.fake({
    nodes: [4, 0],
    classes: ["2-3", "0-1"],
    allowed: "0,2",
  }).toJSON();
  const svg = Topology.fromJSON({ ...json, isolated: "3" }).toSvg();
  const classes = [...svg.matchAll(/<rect class="cell ([^"]*)"/g)]
    .map(([, name]) => name);
  assertEquals(classes.slice(0, 4), [
    "free",
    "barred",
    "slow",
    "barred isolated",
  ]);
  assert(svg.includes("no processors, near 0-3"));
  assert(svg.includes("not allowed to this program"));
});

Deno.test("Topology.toSvg() needs nothing from elsewhere", () => {
  const svg = Topology.fake().toSvg();
  assertEquals(/href|url\(|<script|<image/.test(svg), false);
});

/** The elements of a picture, without the white space that a formatter moves. */
function elementsOf(svg: string): string {
  return svg.slice(svg.indexOf("</style>")).replace(/\s+/g, "");
}

for (
  const [file, fixture, choose] of [
    [
      "topology_8_nodes.svg",
      "epyc-nps4-ccx",
      (all: ProcessorSet) => all.onePerCore(),
    ],
    [
      "topology_hybrid.svg",
      "arm-3class",
      (all: ProcessorSet) => all.where((each) => each.class !== 0),
    ],
  ] as const
) {
  Deno.test(`docs/${file} is what Topology.toSvg() draws`, () => {
    const machine = readFixture(fixture);
    const workers = choose(machine.allowed).ids
      .map((processor, index) => ({ index, processor }));
    const svg = machine.toSvg({ runtime: { report: () => ({ workers }) } });
    const page = new URL(`../../docs/${file}`, import.meta.url);
    assertEquals(elementsOf(Deno.readTextFileSync(page)), elementsOf(svg));
  });
}

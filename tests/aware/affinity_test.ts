import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { manualAffinities, sameAffinity } from "../../aware/mod.ts";
import { checkAffinity, type MemoryAffinity } from "../../aware/affinity.ts";

Deno.test("manualAffinities([2, 3]) has 5 processors on 2 nodes (T1)", () => {
  const affinities = manualAffinities([2, 3]);
  assertEquals(affinities.length, 5);
  assertEquals(affinities.map((each) => each.processor), [0, 1, 2, 3, 4]);
  assertEquals(affinities.map((each) => each.node), [0, 0, 1, 1, 1]);
  for (const { processors, nodes } of affinities) {
    assertEquals([processors, nodes], [5, 2]);
  }
});

Deno.test("manualAffinities() gives frozen plain objects", () => {
  const [affinity] = manualAffinities([1]);
  assert(Object.isFrozen(affinity));
  assertEquals(Object.getPrototypeOf(affinity), Object.prototype);
});

Deno.test("manualAffinities() refuses what are no counts", () => {
  for (const bad of [undefined, null, 2, "2", { length: 1 }]) {
    assertThrows(() => manualAffinities(bad as unknown as number[]), TypeError);
  }
  for (
    const bad of [[], [0], [2, 0], [-1], [1.5], [NaN], ["2"], [65_535, 1], [,]]
  ) assertThrows(() => manualAffinities(bad as number[]), RangeError);
  assertEquals(manualAffinities([65_535]).length, 65_535);
});

Deno.test("sameAffinity() compares indices, counts and ids", () => {
  const [first, second] = manualAffinities([1, 1]) as [
    MemoryAffinity & object,
    MemoryAffinity & object,
  ];
  assert(sameAffinity(first, first));
  assert(sameAffinity(first, structuredClone(first)));
  assertFalse(sameAffinity(first, second));
  assertFalse(sameAffinity(first, { ...first, processors: 3 }));
  assertFalse(sameAffinity(first, { ...first, nodes: 3 }));
  assertFalse(sameAffinity(first, { ...first, processorId: 7 }));
  assertFalse(
    sameAffinity({ ...first, nodeId: 1 }, { ...first, nodeId: 2 }),
  );
  assert(sameAffinity("unknown", "unknown"));
  assertFalse(sameAffinity(first, "unknown"));
  assertFalse(sameAffinity("unknown", first));
});

Deno.test("checkAffinity() refuses what is no affinity", () => {
  const [affinity] = manualAffinities([1]);
  checkAffinity("move", "source", affinity!);
  checkAffinity("move", "source", "unknown");
  for (const bad of [undefined, null, 0, "somewhere", () => {}]) {
    assertThrows(
      () => checkAffinity("move", "source", bad as "unknown"),
      TypeError,
    );
  }
  for (
    const bad of [
      { processor: 1 },
      { node: 1 },
      { processor: -1 },
      { node: 0.5 },
      { processors: Infinity },
      { nodes: 100_000 },
      { processors: undefined },
    ]
  ) {
    assertThrows(
      () => checkAffinity("move", "to", { ...affinity!, ...bad } as never),
      RangeError,
    );
  }
});

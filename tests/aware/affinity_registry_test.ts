import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  AffinityRegistry,
  currentAffinity,
  manualAffinities,
} from "../../aware/mod.ts";
import {
  allowedProcessors,
  isPinned,
  Topology,
  topology,
} from "../../topology/mod.ts";

const several = (allowedProcessors()?.length ?? 0) > 1;

Deno.test("AffinityRegistry takes one processor of each core, all, just so many, or at most so many (T2)", () => {
  const machine = Topology.fake({ nodes: [2, 2], smt: 2 });
  const ids = (count?: ConstructorParameters<typeof AffinityRegistry>[0]) =>
    new AffinityRegistry(count, { topology: machine }).affinities
      .map(({ processorId }) => processorId);
  assertEquals(ids(), [0, 2, 4, 6]);
  assertEquals(ids("auto"), ids());
  assertEquals(ids("all"), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(ids({ exactly: 3 }), [0, 2, 4]);
  assertEquals(ids({ exactly: 5 }), [0, 1, 2, 4, 6]);
  assertEquals(ids({ exactly: 8 }), ids("all"));
  assertEquals(ids({ atMost: 2 }), [0, 2]);
  assertEquals(ids({ atMost: 8 }), ids("all"));
  assertEquals(ids({ atMost: 9 }), ids("all"));
});

Deno.test("AffinityRegistry heeds the quota and the allowed processors (T2)", () => {
  const machine = Topology.fake({ nodes: [4], quota: 2.5, allowed: "1-3" });
  const ids = (count: "auto" | "all") =>
    new AffinityRegistry(count, { topology: machine }).affinities
      .map(({ processorId }) => processorId);
  assertEquals(ids("auto"), [1, 2]);
  assertEquals(ids("all"), [1, 2, 3]);
});

Deno.test("AffinityRegistry refuses more processors than there are, and other counts (T2)", () => {
  const machine = Topology.fake({ nodes: [2] });
  const make = (count: unknown) => () =>
    new AffinityRegistry(count as "all", { topology: machine });
  assertThrows(make({ exactly: 3 }), RangeError, "not enough processors");
  for (const n of [0, -1, 1.5, NaN, "2", null, undefined]) {
    assertThrows(make({ exactly: n }), RangeError);
    assertThrows(make({ atMost: n }), RangeError);
  }
  for (
    const count of [null, 2, "some", {}, { only: 1 }, { exactly: 1, atMost: 2 }]
  ) assertThrows(make(count), TypeError);
});

Deno.test("AffinityRegistry has dense indices, whatever the ids are (T2)", () => {
  const machine = Topology.fake({ nodes: [2, 0, 2, 1], allowed: "1,3-4" });
  const { affinities, size } = new AffinityRegistry("all", {
    topology: machine,
  });
  assertEquals(size, 3);
  assertEquals(affinities.map((each) => each.processor), [0, 1, 2]);
  assertEquals(affinities.map((each) => each.node), [0, 1, 2]);
  assertEquals(affinities.map((each) => each.processorId), [1, 3, 4]);
  assertEquals(affinities.map((each) => each.nodeId), [0, 2, 3]);
  for (const { processors, nodes } of affinities) {
    assertEquals([processors, nodes], [3, 3]);
  }
});

Deno.test(
  "AffinityRegistry.pinTo() pins this thread, and again elsewhere (T2)",
  {
    ignore: !several,
  },
  () => {
    const registry = new AffinityRegistry("all");
    const [first, second] = registry.affinities;
    assertEquals([registry.current, currentAffinity()], [undefined, "unknown"]);
    const before = allowedProcessors();
    {
      using _outer = registry.pinTo(first!);
      assertStrictEquals(registry.current, first);
      assertStrictEquals(currentAffinity(), first);
      assert(isPinned(first!.processorId!));
      assert(
        isPinned(topology().processor(first!.processorId!)!.node!.processors),
      );
      {
        using _inner = registry.pinTo(structuredClone(second!));
        assertStrictEquals(registry.current, second);
        assert(isPinned(second!.processorId!));
      }
      assertStrictEquals(registry.current, first);
      assert(isPinned(first!.processorId!));
    }
    assertEquals([registry.current, currentAffinity()], [undefined, "unknown"]);
    assertEquals(allowedProcessors(), before);
  },
);

Deno.test(
  "AffinityRegistry.pinTo() restores once, however often it is disposed",
  {
    ignore: !several,
  },
  () => {
    const registry = new AffinityRegistry("all");
    const [first, second] = registry.affinities;
    const pin = registry.pinTo(first!);
    pin[Symbol.dispose]();
    using _other = registry.pinTo(second!);
    pin[Symbol.dispose]();
    assertStrictEquals(registry.current, second);
    assert(isPinned(second!.processorId!));
  },
);

Deno.test("AffinityRegistry.pinTo() refuses what is none of its affinities", () => {
  const registry = new AffinityRegistry("all");
  const before = allowedProcessors();
  for (const bad of [manualAffinities([1])[0], "unknown"]) {
    assertThrows(() => registry.pinTo(bad as never), RangeError);
  }
  for (const bad of [undefined, null, 0]) {
    assertThrows(() => registry.pinTo(bad as never), TypeError);
  }
  assertEquals([allowedProcessors(), currentAffinity()], [before, "unknown"]);
});

Deno.test("AffinityRegistry.pinTo() leaves the thread where it is if it cannot be pinned", () => {
  const machine = Topology.fake({ nodes: [900] });
  const registry = new AffinityRegistry("all", { topology: machine });
  const before = allowedProcessors();
  assertThrows(() => registry.pinTo(registry.affinities.at(-1)!));
  assertEquals([allowedProcessors(), currentAffinity()], [before, "unknown"]);
  assertEquals(registry.current, undefined);
});

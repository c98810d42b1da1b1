import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProcessorSet, Topology } from "../../topology/mod.ts";

const MACHINE = Topology.fake({ nodes: [2, 4], smt: 2 });
const HYBRID = Topology.fake({
  nodes: [6],
  smt: 1,
  offline: "5",
  classes: ["4-5", "2-3", "0-1"],
});

function idsOf(set: ProcessorSet): string {
  return `${set}`;
}

Deno.test("ProcessorSet is in ascending order, whatever it is made from", () => {
  const all = [...MACHINE.processors];
  const set = new ProcessorSet([all[7]!, all[2]!, all[7]!, all[0]!]);
  assertEquals(set.ids, [0, 2, 7]);
  assertEquals([...set].map((each) => each.id), [0, 2, 7]);
  assertEquals(set.size, 3);
  assertEquals(set.first?.id, 0);
});

Deno.test("ProcessorSet.has() and get() go by id", () => {
  const set = MACHINE.processors.take(4);
  const elsewhere = Topology.fake({ nodes: [4] }).processors;
  assert(set.has(3));
  assert(set.has(elsewhere.get(3)!));
  assert(!set.has(4));
  assertEquals(set.get(3)?.id, 3);
  assertEquals(set.get(4), undefined);
});

Deno.test("ProcessorSet.take() takes the smallest ids", () => {
  assertEquals(idsOf(MACHINE.processors.take(3)), "0-2");
  assertEquals(idsOf(MACHINE.processors.take(0)), "");
});

Deno.test("ProcessorSet.take() takes what there is where more is asked for", () => {
  assertEquals(idsOf(MACHINE.processors.take(13)), "0-11");
  assertEquals(idsOf(MACHINE.processors.take()), "0-11");
  assertEquals(new ProcessorSet([]).take(1).size, 0);
});

Deno.test("ProcessorSet.takeExact() refuses more than there are", () => {
  assertEquals(idsOf(MACHINE.processors.takeExact(12)), "0-11");
  assertEquals(idsOf(MACHINE.processors.takeExact(0)), "");
  const error = assertThrows(
    () => MACHINE.processors.takeExact(13),
    RangeError,
  );
  assert(error.message.includes("12"));
  assert(error.message.includes("0-11"));
  assertThrows(() => new ProcessorSet([]).takeExact(1), RangeError);
});

Deno.test("ProcessorSet takes no more than the quota feeds, unless told to", () => {
  const { allowed } = Topology.fake({ nodes: [2, 4], smt: 2, quota: 2.9 });
  assertEquals(allowed.limit, 2);
  assertEquals(idsOf(allowed.take()), "0-1");
  assertEquals(idsOf(allowed.take(5)), "0-1");
  assertEquals(idsOf(allowed.onePerCore().take(5)), "0,2");
  assertEquals(idsOf(allowed.except([0]).spread()), "1,4");
  assertEquals(idsOf(allowed.where((each) => each.id > 4).pack(3)), "6-7");
  assertEquals(idsOf(allowed.preferSame(3)), "4-5");
  assertEquals(idsOf(allowed.beyondQuota().take(5)), "0-4");
  const error = assertThrows(() => allowed.takeExact(3), RangeError);
  assert(error.message.includes("2"));
  assert(error.message.includes("beyondQuota()"));
});

Deno.test("ProcessorSet keeps all that fits, whatever the quota feeds", () => {
  const { allowed } = Topology.fake({ nodes: [4], smt: 2, quota: 1 });
  assertEquals(allowed.size, 8);
  assertEquals(allowed.onePerCore().size, 4);
  assertEquals(Topology.fake({ quota: 0.2 }).allowed.take().size, 1);
  assertEquals(Topology.fake().allowed.limit, Infinity);
});

Deno.test("ProcessorSet refuses what is no limit", () => {
  for (const limit of [0, -1, 1.5, NaN]) {
    assertThrows(() => new ProcessorSet([], { limit }), RangeError);
  }
});

Deno.test("ProcessorSet.take(), preferSame(), spread() and pack() refuse what is no count", () => {
  for (const count of [-1, 0.5, NaN]) {
    assertThrows(() => MACHINE.processors.take(count), RangeError);
    assertThrows(() => MACHINE.processors.takeExact(count), RangeError);
    assertThrows(() => MACHINE.processors.preferSame(count), RangeError);
    assertThrows(() => MACHINE.processors.spread(count), RangeError);
    assertThrows(() => MACHINE.processors.pack(count), RangeError);
  }
});

Deno.test("ProcessorSet.differentNodes() keeps the smallest id of each node", () => {
  assertEquals(idsOf(MACHINE.processors.differentNodes()), "0,4");
  assertEquals(
    idsOf(MACHINE.processors.except([0, 4]).differentNodes()),
    "1,5",
  );
  assertEquals(idsOf(HYBRID.processors.differentNodes()), "0,5");
});

Deno.test("ProcessorSet.preferSame() takes from one node while it can", () => {
  assertEquals(idsOf(MACHINE.processors.preferSame(3)), "4-6");
  assertEquals(idsOf(MACHINE.processors.preferSame(8)), "4-11");
  assertEquals(idsOf(MACHINE.processors.preferSame(9)), "0,4-11");
  assertEquals(idsOf(MACHINE.processors.preferSame()), "0-11");
});

Deno.test("ProcessorSet.onePerCore() keeps the smallest id of each core", () => {
  assertEquals(idsOf(MACHINE.processors.onePerCore()), "0,2,4,6,8,10");
  const rest = MACHINE.processors.except([0, 4]);
  assertEquals(idsOf(rest.onePerCore()), "1-2,5-6,8,10");
});

Deno.test("ProcessorSet.sameNode() keeps the node with most of the set", () => {
  assertEquals(idsOf(MACHINE.processors.sameNode()), "4-11");
  const even = MACHINE.processors.except([4, 5, 6, 7]);
  assertEquals(idsOf(even.sameNode()), "0-3");
  assertEquals(new ProcessorSet([]).sameNode().size, 0);
});

Deno.test("ProcessorSet.performance() and efficiency() divide by the machine's fastest class", () => {
  assertEquals(idsOf(HYBRID.processors.performance()), "0-1");
  assertEquals(idsOf(HYBRID.processors.efficiency()), "2-4");
  assertEquals(HYBRID.processors.efficiency().performance().size, 0);
});

Deno.test("ProcessorSet.performance() is everything where all are alike", () => {
  assertEquals(MACHINE.processors.performance().size, 12);
  assertEquals(MACHINE.processors.efficiency().size, 0);
});

Deno.test("ProcessorSet has union, intersection and difference", () => {
  const low = MACHINE.processors.take(4);
  const odd = MACHINE.processors.where((each) => each.id % 2 === 1);
  assertEquals(idsOf(low.union(odd)), "0-3,5,7,9,11");
  assertEquals(idsOf(low.intersect(odd)), "1,3");
  assertEquals(idsOf(low.except(odd)), "0,2");
  assertEquals(idsOf(low.except([0, 1])), "2-3");
  assertEquals(idsOf(low.except(low.first!)), "1-3");
  assert(low.equals(MACHINE.processors.where((each) => each.id < 4)));
  assert(!low.equals(odd));
});

Deno.test("ProcessorSet.spread() takes nodes in turn, then cores, then siblings", () => {
  assertEquals(idsOf(MACHINE.processors.spread(2)), "0,4");
  assertEquals(idsOf(MACHINE.processors.spread(4)), "0,2,4,6");
  assertEquals(idsOf(MACHINE.processors.spread(12)), "0-11");
});

Deno.test("ProcessorSet.pack() takes the smallest node and core that hold them", () => {
  assertEquals(idsOf(MACHINE.processors.pack(2)), "0-1");
  assertEquals(idsOf(MACHINE.processors.pack(4)), "0-3");
  assertEquals(idsOf(MACHINE.processors.pack(5)), "4-8");
  assertEquals(idsOf(MACHINE.processors.pack(10)), "0-1,4-11");
});

Deno.test("ProcessorSet.spread(), pack() and preferSame() take as many as asked for, each once", () => {
  const machines = fc.record({
    nodes: fc.array(fc.integer({ min: 0, max: 5 }), {
      minLength: 1,
      maxLength: 4,
    }).map((nodes) => [...nodes, 1]),
    smt: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(fc.property(machines, fc.nat(), (options, seed) => {
    const { processors } = Topology.fake(options);
    const count = seed % (processors.size + 1);
    assertEquals(processors.spread(count).size, count);
    assertEquals(processors.pack(count).size, count);
    const preferred = processors.preferSame(count);
    assertEquals(preferred.size, count);
    const nodes = preferred.differentNodes().size;
    const packed = processors.pack(count).differentNodes().size;
    assertEquals(nodes, packed);
  }));
});

Deno.test("ProcessorSet prints as a kernel list, in JSON and on a console as well", () => {
  assertEquals(Deno.inspect(MACHINE.processors), "ProcessorSet(12) 0-11");
  assertEquals(`${MACHINE.processors}`, "0-11");
  assertEquals(JSON.stringify({ set: MACHINE.processors }), '{"set":"0-11"}');
});

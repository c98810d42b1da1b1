import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  closure,
  closureMut,
  closureOnce,
  manualAffinities,
  type MemoryAffinity,
  type PerAffinity,
  PerCore,
  PerNode,
  PerProcess,
  type PinnedAffinity,
  type SlotSource,
} from "../../aware/mod.ts";
import { PER_CORE, PER_NODE, PER_PROCESS } from "../../aware/strategy.ts";
import { Trace } from "./fixtures/trace.ts";

type Few = [
  PinnedAffinity,
  PinnedAffinity,
  PinnedAffinity,
  PinnedAffinity,
  PinnedAffinity,
];
const [a, b, c, d] = manualAffinities([2, 3]) as Few;

/** Numbers its values: each is an object of its own. */
function numbered(): () => { made: number } {
  let made = 0;
  return () => ({ made: made++ });
}

Deno.test("PerCore.relocated() makes a value at an empty slot, and the old one stays for the source (T9)", () => {
  const here = new PerCore(numbered());
  const { value } = here;
  const there = here.clone();
  assertStrictEquals(there.relocated(a, b), there);
  assertEquals([here.value.made, there.value.made], [0, 1]);
  assertStrictEquals(here.value, value);
  const back = there.clone().relocated(b, a);
  assertStrictEquals(back.value, value);
});

Deno.test("PerCore.relocated() gives all handles that arrive somewhere the same value (T10)", () => {
  const handles = Array.from({ length: 3 }, () => first.clone());
  for (const handle of handles) handle.relocated(a, b);
  const [one, ...others] = handles;
  for (const other of others) assertStrictEquals(other.value, one!.value);
  assertNotStrictEquals(one!.value, first.value);
  // From elsewhere, too.
  assertStrictEquals(first.clone().relocated(c, b).value, one!.value);
});
const first = new PerCore(() => ({}));

Deno.test("PerCore of a closure makes the first value of its data, and further ones of data that was told (T11)", () => {
  const data = new Trace();
  const handle = new PerCore(
    closure(data, (trace: Trace) => ({ trace, ways: [...trace.ways] })),
  );
  assertEquals(handle.value.ways, []);
  const there = handle.clone().relocated(a, b);
  assertEquals(there.value.ways, [[a, b]]);
  // The data itself is never told; the first place where it was counts.
  const further = there.clone().relocated(b, c);
  assertEquals(further.value.ways, [[a, c]]);
  assertEquals(data.ways, []);
  assertNotStrictEquals(there.value.trace, data);
});

Deno.test("PerCore takes closures of all kinds (T11)", () => {
  for (const make of [closure, closureMut, closureOnce]) {
    const handle = new PerCore(make([5], ([n]: number[]) => ({ n })));
    const there = handle.clone().relocated(a, b).relocated(b, c);
    assertEquals([handle.value, there.value], [{ n: 5 }, { n: 5 }]);
  }
});

Deno.test("PerCore of a value has a copy of it at each place (T12)", () => {
  const value = { list: [1], map: new Map([["k", new Set([2])]]) };
  const here = new PerCore({ value });
  const there = here.clone().relocated("unknown", b);
  assertEquals([here.value, there.value], [value, value]);
  for (const each of [here, there]) assertNotStrictEquals(each.value, value);
  here.value.list.push(2);
  there.value.map.clear();
  const third = there.clone().relocated(b, c);
  assertEquals(third.value, { list: [1], map: new Map([["k", new Set([2])]]) });
});

Deno.test("PerCore of a value and a clone function always clones the original, and tells the clone (T13)", () => {
  class Shape extends Trace {
    readonly name: string;
    constructor(name: string) {
      super();
      this.name = name;
    }
  }
  class Square extends Shape {}
  const value = new Shape("original");
  const cloned: Shape[] = [];
  const handle = new PerCore<Shape>({
    value,
    clone: (original) => {
      cloned.push(original);
      return new Square(`${original.name}-clone`);
    },
  });
  handle.value.ways.push(["unknown", "unknown"]);
  const there = handle.clone().relocated(a, b);
  const further = there.clone().relocated(b, c);
  assert(there.value instanceof Square);
  assertEquals(there.value.name, "original-clone");
  assertEquals([there.value.ways, further.value.ways], [[[a, b]], [[a, c]]]);
  assertEquals(value.ways, []);
  assertEquals(cloned.every((each) => each === value), true);
});

Deno.test("PerCore of slots means the values that are there, and elsewhere the same one (T14)", () => {
  const slots = [{ n: 0 }, { n: 1 }];
  const handle = new PerCore({ slots, at: b });
  assertStrictEquals(handle.value, slots[1]);
  assertStrictEquals(handle.clone().relocated(b, a).value, slots[0]);
  const shared = handle.clone().relocated(b, c);
  assertStrictEquals(shared.value, slots[1]);
  assertEquals([handle.count, shared.count], [2, 2]);
  // What is empty is filled with what came there first.
  assertStrictEquals(
    shared.clone().relocated(c, a).relocated(a, c).value,
    slots[1],
  );
});

Deno.test("PerCore of slots refuses an empty slot (T14)", () => {
  const slots = [{ n: 0 }, undefined];
  for (const at of [b, d, "unknown"] as const) {
    assertThrows(() => new PerCore({ slots, at }), RangeError, "slot");
  }
  assertThrows(
    () => new PerCore({ slots, at: null as unknown as "unknown" }),
    TypeError,
  );
  // Later changes of the list change nothing.
  const handle = new PerCore({ slots, at: a });
  slots[1] = { n: 1 };
  assertEquals(handle.clone().relocated(a, b).value, { n: 0 });
});

Deno.test("PerCore.relocated() from an unknown place fills the destination only (T15)", () => {
  const here = new PerCore(numbered());
  const there = here.clone().relocated("unknown", b);
  assertEquals([here.value.made, there.value.made], [0, 1]);
  assertEquals(there.clone().relocated(b, a).value.made, 2);
  assertStrictEquals(here.clone().relocated("unknown", b).value, there.value);
});

Deno.test("PerCore.relocated() to an unknown place changes nothing (T15)", () => {
  const here = new PerCore(numbered());
  const { value } = here;
  assertStrictEquals(here.relocated(a, "unknown").value, value);
  assertStrictEquals(here.relocated("unknown", "unknown").value, value);
});

Deno.test("PerCore.relocated() to where it is keeps its slots right (T16)", () => {
  const here = new PerCore(numbered());
  const { value } = here;
  assertStrictEquals(here.relocated(a, a).value, value);
  const there = here.clone().relocated(a, b);
  assertEquals(there.value.made, 1);
  assertStrictEquals(there.relocated(b, b).value.made, 1);
  // Wrong places, too.
  assertStrictEquals(there.clone().relocated(a, a).value, value);
  assertStrictEquals(here.clone().relocated(b, b).value, there.value);
  assertStrictEquals(there.clone().relocated(b, a).value, value);
});

Deno.test("PerNode.relocated() within a node keeps the value (T16)", () => {
  const here = new PerNode(numbered());
  const { value } = here;
  assertStrictEquals(here.clone().relocated(a, b).value, value);
  const there = here.clone().relocated(b, c);
  assertEquals(there.value.made, 1);
  assertStrictEquals(there.clone().relocated(c, d).value, there.value);
  assertStrictEquals(there.clone().relocated(d, a).value, value);
});

Deno.test("PerCore.count is that of the handles of one value, whose slot does not count (T17)", () => {
  const one = new PerCore(() => ({}));
  assertEquals(one.count, 1);
  const two = one.clone();
  assertEquals([one.count, two.count], [2, 2]);
  two.relocated(a, b);
  assertEquals([one.count, two.count], [1, 1]);
  const [three, four] = [one.clone(), two.clone()];
  assertEquals([one.count, two.count], [2, 2]);
  three.relocated(a, b);
  assertEquals([one.count, two.count, three.count, four.count], [1, 3, 3, 3]);
  {
    using five = one.clone();
    assertEquals([one.count, five.count], [2, 2]);
  }
  assertEquals(one.count, 1);
  two[Symbol.dispose]();
  two[Symbol.dispose]();
  assertEquals([one.count, three.count], [1, 2]);
  three.relocated(b, a);
  assertEquals([one.count, four.count], [2, 1]);
});

Deno.test("PerCore refuses to be used once it was disposed", () => {
  const handle = new PerCore(() => 1);
  const other = handle.clone();
  handle[Symbol.dispose]();
  for (
    const use of [
      () => handle.value,
      () => handle.count,
      () => handle.clone(),
      () => handle.relocated(a, b),
      () => handle.toJSON(),
      () => `${handle}`,
    ]
  ) assertThrows(use, TypeError, "was disposed");
  assertEquals([other.value, other.count], [1, 1]);
});

Deno.test("handles compare, and turn into text and JSON, as their values do (T18)", () => {
  const of = <T>(value: T): PerCore<T> => new PerCore({ value });
  const [one, two, ten] = [of(1), of(2), of(10)];
  assert(one < two && two < ten && ten > one && one <= one.clone());
  assert(of("a") < of("b") && of(1n) < of(2n));
  assert(of(new Date(1)) < of(new Date(2)));
  assertEquals(
    [ten, one, two].sort((x, y) => +x - +y).map(({ value }) => value),
    [1, 2, 10],
  );
  assertEquals([`${one}`, `${of("text")}`, `${of([1, 2])}`], [
    "1",
    "text",
    "1,2",
  ]);
  assertEquals(
    JSON.stringify({ one, list: of([1, "2"]) }),
    '{"one":1,"list":[1,"2"]}',
  );
  // Equal values are equal; as keys, values serve.
  const clone = two.clone().relocated(a, b);
  assertStrictEquals(clone.value, two.value);
  assertEquals(new Set([two.value, clone.value]).size, 1);
  assertEquals([`${of(null)}`, `${of(undefined)}`], ["null", "undefined"]);
});

Deno.test("strategies give each affinity an index, and say how many there are (T19)", () => {
  const indices = [a, b, c, d].map((each) => [
    PER_CORE.index(each),
    PER_NODE.index(each),
    PER_PROCESS.index(each),
  ]);
  assertEquals(indices, [[0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 1, 0]]);
  assertEquals(
    [PER_CORE, PER_NODE, PER_PROCESS].map((each) => each.count(d)),
    [5, 2, 1],
  );
  assertEquals(
    [PER_CORE, PER_NODE, PER_PROCESS].map((each) => [
      each.index("unknown"),
      each.count("unknown"),
    ]),
    [[-1, 0], [-1, 0], [0, 1]],
  );
});

Deno.test("PerCore, PerNode and PerProcess have as many values as there are places (T19)", () => {
  const values = (
    make: (source: SlotSource<object>) => PerAffinity<object>,
  ) => {
    const handle = make(() => ({})).relocated(a, a);
    const all = [a, b, c, d].map((to) => handle.clone().relocated(a, to).value);
    return [new Set(all).size, all[0] === handle.value];
  };
  assertEquals(values((source) => new PerCore(source)), [4, true]);
  assertEquals(values((source) => new PerNode(source)), [2, true]);
  assertEquals(values((source) => new PerProcess(source)), [1, true]);
});

Deno.test("PerProcess has one value, wherever it comes from", () => {
  const here = new PerProcess(numbered());
  const places: MemoryAffinity[] = ["unknown", a, d];
  for (const from of places) {
    for (const to of places) {
      assertStrictEquals(here.clone().relocated(from, to).value, here.value);
    }
  }
});

Deno.test("PerCore.relocated() through three places has a value at each, and finds them again (T20)", () => {
  const handle = new PerCore({ value: { n: 0 } });
  const seen = [handle.value];
  for (const [from, to] of [[a, b], [b, c], [c, d]] as const) {
    handle.value.n++;
    handle.relocated(from, to);
    assertEquals(handle.value, { n: 0 });
    seen.push(handle.value);
  }
  assertEquals(new Set(seen).size, 4);
  assertStrictEquals(handle.relocated(d, b).value, seen[1]);
  assertStrictEquals(handle.relocated(b, a).value, seen[0]);
  assertEquals(handle.value, { n: 1 });
});

Deno.test("PerCore.relocated() refuses what is no affinity, and means what it meant", () => {
  const handle = new PerCore(numbered());
  for (const bad of [undefined, null, 5, "here"]) {
    assertThrows(() => handle.relocated(a, bad as never), TypeError);
    assertThrows(() => handle.relocated(bad as never, b), TypeError);
  }
  for (const bad of [{}, { ...a, processor: 9 }, { ...a, node: -1 }]) {
    assertThrows(() => handle.relocated(a, bad as never), RangeError);
  }
  assertEquals([handle.value.made, handle.count], [0, 1]);
  assertEquals(handle.relocated(a, b).value.made, 1);
});

Deno.test("PerCore means what it meant if a value cannot be made, and makes it later", () => {
  let fails = false;
  const handle = new PerCore(() => {
    if (fails) throw new RangeError("not now");
    return {};
  });
  const { value } = handle;
  fails = true;
  assertThrows(() => handle.relocated(a, b), RangeError, "not now");
  assertStrictEquals(handle.value, value);
  assertEquals(handle.count, 1);
  fails = false;
  assertNotStrictEquals(handle.relocated(a, b).value, value);
  assertThrows(
    () =>
      new PerCore(() => {
        throw new TypeError("never");
      }),
    TypeError,
    "never",
  );
});

Deno.test("PerCore refuses a value that needs itself to be made", () => {
  let self: PerCore<object> | undefined;
  const handle: PerCore<object> = new PerCore(() => {
    self?.clone().relocated(a, b);
    return {};
  });
  self = handle;
  assertThrows(() => handle.clone().relocated(a, b), Error, "being made");
  self = undefined;
  assertNotStrictEquals(handle.clone().relocated(a, b).value, handle.value);
});

Deno.test("PerCore refuses what is no source", () => {
  for (
    const bad of [
      undefined,
      null,
      1,
      "source",
      {},
      { value: 1, clone: 2 },
      { slots: 1, at: a },
      [() => 1],
    ]
  ) {
    assertThrows(() => new PerCore(bad as never), TypeError);
  }
  assertThrows(
    () => new PerCore({ value: { f: () => {} } }),
    TypeError,
    "is a function",
  );
});

Deno.test("what makes a value sees the place that it is for", async () => {
  const { currentAffinity } = await import("../../aware/mod.ts");
  const handle = new PerCore(() => ({ at: currentAffinity() }));
  assertEquals(handle.value.at, "unknown");
  assertEquals(handle.relocated(a, b).value.at, b);
  assertEquals(currentAffinity(), "unknown");
});

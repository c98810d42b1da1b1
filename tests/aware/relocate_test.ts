import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  type MemoryAffinity,
  relocate,
  SharedCounter,
  type ThreadAware,
  Unaware,
} from "../../mod.ts";
import { manualAffinities } from "../../aware/mod.ts";
import { portableValues } from "../codec/portable_values.ts";
import { encoded } from "../codec/support.ts";
import { Account, Chameleon, Holder, Point, Ring } from "./fixtures/point.ts";

const [here, there, far] = manualAffinities([2, 1]) as [
  MemoryAffinity,
  MemoryAffinity,
  MemoryAffinity,
];

/** Counts what it was told; another one takes its place if that is wanted. */
class Tracker implements ThreadAware {
  told: [MemoryAffinity, MemoryAffinity][] = [];
  successor: unknown;
  constructor(successor?: unknown) {
    this.successor = successor;
  }
  relocated(source: MemoryAffinity, destination: MemoryAffinity): unknown {
    this.told.push([source, destination]);
    return this.successor;
  }
}

Deno.test("relocate() leaves every inert value as it is (T3)", () => {
  const inert = [
    undefined,
    null,
    true,
    0,
    -0,
    1n << 70n,
    "text",
    Symbol("x"),
    () => {},
    new Date(0),
    new Uint8Array(4),
    new Uint8Array(new SharedArrayBuffer(4)),
    new ArrayBuffer(4),
    new DataView(new ArrayBuffer(4)),
    new SharedArrayBuffer(4),
    new SharedCounter(),
    new ReadableStream(),
    new TypeError("x"),
    [],
    {},
    Object.create(null),
    new Map(),
    new Set(),
  ];
  for (const value of inert) {
    assertStrictEquals(relocate(value, here, there), value);
  }
});

Deno.test("relocate() gives back every portable value unchanged (T3)", {
  timeout: 20_000,
}, () => {
  fc.assert(fc.property(portableValues, (value) => {
    const before = encoded(value);
    assertStrictEquals(relocate(value, here, there), value);
    const after = encoded(value);
    assertEquals(
      after.words.subarray(0, after.length),
      before.words.subarray(0, before.length),
    );
  }));
});

Deno.test("relocate() tells what is in arrays, objects, maps, sets and errors (T4)", () => {
  const make: Record<string, (tracker: Tracker) => unknown> = {
    itself: (tracker) => tracker,
    array: (tracker) => [1, tracker],
    tuple: (tracker) => ["a", [tracker, 2]],
    object: (tracker) => ({ a: 1, tracker }),
    bare: (tracker) => Object.assign(Object.create(null), { tracker }),
    "key of a map": (tracker) => new Map([[tracker, 1]]),
    "value of a map": (tracker) => new Map([[1, tracker]]),
    set: (tracker) => new Set([tracker]),
    "cause of an error": (tracker) => new Error("x", { cause: tracker }),
    "error of an AggregateError": (tracker) => new AggregateError([[tracker]]),
    "property of an error": (tracker) =>
      Object.assign(new Error("x"), { tracker }),
    "field of an instance": (tracker) =>
      Object.assign(new Holder(), { told: tracker }),
  };
  for (const [name, wrap] of Object.entries(make)) {
    const tracker = new Tracker();
    relocate(wrap(tracker), here, there);
    assertEquals(tracker.told, [[here, there]], name);
  }
});

Deno.test("relocate() puts there what takes a place (T4)", () => {
  const next = { next: true };
  const old = () => new Tracker(next);
  assertStrictEquals<unknown>(relocate(old(), here, there), next);
  assertEquals<unknown>(relocate([1, old(), 2], here, there), [1, next, 2]);
  assertEquals<unknown>(relocate({ a: old() }, here, there), { a: next });
  const map = new Map<unknown, unknown>([["a", 1], [old(), 2], ["b", old()]]);
  assertEquals([...relocate(map, here, there)], [["a", 1], [next, 2], [
    "b",
    next,
  ]]);
  const set = new Set<unknown>([1, old(), 2]);
  assertEquals([...relocate(set, here, there)], [1, next, 2]);
  const error = new Error("x", { cause: old() });
  assertStrictEquals(relocate(error, here, there).cause, next);
  assertEquals(relocate(new Chameleon("red"), here, there).color, "new red");
});

Deno.test("relocate() tells each object once, whatever refers to it (T4)", () => {
  const tracker = new Tracker();
  const graph: unknown[] = [
    tracker,
    { tracker },
    new Map([[tracker, tracker]]),
  ];
  graph.push(graph, new Set(graph));
  assertStrictEquals(relocate(graph, here, there), graph);
  assertEquals(tracker.told.length, 1);
  let calls = 0;
  const fn = Object.assign(() => {}, { relocated: () => void calls++ });
  relocate([fn, { fn }, fn], here, there);
  assertEquals(calls, 1);
  const ring = new Ring();
  assertStrictEquals(relocate(ring, here, there), ring);
  assertEquals(ring.told, 1);
});

Deno.test("relocate() puts the same everywhere where the same was (T4)", () => {
  const next = new Tracker();
  const old = new Tracker(next);
  const places = relocate<unknown[]>([old, { old }, next, old], here, there);
  assertStrictEquals(places[0], next);
  assertStrictEquals((places[1] as { old: unknown }).old, next);
  assertStrictEquals(places[3], next);
  assertEquals([old.told.length, next.told.length], [1, 0]);
});

Deno.test("relocate() tells an object after what is in it, also where it tells that itself", () => {
  const order: string[] = [];
  const inner = {
    relocated(): void {
      order.push("inner");
    },
  };
  class Outer {
    inner: typeof inner | undefined = inner;
    relocated(source: MemoryAffinity, destination: MemoryAffinity): void {
      relocate(this.inner, source, destination);
      order.push("outer");
    }
  }
  const outer = new Outer();
  relocate([outer, inner], here, there);
  assertEquals(order, ["inner", "outer"]);
  relocate([inner, outer], there, far);
  assertEquals(order, ["inner", "outer", "inner", "outer"]);
  relocate({ inner, outer }, far, here);
  assertEquals(order.length, 6);
});

Deno.test("relocate() refuses an object that is shared by reference, and says where (T5)", () => {
  class Shared {
    readonly waiting: string[] = [];
  }
  assertThrows(
    () => relocate(new Shared(), here, there),
    TypeError,
    "it is an instance of Shared",
  );
  const value = { jobs: [1, new Map([["a", new Shared()]])] };
  assertThrows(
    () => relocate(value, here, there),
    TypeError,
    "'jobs[1].get()' is an instance of Shared",
  );
  for (
    const bad of [/x/, new URL("file:///"), Promise.resolve(), new WeakMap()]
  ) {
    assertThrows(() => relocate([bad], here, there), TypeError, "'[0]' is an");
  }
});

Deno.test("Unaware keeps what it holds from being told, and holds the same object (T6)", () => {
  const tracker = new Tracker();
  const unaware = new Unaware(tracker);
  const holder = { unaware, list: [unaware] };
  assertStrictEquals(relocate(holder, here, there).unaware, unaware);
  assertEquals(tracker.told, []);
  assertStrictEquals(unaware.value, tracker);
  const pattern = new Unaware(/x/);
  assertStrictEquals(relocate(pattern, here, there).value, pattern.value);
});

Deno.test("relocate() goes through the fields of a registered class, but for those it skips (T7)", () => {
  const holder = new Holder();
  const { told, skipped, cache } = holder;
  assertStrictEquals(relocate(holder, here, there), holder);
  assertEquals(told.told, [[here, there]]);
  assertEquals(skipped.told, []);
  assertStrictEquals(holder.cache, cache);
});

Deno.test("relocate() leaves it to a class with private fields to tell them (T7)", () => {
  const account = new Account(new Point(1, 2));
  relocate(account, here, there);
  assertEquals(account.owner.told, []);
});

Deno.test("relocate() may be omitted, repeated, or name the place where it was (T22)", () => {
  const point = new Point(3, 4);
  assertEquals(point.norm, 5);
  const ways: [MemoryAffinity, MemoryAffinity][] = [
    [here, there],
    [here, there],
    [there, there],
    ["unknown", far],
    [far, "unknown"],
    ["unknown", "unknown"],
  ];
  for (const [source, destination] of ways) {
    assertStrictEquals(relocate(point, source, destination), point);
    assertEquals(point.norm, 5);
  }
  assertEquals(point.told, ways);
});

Deno.test("relocate() reads no element of a buffer or a view, however large it is (T23)", () => {
  const length = 2 ** 26;
  const reads: PropertyKey[] = [];
  class Watched extends Uint8Array {
    override get length(): number {
      reads.push("length");
      return super.length;
    }
    override [Symbol.iterator]() {
      reads.push(Symbol.iterator);
      return super[Symbol.iterator]();
    }
  }
  const view = new Watched(length);
  const value = { view, buffer: view.buffer, text: "x".repeat(length) };
  const begin = performance.now();
  for (let k = 0; k < 1000; k++) relocate(value, here, there);
  const elapsed = performance.now() - begin;
  assertEquals(reads, []);
  // To go through all of it a thousand times would take minutes.
  assert(elapsed < 5000, `${elapsed} ms`);
});

Deno.test("relocate() refuses what is no affinity", () => {
  for (const bad of [undefined, null, 1, "here", []]) {
    const affinity = bad as unknown as MemoryAffinity;
    assertThrows(() => relocate({}, affinity, here));
    assertThrows(() => relocate(1, here, affinity));
  }
  const beyond = { processor: 2, node: 0, processors: 2, nodes: 1 };
  assertThrows(() => relocate({}, here, beyond), RangeError, "processor");
});

Deno.test("relocate() refuses a 'relocated' that gives a promise", () => {
  const late = { relocated: () => Promise.resolve() };
  assertThrows(() => relocate([late], here, there), TypeError, "promise");
});

Deno.test("relocate() says where it cannot put what takes a place", () => {
  const frozen = Object.freeze({ a: new Tracker(1) });
  assertThrows(
    () => relocate([frozen], here, there),
    TypeError,
    "'[0].a' cannot be put there: it is read-only",
  );
  const fine = Object.freeze([new Tracker()]);
  assertStrictEquals(relocate(fine, here, there), fine);
});

Deno.test("relocate() passes on what an object throws, and can be called again", () => {
  let fails = true;
  const error = new Error("no");
  const moody = {
    relocated(): void {
      if (fails) throw error;
    },
  };
  assertStrictEquals(
    assertThrows(() => relocate([moody], here, there)),
    error,
  );
  fails = false;
  const tracker = new Tracker();
  relocate([moody, tracker], here, there);
  assertEquals(tracker.told.length, 1);
});

Deno.test("relocate() refuses what is nested too deep", () => {
  let value: unknown = new Tracker();
  for (let k = 0; k < 255; k++) value = [value];
  assertThrows(
    () => relocate([value], here, there),
    TypeError,
    "more than 256 levels deep",
  );
  relocate(value, here, there);
});

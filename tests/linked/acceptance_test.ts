// What a family of linked objects promises, one test for each promise. Those about
// threads run with real workers and with inline ones.
import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { familyOf, linked } from "../../linked/mod.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import {
  addByHandle,
  addByNew,
  addHere,
  crowd,
  Guest,
  mixedStores,
  otherCrowd,
  sharings,
  stores,
} from "./fixtures/crowd.ts";

const URL_HERE = "https://example.com/guests.ts";

Deno.test("Linked.get() gives an instance with the constructor's local and shared state (L1)", () => {
  const family = crowd.family();
  const guest = family.create();
  assertEquals(guest.local(), 0);
  assertEquals(guest.shared.total.value, 0);
  assertEquals(guest.add(2), [2, 2]);
  assert(crowd.get() instanceof Guest);
});

Deno.test("LocalFamily.create() shares what is shared, and begins with what is local (L2)", () => {
  const family = crowd.family();
  const one = family.create();
  one.add(5);
  const other = familyOf(one)!.create();
  assertNotStrictEquals(other, one);
  assertEquals([one.local(), other.local()], [5, 0]);
  assertStrictEquals(other.shared.total, one.shared.total);
  assertEquals(other.add(1), [1, 6]);
});

testBoth(
  "what is local never shows elsewhere, what is shared at once (L3)",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(crowd.family());
    const besides = family.create();
    assertEquals(await family.on(0).add(1), [1, 1]);
    assertEquals(family.here.add(2), [2, 3]);
    assertEquals(besides.shared.total.value, 3);
    assertEquals(await family.on(1).add(4), [4, 7]);
    assertEquals(besides.add(8), [8, 15]);
    assertEquals(await family.all().local(), [1, 4]);
    assertEquals(family.here.local(), 2);
  },
);

testBoth(
  "a family handle makes linked instances on the threads that get it (L4)",
  async ({ start }) => {
    await using runtime = await start();
    const family = familyOf(crowd.family().create())!;
    family.here.add(1);
    const added = await runtime.on(0).spawn(addByHandle, family.handle, 10);
    // A new instance, then the worker's own, which is the same by each attachment.
    assertEquals(added, [[10, 11], [10, 21], [20, 31]]);
    const others = await runtime.on(1).spawn(addByHandle, family.handle, 1);
    assertEquals(others, [[1, 32], [1, 33], [2, 34]]);
    assertEquals(family.here.add(1), [2, 35]);
  },
);

Deno.test("linked() takes objects without fields (L5)", () => {
  class Empty {}
  for (const create of [() => new Empty(), () => ({})]) {
    const family = linked(URL_HERE, "empty", { create }).family();
    assertNotStrictEquals(family.create(), family.create());
    assertStrictEquals(family.here, family.here);
    assertStrictEquals(familyOf(family.here)?.here, family.here);
  }
});

testBoth(
  "'create' runs once per instance, 'shared' once per family (L6)",
  async ({ start }) => {
    const before = sharings;
    const family = crowd.family();
    assertEquals(sharings, before + 1);
    const { made } = family.here.shared;
    assertEquals(made.value, 1);
    family.create();
    family.here;
    assertEquals(made.value, 2);
    await using runtime = await start();
    const linkedFamily = await runtime.link(family);
    assertEquals(made.value, 4);
    await linkedFamily.all().local();
    await runtime.link(family);
    assertEquals([made.value, sharings], [4, before + 1]);
  },
);

testBoth(
  "Linked.get() gives a new instance of one static family on every thread (L7)",
  async ({ start }) => {
    const [one, other] = [crowd.get(), crowd.get()];
    assertNotStrictEquals(one, other);
    const [, total] = one.add(1);
    assertEquals(other.add(1), [1, total + 1]);
    const before = sharings;
    {
      await using runtime = await start();
      await Promise.all([runtime.link(crowd), runtime.link(otherCrowd)]);
      assertEquals(await runtime.on(0).spawn(addByNew, "crowd", 2), [
        2,
        total + 3,
      ]);
      assertEquals(await runtime.on(1).spawn(addByNew, "crowd", 2), [
        2,
        total + 5,
      ]);
      const [, others] = otherCrowd.get().add(1);
      assertEquals(await runtime.on(1).spawn(addByNew, "otherCrowd", 1), [
        1,
        others + 1,
      ]);
      assertEquals(one.shared.total.value, total + 5);
    }
    await using next = await start();
    await next.link(crowd);
    assertEquals(await next.on(0).spawn(addByNew, "crowd", 1), [1, total + 6]);
    // 'otherCrowd' may have been made by this very test.
    assert(sharings - before <= 1);
  },
);

testBoth(
  "Linked.here is one instance for each thread, which do not disturb each other (L8)",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(crowd);
    assertStrictEquals(crowd.here, crowd.here);
    assertStrictEquals(crowd.here, family.here);
    const local = crowd.here.local();
    const [first] = await runtime.on(0).spawn(addHere, 3);
    const [second] = await runtime.on(0).spawn(addHere, 4);
    assertEquals([first, second], [3, 7]);
    assertEquals(await family.on(0).local(), 7);
    assertEquals(await family.on(1).local(), 0);
    assertEquals(crowd.here.local(), local);
  },
);

testBoth(
  "a family has instances of several classes behind one interface (L14)",
  async ({ start }) => {
    await using runtime = await start();
    const local = stores.family();
    const family = await runtime.link(local);
    const here = [local.create(), local.create()];
    for (const [k, word] of ["b", "a", "a"].entries()) {
      for (const store of here) store.put(word);
      assertEquals(await family.on(0).put(word), 4 * k + 3);
      assertEquals(await family.on(1).put(word), 4 * k + 4);
    }
    assertEquals(here.map((store) => store.words()).sort(), ["b+a", "b,a,a"]);
    assertEquals((await family.all().words()).sort(), ["b+a", "b,a,a"]);
    const [list, set] = here;
    assertNotStrictEquals(list!.constructor, set!.constructor);
    assertStrictEquals(familyOf(list!)!.here, familyOf(set!)!.here);
    // @ts-expect-error only what the interface has is offered.
    await assertRejects(() => family.on(0).sort(), TypeError);
  },
);

testBoth(
  "a family whose instances have other methods on each worker is refused (L14)",
  async ({ start }) => {
    await using runtime = await start();
    const error = await assertRejects(
      () => runtime.link(mixedStores.family()),
      TypeError,
    );
    for (const word of ["mixedStores", "sort", "'methods'"]) {
      assertStringIncludes(error.message, word);
    }
  },
);

Deno.test("'create' must give an object of its own, or the error says what it gave (L15)", () => {
  const bad: [unknown, string][] = [
    [undefined, "undefined"],
    [null, "null"],
    [7, "number"],
    ["text", "string"],
    [Symbol("s"), "symbol"],
    [() => {}, "function"],
    [[1], "array"],
    [Promise.resolve({}), "promise"],
    [{ then() {} }, "'then'"],
  ];
  for (const [value, word] of bad) {
    const family = linked(URL_HERE, "improper", {
      create: () => value as object,
    }).family();
    for (const make of [() => family.create(), () => family.here]) {
      const error = assertThrows(make, TypeError);
      assertStringIncludes(error.message, "improper");
      assertStringIncludes(error.message, word);
    }
  }
  const one = {};
  const family = linked(URL_HERE, "single", { create: () => one }).family();
  assertStrictEquals(family.create(), one);
  const error = assertThrows(() => family.create(), TypeError);
  assertStringIncludes(error.message, "single");
});

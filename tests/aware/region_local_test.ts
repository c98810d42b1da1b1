import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { asIfAt } from "../../aware/current_affinity.ts";
import {
  closure,
  manualAffinities,
  RegionLocal,
  Runtime,
  SharedCounter,
} from "../../mod.ts";
import { firstValue, seen, setAndSee, settingsOf } from "./fixtures/regions.ts";

const timeout = 30_000;
const [here] = manualAffinities([1]);

Deno.test("RegionLocal has a value for each place, which is made once and set there only", () => {
  let made = 0;
  const local = new RegionLocal(() => ({ n: made++ }));
  assertEquals(made, 0);
  const first = local.get();
  assertStrictEquals(local.get(), first);
  const there = () => asIfAt(here!, () => local.get());
  assertEquals([first, there(), made], [{ n: 0 }, { n: 1 }, 2]);
  local.set({ n: 50 });
  assertEquals([local.get(), there(), made], [{ n: 50 }, { n: 1 }, 2]);
  asIfAt(here!, () => local.set({ n: 60 }));
  assertEquals([local.get(), there(), made], [{ n: 50 }, { n: 60 }, 2]);
});

Deno.test("RegionLocal makes no first value where one was set", () => {
  const local = new RegionLocal((): number => {
    throw new Error("not needed");
  });
  local.set(5);
  assertEquals(local.get(), 5);
});

Deno.test("RegionLocal keeps what was set while the first value was made", () => {
  const local: RegionLocal<number> = new RegionLocal((): number => {
    local.set(2);
    return 1;
  });
  assertEquals(local.get(), 2);
});

Deno.test("RegionLocal makes the first value again if that failed, and refuses one that needs itself", () => {
  let fails = true;
  const local = new RegionLocal(() => {
    if (fails) throw new RangeError("not yet");
    return 1;
  });
  assertThrows(() => local.get(), RangeError, "not yet");
  fails = false;
  assertEquals(local.get(), 1);
  const bad = new RegionLocal<unknown>(() => new SharedCounter());
  assertThrows(() => bad.get(), TypeError, "shared memory");
  const self: RegionLocal<number> = new RegionLocal((): number => self.get());
  assertThrows(() => self.get());
});

Deno.test("RegionLocal takes closures and values", () => {
  const sum = new RegionLocal(closure([1, 2], ([a, b]) => a! + b!));
  assertEquals(sum.get(), 3);
  const value = { list: [1] };
  const local = new RegionLocal({ value });
  value.list.push(2);
  assertEquals(local.get(), { list: [1, 2] });
  for (const bad of [1, null, undefined, {}, { slots: [1], at: here }]) {
    assertThrows(() => new RegionLocal(bad as never), TypeError);
  }
});

Deno.test(
  "RegionLocal: workers of a node have one value, and this thread another",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const local = new RegionLocal({ value: settingsOf(1) });
    const { affinities } = runtime;
    const [first] = affinities;
    assertEquals(await runtime.on(0).spawn(setAndSee, local, 7), 7);
    const all = await Promise.all(
      affinities.map((_, k) => runtime.on(k).spawn(seen, local)),
    );
    assertEquals(
      all,
      affinities.map(({ node }) => settingsOf(node === first!.node ? 7 : 1)),
    );
    assertEquals(local.get(), settingsOf(1));
    const made = new RegionLocal(firstValue);
    assertEquals(await runtime.on(0).spawn(seen, made), { at: "worker" });
    assertEquals(made.get(), { at: "outside" });
  },
);

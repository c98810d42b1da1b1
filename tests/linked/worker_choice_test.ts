import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Caller } from "../../linked/mod.ts";
import { WorkerChoice } from "../../linked/worker_choice.ts";

/** A caller that notes what it is asked for, and always answers 1. */
function choice(): { asked: unknown[]; choice: WorkerChoice<object> } {
  const asked: unknown[] = [];
  const say = (...what: unknown[]) => {
    asked.push(what);
    return 1;
  };
  const caller = {
    size: 2,
    picker: {
      pick: () => say("pick"),
      leastLoaded: () => say("least loaded"),
      nextInTurn: () => say("turn"),
      forKey: (key) => say("key", key),
      near: (node) => say("near", node),
    },
  } satisfies Partial<Caller> as unknown as Caller;
  return {
    asked,
    choice: new WorkerChoice(caller, (worker) => ({ worker })),
  };
}

Deno.test("WorkerChoice makes what stands for an instance once", () => {
  const { choice: choose } = choice();
  const one = choose.on(1);
  assertEquals(one, { worker: 1 });
  for (
    const same of [
      choose.any(),
      choose.leastLoaded(),
      choose.roundRobin(),
      choose.forKey("a"),
      choose.near(0),
    ]
  ) assertStrictEquals(same, one);
});

Deno.test("WorkerChoice asks for what it is asked", () => {
  const { asked, choice: choose } = choice();
  choose.any();
  choose.leastLoaded();
  choose.roundRobin();
  choose.forKey("a");
  choose.forKey(2);
  assertEquals(asked, [
    ["pick"],
    ["least loaded"],
    ["turn"],
    ["key", "a"],
    ["key", 2],
  ]);
});

Deno.test("WorkerChoice.near() takes a node, an affinity, or neither", () => {
  const { asked, choice: choose } = choice();
  choose.near(3);
  choose.near({ nodeId: 4 });
  choose.near({});
  choose.near("unknown");
  choose.near();
  assertEquals(asked, [
    ["near", 3],
    ["near", 4],
    ["pick"],
    ["pick"],
    ["near", undefined],
  ]);
  for (const bad of [-1, 0.5, NaN, Infinity, "3", null, { nodeId: -1 }]) {
    assertThrows(() => choose.near(bad as number), RangeError);
  }
});

Deno.test("WorkerChoice.on() and forKey() refuse what is none", () => {
  const { asked, choice: choose } = choice();
  for (const bad of [2, -1, 0.5, "0", null]) {
    assertThrows(() => choose.on(bad as number), RangeError, String(bad));
  }
  for (const bad of [undefined, null, {}, true, 1n]) {
    assertThrows(() => choose.forKey(bad as string), TypeError);
  }
  assertEquals(asked, []);
});

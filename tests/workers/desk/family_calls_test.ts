import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  currentTask,
  type Family,
  PartialFailureError,
  Runtime,
  topology,
  WorkerLostError,
} from "../../../mod.ts";
import { choir, type Singer } from "../fixtures/choir.ts";
import { testBoth } from "../both_runtimes.ts";

/** Who has noted what. */
async function notes(family: Family<Singer>): Promise<string[][]> {
  return await family.all().log();
}

testBoth(
  "Family.roundRobin() calls one worker after the other",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    for (let k = 0; k < 6; k++) await family.roundRobin().note(String(k));
    assertEquals(await notes(family), [["0", "2", "4"], ["1", "3", "5"]]);
  },
);

testBoth(
  "Family.roundRobin() of one family does not follow another one's",
  async ({ start }) => {
    await using runtime = await start();
    const one = await runtime.link(choir.family());
    const other = await runtime.link(choir.family());
    for (let k = 0; k < 3; k++) await one.roundRobin().note(String(k));
    await other.roundRobin().note("first");
    assertEquals(await notes(other), [["first"], []]);
  },
);

testBoth(
  "Family.forKey() is the same worker for the same key on every thread",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const keys = Array.from({ length: 40 }, (_, k) => `key ${k}`);
    for (const key of keys) await family.forKey(key).note(key);
    for (const key of keys) await family.forKey(key).note(key);
    const found = await notes(family);
    assertEquals(found.flat().length, 80);
    for (const log of found) {
      assert(log.length > 0, "all keys are on one worker");
      // In order, and twice the same.
      assertEquals(log.slice(log.length / 2), log.slice(0, log.length / 2));
    }
    const there = await runtime.on(1).spawn(
      async (family: unknown, keys: string[]) => {
        const places: number[] = [];
        for (const key of keys) {
          const [index] = await (family as Family<Singer>).forKey(key).place();
          places.push(index);
        }
        return places;
      },
      family,
      keys,
    );
    assertEquals(
      there,
      keys.map((key) => found.findIndex((log) => log.includes(key))),
    );
  },
);

testBoth(
  "Family.forKey() takes numbers, and nothing but texts besides",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    assertEquals(
      await family.forKey(7).place(),
      await family.forKey(7).place(),
    );
    for (const bad of [undefined, null, {}, 7n, Symbol("key")]) {
      const error = assertThrows(() => family.forKey(bad as string), TypeError);
      assertStringIncludes(error.message, "'key'");
    }
  },
);

testBoth(
  "Family.near() calls a worker on that node, and any if there is none",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const [node] = topology().nodes;
    await family.near(node!.id).note("by id");
    await family.near({ nodeId: node!.id }).note("by affinity");
    await family.near("unknown").note("unknown");
    await family.near().note("here");
    await family.near(999_999).note("nowhere");
    assertEquals((await notes(family)).flat().length, 5);
    for (const bad of [-1, 0.5, NaN, "0"]) {
      const error = assertThrows(() => family.near(bad as number), RangeError);
      assertStringIncludes(error.message, String(bad));
    }
  },
);

testBoth(
  "Family.leastLoaded() calls none that has more to do than another",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    for (const busy of [0, 1, 0]) {
      const task = runtime.on(busy).spawn(async () => {
        const { signal } = currentTask();
        await new Promise((end) => signal.addEventListener("abort", end));
      });
      assertEquals(await family.on(busy).place(), [busy, 2]); // it has begun
      for (let k = 0; k < 5; k++) {
        assertEquals(await family.leastLoaded().place(), [1 - busy, 2]);
      }
      task.cancel();
      await assertRejects(() => task.then(), DOMException);
      await task.ended;
    }
  },
);

testBoth(
  "Family.leastLoaded() counts what other threads asked for",
  async ({ start }) => {
    const runtime = await start();
    const family = await runtime.link(choir.family());
    await runtime.on(0).spawn((given: unknown) => {
      (given as Family<Singer>).on(1).never().catch(() => {});
    }, family);
    while (runtime.stats().workers[1]!.run.running === 0) {
      await family.on(1).place();
    }
    for (let k = 0; k < 5; k++) {
      assertEquals(await family.leastLoaded().place(), [0, 2]);
    }
    await runtime.close({ timeout: 1 });
  },
);

testBoth(
  "Family.all() gives results in the order of the workers",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    assertEquals(await family.all().place(), [[0, 2], [1, 2]]);
    const streams = family.all().count(3);
    assertEquals(
      await Promise.all(streams.map((stream) => Array.fromAsync(stream))),
      [[0, 1, 2], [0, 1, 2]],
    );
  },
);

testBoth(
  "Family.all() keeps the results of those that did not fail",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const error = await assertRejects(
      () => family.all().evenOnly(),
      PartialFailureError,
    );
    const [zero, one] = error.results;
    assertEquals(zero, { status: "fulfilled", value: 0 });
    assertEquals(one!.status, "rejected");
    assertInstanceOf(error.errors[0], RangeError);
    assertInstanceOf(error, AggregateError);
    assertStringIncludes(error.message, "choir.evenOnly");
  },
);

testBoth(
  "Family.counter() is the same for all instances, and here",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    await family.all().note("there");
    family.here.note("here");
    family.create().note("besides");
    assertEquals(family.counter("notes").value, 4);
    assertEquals(family.counter("ended").value, 0);
    const other = await runtime.link(choir.family());
    assertEquals(other.counter("notes").value, 0);
    const error = assertThrows(() => family.counter("nope"), TypeError);
    assertStringIncludes(error.message, "notes, ended");
    const there = await assertRejects(() => family.on(0).miscount(), TypeError);
    assertStringIncludes(there.message, "'nope'");
  },
);

testBoth(
  "runtime.link() hands on what link() of the family gave before",
  async ({ start }) => {
    await using runtime = await start();
    const local = choir.family();
    const family = await runtime.link(local);
    assertStrictEquals(await runtime.link(local), family);
    assertStrictEquals(family.here, local.here);
    assert(await runtime.link(choir.family()) !== family);
  },
);

testBoth(
  "a family has fresh instances on workers that join later",
  async ({ start }) => {
    await using runtime = await start({ workers: 1 });
    const family = await runtime.link(choir.family());
    await family.on(0).note("first");
    await runtime.resize(2);
    assertEquals(family.size, 2);
    assertEquals(await family.all().place(), [[0, 2], [1, 2]]);
    assertEquals(await notes(family), [["first"], []]);
    await family.all().note("both");
    assertEquals(family.counter("notes").value, 3);
  },
);

Deno.test(
  "a worker that is replaced keeps its keys and the family's counters, with a fresh instance",
  {
    timeout: 60_000,
    ignore: topology().allowed.size < 2,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    const keys = Array.from({ length: 20 }, (_, k) => k);
    const places = () =>
      Promise.all(keys.map((key) => family.forKey(key).place()));
    await family.all().note("before");
    const before = await places();
    assertEquals(new Set(before.map(([index]) => index)).size, 2);
    await assertRejects(() => family.on(1).exit(), WorkerLostError);
    assertEquals(await places(), before);
    assertEquals(await notes(family), [["before"], []]);
    await family.on(1).note("after");
    assertEquals(family.counter("notes").value, 3);
  },
);

/** A call of one of several callers to one of several instances, in some way. */
interface Step {
  readonly caller: number;
  readonly to: number;
  readonly how: "call" | "forward" | "async";
}

testBoth(
  "calls of one caller to one instance start in order, whatever they are",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const step = fc.record({
      caller: fc.constantFrom(-1, 0, 1),
      to: fc.nat({ max: 1 }),
      how: fc.constantFrom(
        "call" as const,
        "forward" as const,
        "async" as const,
      ),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const mark = `${round++}:`;
        const numbered = steps.map((step, k) => ({ ...step, text: mark + k }));
        const of = (caller: number) =>
          numbered.filter((step) => step.caller === caller);
        await Promise.all([
          callAll(family, of(-1)),
          ...[0, 1].map((worker) =>
            runtime.on(worker).spawn(callAllThere, family, of(worker)).then()
          ),
        ]);
        const logs = await notes(family);
        for (const caller of [-1, 0, 1]) {
          for (const to of [0, 1]) {
            const sent = of(caller).filter((step) => step.to === to)
              .map(({ text, how }) => how === "async" ? `${text} async` : text);
            const got = logs[to]!.filter((text) => sent.includes(text));
            // What awaits notes later; it has begun in order all the same.
            const isSync = (text: string) => !text.endsWith("async");
            assertEquals(got.filter(isSync), sent.filter(isSync));
            assertEquals(got.toSorted(), sent.toSorted());
            const later = (texts: string[]) => texts.filter((t) => !isSync(t));
            assertEquals(later(got), later(sent));
          }
        }
      }),
      { numRuns: 25 },
    );
  },
);

async function callAll(
  family: Family<Singer>,
  steps: readonly (Step & { readonly text: string })[],
): Promise<void> {
  const answers: Promise<unknown>[] = [];
  const forward = family.forward();
  for (const { to, how, text } of steps) {
    if (how === "forward") forward.on(to).note(text);
    else if (how === "call") answers.push(family.on(to).note(text));
    else answers.push(family.on(to).noteLater(`${text} async`));
  }
  await Promise.all(answers);
  // In order behind what was forwarded.
  await family.all().place();
}

/** The same on a worker. */
async function callAllThere(
  given: unknown,
  steps: { to: number; how: string; text: string }[],
): Promise<void> {
  const family = given as Family<Singer>;
  const answers: Promise<unknown>[] = [];
  const forward = family.forward();
  for (const { to, how, text } of steps) {
    if (how === "forward") forward.on(to).note(text);
    else if (how === "call") answers.push(family.on(to).note(text));
    else answers.push(family.on(to).noteLater(`${text} async`));
  }
  await Promise.all(answers);
  await family.all().place();
}

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  callback,
  currentTask,
  type Family,
  QueueFullError,
  Runtime,
  RuntimeClosedError,
  topology,
  WorkerLostError,
} from "../../../mod.ts";
import { UnhandledRejections } from "../../support/unhandled_rejections.ts";
import type { FarModule } from "../../aware/fixtures/far.ts";
import { sink } from "../../aware/fixtures/sink.ts";
import { testBoth } from "../both_runtimes.ts";
import { choir, type Singer } from "../fixtures/choir.ts";
import { mortal } from "../fixtures/mortal.ts";
import { tap } from "../fixtures/tap.ts";

const timeout = 60_000;
const ignore = topology().allowed.size < 2;

testBoth(
  "Family.forward() calls in order with other calls, and returns nothing",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const forward = family.forward();
    assertStrictEquals(family.forward(), forward);
    const expected: string[] = [];
    for (let k = 0; k < 200; k++) {
      expected.push(String(k));
      if (k % 3 === 0) family.on(1).note(String(k));
      else assertEquals(forward.on(1).note(String(k)), undefined);
    }
    assertEquals(await family.on(1).log(), expected);
  },
);

testBoth(
  "Family.forward() chooses the instance as calls do",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const forward = family.forward();
    forward.all().note("all");
    for (let k = 0; k < 4; k++) forward.roundRobin().note("turn");
    forward.forKey("Ada").note("key");
    const logs = await family.all().log();
    for (const log of logs) {
      assertEquals(log.filter((text) => text !== "key"), [
        "all",
        "turn",
        "turn",
      ]);
    }
    assertEquals(
      await family.forKey("Ada").log(),
      ["all", "turn", "turn", "key"],
    );
    for (const one of [forward.any(), forward.leastLoaded(), forward.near()]) {
      one.note("some");
    }
    const all = (await family.all().log()).flat();
    assertEquals(all.filter((text) => text === "some").length, 3);
    assertThrows(() => forward.on(2), RangeError);
  },
);

testBoth(
  "Family.forward() sends no result, so it may be anything",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const errors: unknown[] = [];
    const onFailure = (error: unknown) => errors.push(error);
    family.forward({ onFailure }).on(0).unsendable();
    assertEquals(await family.on(0).log(), ["unsendable"]);
    await runtime.close();
    assertEquals(errors, []);
  },
);

testBoth(
  "Family.forward() tells 'onFailure' why a call failed",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const { promise, resolve } = Promise.withResolvers<unknown>();
    family.forward({ onFailure: resolve }).on(1).fail("no voice");
    const error = await promise;
    assertInstanceOf(error, RangeError);
    assertEquals(error.message, "no voice");
    assertEquals(await family.on(1).note("goes on"), 1);
  },
);

testBoth(
  "Family.forward() tells 'onFailure' once, whatever comes later",
  async ({ start }) => {
    const runtime = await start();
    const family = await runtime.link(choir.family());
    const errors: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const forward = family.forward({
      onFailure: (error) => {
        errors.push(error);
        resolve();
      },
    });
    const words = new Int32Array(new SharedArrayBuffer(4));
    forward.on(0).failWhenSet(words.buffer);
    await family.on(0).place();
    await runtime.close({ timeout: 1 });
    await promise;
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((next) => setTimeout(next));
    }
    assertEquals(errors.length, 1);
    assertInstanceOf(errors[0], RuntimeClosedError);
  },
);

testBoth(
  "Family.forward() leaves a failure unhandled that nobody listens for",
  async ({ start }) => {
    using rejections = new UnhandledRejections();
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    family.forward().on(0).fail("unheard");
    const error = await rejections.first;
    assertInstanceOf(error, RangeError);
    assertEquals(error.message, "unheard");
  },
);

testBoth(
  "Family.forward() takes no more than maxQueued calls under way",
  async ({ start }) => {
    await using runtime = await start({ maxQueued: 3 });
    const family = await runtime.link(choir.family());
    const forward = family.forward();
    for (let k = 0; k < 3; k++) forward.on(0).note(String(k));
    const error = assertThrows(() => forward.on(0).note("3"), QueueFullError);
    assertEquals(error.maxQueued, 3);
    assertStringIncludes(error.message, "choir.note");
    // None of the others gets what one of them cannot take.
    assertThrows(() => forward.all().note("3"), QueueFullError);
    forward.on(1).note("elsewhere");
    assertEquals(await family.all().log(), [["0", "1", "2"], ["elsewhere"]]);
    // Who has the answer to a later call has room again.
    for (let round = 0; round < 200; round++) {
      for (let k = 0; k < 3; k++) forward.on(0).note("again");
      await family.on(0).place();
    }
    assertEquals((await family.on(0).log()).length, 603);
  },
);

testBoth(
  "Family.forward() counts a call until it has ended",
  async ({ start }) => {
    const runtime = await start({ maxQueued: 2 });
    const family = await runtime.link(choir.family());
    const onFailure = () => {};
    const forward = family.forward({ onFailure });
    forward.on(0).never();
    forward.on(0).never();
    await family.on(1).place();
    assertThrows(() => forward.on(0).note("too much"), QueueFullError);
    await runtime.close({ timeout: 1 });
  },
);

testBoth(
  "Family.forward() refuses at once what cannot be sent",
  async ({ start }) => {
    const runtime = await start();
    const family = await runtime.link(choir.family());
    const forward = family.forward();
    const bad = (() => {}) as unknown as string;
    const error = assertThrows(() => forward.on(0).note(bad), TypeError);
    assertStringIncludes(error.message, "argument 0");
    const generator = forward.on(0) as unknown as { count(to: number): void };
    const stream = assertThrows(() => generator.count(3), TypeError);
    assertStringIncludes(stream.message, "count");
    const unknown = forward.on(0) as unknown as { nope(): void };
    const nope = assertThrows(() => unknown.nope(), TypeError);
    assertStringIncludes(nope.message, "'nope'");
    const { note } = forward.on(0);
    assertThrows(() => note("alone"), TypeError);
    assertThrows(
      () => family.forward({ onFailure: 7 as unknown as () => void }),
      TypeError,
    );
    assertEquals(await family.on(0).log(), []);
    await runtime.close();
    assertThrows(() => forward.on(0).note("late"), RuntimeClosedError);
  },
);

testBoth("Runtime.close() waits for what was forwarded", async ({ start }) => {
  const runtime = await start();
  const local = choir.family();
  const family = await runtime.link(local);
  for (let k = 0; k < 300; k++) family.forward().on(k % 2).noteLater("late");
  await runtime.close();
  assertEquals(local.counter("notes").value, 300);
});

testBoth(
  "what a worker forwards is done before the runtime is closed",
  async ({ start }) => {
    const runtime = await start();
    const local = choir.family();
    const family = await runtime.link(local);
    await runtime.on(0).spawn((given: unknown) => {
      const forward = (given as Family<Singer>).forward();
      for (let k = 0; k < 100; k++) forward.on(k % 2).note("there");
    }, family);
    await runtime.close();
    assertEquals(local.counter("notes").value, 100);
  },
);

testBoth(
  "a forwarded call can use a callback until it has ended",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(tap.family());
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const tell = callback((text: string) => {
      if (seen.push(text) === 3) resolve();
      return text;
    });
    family.forward().on(0).each(["a", "b", "c"], tell);
    await promise;
    assertEquals(seen, ["a", "b", "c"]);
    const later = callback((text: string) => void seen.push(text));
    family.forward().on(0).listen(later); // keeps it for longer
    await family.on(0).log();
    assertEquals(await family.on(0).say("late"), ["rejected"]);
    assertEquals(seen.length, 3);
  },
);

Deno.test(
  "a worker that is lost fails what was forwarded to it, and the next one takes more",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    const errors: unknown[] = [];
    const forward = family.forward({
      onFailure: (error) => errors.push(error),
    });
    forward.on(0).never();
    forward.on(0).exit();
    for (let k = 0; k < 50; k++) forward.on(0).note(String(k));
    while (errors.length < 2) await family.on(1).place();
    assert(errors.every((error) => error instanceof WorkerLostError));
    assert((errors[0] as WorkerLostError).started);
    assertStringIncludes((errors[0] as Error).message, "choir.");
    // Those that had not started yet were lost with it, or kept for the next one.
    const log = await family.on(0).log();
    assertEquals(
      log.length + errors.length,
      52,
      "a call is neither done nor failed",
    );
    forward.on(0).note("next");
    assertEquals((await family.on(0).log()).at(-1), "next");
  },
);

Deno.test(
  "Family.forward() to a worker that is being replaced waits for the next one",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2, maxQueued: 5 });
    const family = await runtime.link(choir.family());
    await assertRejects(() => family.on(0).exit(), WorkerLostError);
    const forward = family.forward();
    for (let k = 0; k < 5; k++) forward.on(0).note(String(k));
    assertThrows(() => forward.on(0).note("5"), QueueFullError);
    assertEquals(await family.on(0).log(), ["0", "1", "2", "3", "4"]);
  },
);

Deno.test("what a worker forwards to a lost one fails there", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(choir.family());
  const failed = await runtime.on(0).spawn(async (given: unknown) => {
    const family = given as Family<Singer>;
    const { promise, resolve } = Promise.withResolvers<void>();
    const names: string[] = [];
    const forward = family.forward({
      onFailure: (error) => {
        if (names.push((error as Error).name) === 2) resolve();
      },
    });
    forward.on(1).never();
    forward.on(1).exit();
    await promise;
    return names;
  }, family);
  assertEquals(failed, ["WorkerLostError", "WorkerLostError"]);
});

Deno.test(
  "what is forwarded to a worker that cannot be replaced fails, and did not start",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(mortal.family());
    const errors: unknown[] = [];
    const done = Promise.withResolvers<void>();
    const forward = family.forward({
      onFailure: (error) => {
        if (errors.push(error) === 3) done.resolve();
      },
    });
    forward.on(0).exit();
    await assertRejects(() => family.on(0).exit(), WorkerLostError);
    forward.on(0).exit(); // kept until it is known that there is no other
    await assertRejects(() => family.on(0).exit(), WorkerLostError);
    forward.on(0).exit();
    await done.promise;
    assertEquals(
      errors.map((error) => (error as WorkerLostError).started),
      [true, false, false],
    );
  },
);

Deno.test(
  "what is forwarded waits for the modules of its arguments, in order with all else",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(sink);
    const url = new URL("../../aware/fixtures/far.ts", import.meta.url);
    url.search = crypto.randomUUID(); // no worker has loaded it
    const { Far } = await import(url.href) as FarModule;
    const forward = family.forward();
    forward.on(0).note(1);
    forward.on(0).note(new Far("a"));
    const call = family.on(0).note(2);
    forward.on(0).note(3);
    assertEquals(await family.on(0).noted(), [
      1,
      { label: "a", told: 1, isRight: true, name: "Far" },
      2,
      3,
    ]);
    await call;
  },
);

/** Blocks worker 0 in a join until `go()`; then it says how many notes there are. */
async function blocked(runtime: Runtime, family: Family<Singer>) {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const notes = runtime.on(0).spawn(
    (given: unknown, buffer) => {
      currentTask().runtime.on(1).spawn((buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer);
        Atomics.store(words, 1, 1);
        Atomics.notify(words, 1);
        Atomics.wait(words, 0, 0, 10_000);
      }, buffer).join();
      return (given as Family<Singer>).counter("notes").value;
    },
    family as unknown,
    words.buffer,
  );
  await Atomics.waitAsync(words, 1, 0).value;
  const go = () => {
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
  };
  /** It has taken all that was sent to it. */
  const taken = async () => {
    while (runtime.stats().workers[0]!.run.queued > 0) {
      await new Promise((next) => setTimeout(next));
    }
  };
  return { notes, go, taken };
}

Deno.test("a worker that blocks runs what is forwarded, and says so later", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2, maxQueued: 5 });
  const family = await runtime.link(choir.family());
  const { notes, go } = await blocked(runtime, family);
  const forward = family.forward();
  for (let k = 0; k < 4; k++) forward.on(0).note(String(k));
  while (family.counter("notes").value < 4) {
    await new Promise((next) => setTimeout(next));
  }
  go();
  assertEquals(await notes, 4);
  assertEquals(await family.on(0).log(), ["0", "1", "2", "3"]);
  for (let k = 4; k < 8; k++) forward.on(0).note(String(k)); // there is room again
  assertEquals((await family.on(0).log()).length, 8);
});

Deno.test(
  "a worker that blocks puts off async methods that are forwarded, and what is behind them",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    const { notes, go, taken } = await blocked(runtime, family);
    const forward = family.forward();
    forward.on(0).noteThenWait("async");
    forward.on(0).note("behind");
    await taken();
    go();
    assertEquals(await notes, 0);
    assertEquals(await family.on(0).log(), ["async", "behind"]);
  },
);

testBoth(
  "Runtime.mark() shows what is forwarded, until it has ended",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    performance.clearMeasures();
    {
      using _marks = runtime.mark();
      const { promise, resolve } = Promise.withResolvers<unknown>();
      family.forward({ onFailure: resolve }).on(0).fail("shown");
      family.forward().on(1).note("shown");
      await promise;
      await family.on(1).log();
    }
    const names = performance.getEntriesByType("measure").map(({ name }) =>
      name
    );
    performance.clearMeasures();
    assertEquals(
      names.toSorted(),
      ["kindred:choir.fail", "kindred:choir.log", "kindred:choir.note"],
    );
  },
);

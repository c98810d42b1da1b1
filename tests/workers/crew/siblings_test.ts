import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  ChannelClosedError,
  ChannelReserveError,
  DeadlockError,
  Runtime,
  topology,
  WorkerLostError,
} from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";
import { testBoth } from "../both_runtimes.ts";
import { StartedWorkers } from "../started_workers.ts";
import { chamber, choir, type Note } from "../fixtures/choir.ts";

const timeout = 60_000;
const ignore = topology().allowed.size < 2;

testBoth(
  "Siblings has the index of its worker, and how many there are",
  async ({ start }) => {
    await using runtime = await start();
    const local = choir.family();
    const besides = local.create();
    assertEquals(besides.place(), [-1, 0]);
    const family = await runtime.link(local);
    assertEquals(await family.all().place(), [[0, 2], [1, 2]]);
    assertEquals([besides.place(), family.here.place()], [[-1, 2], [-1, 2]]);
  },
);

testBoth(
  "Siblings.send() reaches the sibling in order, and nobody else",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    await family.on(0).tell(1, 100);
    const notes = await family.on(1).take(100);
    assertEquals(
      notes,
      Array.from({ length: 100 }, (_, count) => ({ from: 0, count })),
    );
    assertEquals(await family.all().tryRecv(), [undefined, undefined]);
  },
);

testBoth("Siblings.send() reaches the sender itself", async ({ start }) => {
  await using runtime = await start();
  const family = await runtime.link(choir.family());
  await family.on(1).tell(1, 2);
  assertEquals(await family.on(1).recv(), { from: 1, count: 0 });
  assertEquals(await family.on(1).recvAsync(), { from: 1, count: 1 });
});

testBoth("Siblings.broadcast() reaches all others", async ({ start }) => {
  await using runtime = await start();
  const family = await runtime.link(choir.family());
  await family.on(0).tellAll(3);
  const expected = [0, 1, 2].map((count) => ({ from: 0, count }));
  assertEquals(await family.on(1).take(3), expected);
  assertEquals(await family.on(0).tryRecv(), undefined);
  // Who is no sibling reaches all of them.
  family.here.tellAll(1);
  assertEquals(await family.all().recvAsync(), [
    { from: -1, count: 0 },
    { from: -1, count: 0 },
  ]);
});

testBoth(
  "Siblings.recvAsync() waits for a message, in the order of the calls",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const waiting = Array.from({ length: 5 }, () => family.on(1).recvAsync());
    await family.on(0).tell(1, 5);
    const counts = (await Promise.all(waiting)).map(({ count }) => count);
    assertEquals(counts, [0, 1, 2, 3, 4]);
  },
);

testBoth(
  "Siblings.recvAsync() gives up when its time is up, and loses nothing",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const error = await assertRejects(
      () => family.on(1).recvAsync(5),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
    await family.on(0).tell(1, 1);
    assertEquals(await family.on(1).recvAsync(), { from: 0, count: 0 });
    await assertRejects(() => family.on(1).recvAsync(-1), RangeError);
  },
);

testBoth("Siblings.recv() gives up when its time is up", async ({ start }) => {
  await using runtime = await start();
  const family = await runtime.link(choir.family());
  const error = await assertRejects(() => family.on(1).recv(5), DOMException);
  assertEquals(error.name, "TimeoutError");
  await assertRejects(() => family.on(1).recv(-1), RangeError);
});

testBoth(
  "a loop over the siblings' messages can be left and begun again",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    await family.on(0).tell(1, 4);
    assertEquals((await family.on(1).take(2)).map(({ count }) => count), [
      0,
      1,
    ]);
    assertEquals((await family.on(1).take(2)).map(({ count }) => count), [
      2,
      3,
    ]);
  },
);

testBoth(
  "Siblings.send() refuses what is no index, and what cannot be sent",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    for (const to of [2, -1, 0.5, NaN]) {
      const error = await assertRejects(
        () => family.on(0).tell(to, 1),
        RangeError,
      );
      assertStringIncludes(error.message, String(to));
      assertStringIncludes(error.message, "choir");
    }
    const text = (() => {}) as unknown as string;
    const error = assertThrows(() => family.here.tell(1, 1, text), TypeError);
    assertStringIncludes(error.message, "'text'");
    assertEquals(await family.on(1).tryRecv(), undefined);
  },
);

testBoth(
  "an instance that no worker hosts receives nothing, and says so",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    for (const instance of [family.here, family.create()]) {
      const error = assertThrows(() => instance.tryRecv(), TypeError);
      assertStringIncludes(error.message, "choir");
      assertThrows(() => instance.recv(), TypeError);
      await assertRejects(() => instance.recvAsync(), TypeError);
    }
  },
);

testBoth(
  "messages that nobody takes are refused when they take all of the reserve",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(chamber.family());
    const text = "la".repeat(40);
    const error = await assertRejects(
      () => family.on(0).tell(1, 1000, text),
      ChannelReserveError,
    );
    assertEquals((error.value as Note).text, text);
    // Those that were sent are there, in order, and then there is room again.
    const count = (error.value as Note).count;
    assert(count > 5, `only ${count} messages fit`);
    const notes = await family.on(1).take(count);
    assertEquals(notes.map((note) => note.count), notes.map((_, k) => k));
    await family.on(0).tell(1, 3, text);
    assertEquals((await family.on(1).take(3)).length, 3);
    const long = await assertRejects(
      () => family.on(0).tell(1, 1, "x".repeat(5000)),
      RangeError,
    );
    assertStringIncludes(long.message, "'reserve'");
  },
);

testBoth(
  "messages that are there when a worker joins are not for it, if another had its place before",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    await family.on(0).tell(1, 3);
    await runtime.resize(1);
    await assertRejects(() => family.on(0).tell(1, 1), RangeError);
    await runtime.resize(2);
    assertEquals(await family.on(1).tryRecv(), undefined);
    await family.on(0).tell(1, 1);
    assertEquals(await family.on(1).recv(), { from: 0, count: 0 });
  },
);

testBoth(
  "a worker that joins later is a sibling of those that are there",
  async ({ start }) => {
    await using runtime = await start({ workers: 1 });
    const family = await runtime.link(choir.family());
    assertEquals(await family.on(0).place(), [0, 1]);
    await runtime.resize(2);
    await family.on(0).tell(1, 1);
    await family.on(1).tell(0, 1);
    assertEquals(await family.all().recv(), [
      { from: 1, count: 0 },
      { from: 0, count: 0 },
    ]);
  },
);

testBoth(
  "a loop over the siblings' messages ends when the worker ends",
  async ({ start }) => {
    const runtime = await start();
    const local = choir.family();
    const family = await runtime.link(local);
    await family.all().listen();
    await family.on(0).tell(1, 10);
    while ((await family.on(1).heard()).length < 10);
    await runtime.resize(1);
    assertEquals(local.counter("ended").value, 1);
    await runtime.close();
    assertEquals(local.counter("ended").value, 2);
    assertThrows(() => family.here.tell(0, 1), ChannelClosedError);
  },
);

testBoth(
  "two families of one definition do not hear each other",
  async ({ start }) => {
    await using runtime = await start();
    const one = await runtime.link(choir.family());
    const other = await runtime.link(choir.family());
    await one.on(0).tell(1, 1);
    assertEquals(await other.on(1).tryRecv(), undefined);
    assertEquals(await one.on(1).recv(), { from: 0, count: 0 });
  },
);

testBoth(
  "each message to a sibling is taken once, those of one sender in order",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(choir.family());
    const burst = fc.record({
      from: fc.constantFrom(-1, 0, 1),
      to: fc.nat({ max: 1 }),
      count: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(burst, { maxLength: 12 }), async (bursts) => {
        const told = bursts.map(({ from, to, count }) =>
          from < 0
            ? family.here.tell(to, count)
            : family.on(from).tell(to, count)
        );
        const sum = (to: number) =>
          bursts.filter((burst) => burst.to === to)
            .reduce((sum, { count }) => sum + count, 0);
        const takers = [0, 1].map((to) =>
          sum(to) === 0 ? [] : family.on(to).take(sum(to))
        );
        await Promise.all(told);
        for (const [to, notes] of (await Promise.all(takers)).entries()) {
          for (const from of [-1, 0, 1]) {
            const expected = bursts
              .filter((burst) => burst.to === to && burst.from === from)
              .flatMap(({ count }) =>
                Array.from({ length: count }, (_, k) => k)
              );
            assertEquals(
              notes.filter((note) => note.from === from)
                .map(({ count }) => count),
              expected,
            );
          }
        }
        assertEquals(await family.all().tryRecv(), [undefined, undefined]);
      }),
      { numRuns: 25 },
    );
  },
);

Deno.test(
  "Siblings.recv() of an inline worker is a deadlock where there is no message",
  {
    timeout,
  },
  async () => {
    const { Worker } = globalThis;
    Reflect.deleteProperty(globalThis, "Worker");
    const starting = Runtime.start({ workers: 2 });
    globalThis.Worker = Worker;
    await using runtime = await starting;
    const family = await runtime.link(choir.family());
    await assertRejects(() => family.on(1).recv(), DeadlockError);
    await family.on(0).tell(1, 1);
    assertEquals(await family.on(1).recv(), { from: 0, count: 0 });
  },
);

Deno.test("Siblings.recv() blocks a worker until another one sends", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(choir.family());
  const waiting = family.on(1).recv();
  const later = family.on(1).place(); // nothing else runs there meanwhile
  await family.on(0).tell(1, 1);
  assertEquals(await waiting, { from: 0, count: 0 });
  assertEquals(await later, [1, 2]);
});

Deno.test(
  "what a lost worker has not taken is there for the one in its place",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    await family.on(0).tell(1, 5);
    assertEquals((await family.on(1).take(2)).length, 2);
    const waiting = assertRejects(() => family.on(1).never(), WorkerLostError);
    await assertRejects(() => family.on(1).exit(), WorkerLostError);
    await waiting;
    // To whoever is there next: so many that senders look who is there.
    await family.on(0).tell(1, 600);
    const counts = (await family.on(1).take(603)).map(({ count }) => count);
    assertEquals(counts, [
      2,
      3,
      4,
      ...Array.from({ length: 600 }, (_, k) => k),
    ]);
    // And back: the new one has its place, and sends as its former one did.
    await family.on(1).tell(0, 1);
    assertEquals(await family.on(0).recvAsync(), { from: 1, count: 0 });
  },
);

Deno.test(
  "a worker that waits for a message of a lost one is served by the next",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    await family.on(1).tell(0, 1); // so that it has an end
    await family.on(0).recvAsync();
    const waiting = family.on(0).recvAsync();
    await assertRejects(() => family.on(1).exit(), WorkerLostError);
    await family.on(1).place(); //    the next one is there
    await family.on(0).noteLater("still");
    await family.on(1).tell(0, 1);
    assertEquals(await waiting, { from: 1, count: 0 });
  },
);

Deno.test(
  "a worker that ends while it makes a message has sent those before it only",
  { timeout, ignore },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    await assertRejects(() => family.on(1).tellAndDie(0, 3), WorkerLostError);
    await family.on(1).tell(0, 1);
    const counts = (await family.on(0).take(4)).map(({ count }) => count);
    assertEquals(counts, [0, 1, 2, 0]);
  },
);

Deno.test(
  "workers that are lost in the middle of messages leave none half, and lose none of others",
  { timeout: 60_000, ignore },
  async () => {
    using workers = new StartedWorkers();
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    for (let round = 0; round < 5; round++) {
      const text = "x".repeat(100 + 4997 * round); // also in several segments
      const sending = assertRejects(
        () => family.on(1).tellForEver(0, text),
        WorkerLostError,
      );
      const taken: Note[] = [];
      const take = async (count: number) => {
        taken.push(...await family.on(0).take(count));
      };
      let told = 0;
      const tellMine = async () => {
        for (;;) {
          try {
            family.here.tell(0, 1, `${round}/${told}`);
            return told++;
          } catch (error) {
            assertInstanceOf(error, ChannelReserveError); // the other is quicker
            await take(5);
          }
        }
      };
      for (let k = 0; k < 10; k++) {
        await tellMine();
        await take(17);
      }
      workers.list[round === 0 ? 1 : workers.list.length - 1]!.terminate();
      for (let k = 0; k < 10; k++) await tellMine();
      await sending;
      for (let note; (note = await family.on(0).tryRecv()) !== undefined;) {
        taken.push(note);
      }
      const mine = taken.filter(({ from }) => from === -1);
      assertEquals(
        mine.map(({ text }) => text),
        Array.from({ length: told }, (_, k) => `${round}/${k}`),
      );
      const theirs = taken.filter(({ from }) => from === 1);
      assert(theirs.length > 100);
      assert(theirs.every((note) => note.text === text), "a message is half");
      assertEquals(theirs.map(({ count }) => count), theirs.map((_, k) => k));
    }
  },
);

Deno.test(
  "Runtime.close() ends workers that block for a message that nobody sends",
  {
    timeout,
    ignore,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    const waiting = family.on(1).recv().catch((error: unknown) => error);
    await family.on(0).place();
    const start = performance.now();
    await runtime.close({ timeout: 20 });
    assertInstanceOf(await waiting, Error);
    assert(performance.now() - start < 20_000, "its thread was waited for");
  },
);

Deno.test("a program ends although instances listen to their siblings", {
  timeout,
}, async () => {
  const fixture = new URL("../fixtures/choir.ts", import.meta.url);
  for (const permissions of [["-A"], []]) {
    const { code, stdout, stderr } = await runProgram(
      `import { Runtime } from "@kindred/kindred";
      import { choir } from "${fixture}";
      const runtime = await Runtime.start({ workers: 1 });
      const family = await runtime.link(choir);
      await family.all().listen();
      await family.on(0).tell(0, 3);
      console.log(runtime.report().mode);`,
      { permissions },
    );
    const mode = permissions.length > 0 ? "threads" : "inline";
    assertEquals([code, stdout.trim(), stderr], [0, mode, ""]);
  }
});

Deno.test(
  "Siblings.recv() of a worker that was given up takes nothing of its successor",
  {
    ignore,
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(choir.family());
    const blocked = runtime.with({ timeout: 50 }).on(1).spawn(
      (one: typeof family) => void one.here.recv(),
      family,
    );
    const lost = family.on(1).place();
    await assertRejects(() => blocked.then(), DOMException);
    await assertRejects(() => lost, WorkerLostError);
    assertEquals(await family.on(1).place(), [1, 2]);
    const waiting = family.on(1).recvAsync();
    await family.on(0).tell(1, 1);
    assertEquals((await waiting).count, 0);
    await family.on(0).tell(1, 3);
    const next = await family.on(1).take(3);
    assertEquals(next.map(({ count }) => count), [0, 1, 2]);
  },
);

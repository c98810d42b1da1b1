import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Runtime, topology } from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";
import { hold, holder, relay } from "../fixtures/relay.ts";
import { tally } from "../fixtures/tally.ts";
import { victim } from "../fixtures/victim.ts";
import { StartedWorkers } from "../started_workers.ts";

const timeout = 60_000;
const ignore = topology().allowed.size < 2;

async function start() {
  const runtime = await Runtime.start({ workers: 2 });
  const relays = await runtime.link(relay.family());
  const victims = await runtime.link(victim);
  return { runtime, relays, victims };
}

Deno.test("a family that is passed as an argument calls from a worker", {
  timeout,
  ignore,
}, async () => {
  const { runtime, relays, victims } = await start();
  await using _ = runtime;
  assertEquals(await relays.on(0).count(victims, 1), 1);
  assertEquals(await relays.on(1).count(victims, 0), 1);
  // Itself, too.
  assertEquals(await relays.on(0).count(victims, 0), 2);
  assertEquals(await victims.on(1).count(), 2);
});

Deno.test("Family.here on a worker is the instance that calls to it reach", {
  timeout,
  ignore,
}, async () => {
  const { runtime, relays } = await start();
  await using _ = runtime;
  const tallies = await runtime.link(tally.family());
  await tallies.on(0).add(1);
  assertEquals(await relays.on(0).seen(tallies), [2, [2, 0], 2]);
  assertEquals(await relays.on(1).seen(tallies), [1, [2, 1], 2]);
});

Deno.test("a family in the shared state of another one calls from a worker", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  hold(await runtime.link(tally.family()));
  const holders = await runtime.link(holder);
  assertEquals(await holders.on(0).add(1), [0, 1]);
  assertEquals(await holders.on(1).add(0), [1, 1]);
  assertEquals(await holders.all().here(), [1, 1]);
});

Deno.test("a worker that sleeps is woken by the calls of another one", {
  timeout,
  ignore,
}, async () => {
  const { runtime, relays, victims } = await start();
  await using _ = runtime;
  const wokenByWord = () => runtime.stats().workers[1]!.waits.wokenByWord;
  const before = wokenByWord();
  for (let round = 0; round < 20; round++) {
    // Long enough that both sleep, and not only spin.
    await relays.on(0).wait(3);
    assertEquals(await relays.on(0).count(victims, 1), round + 1);
  }
  assert(wokenByWord() > before, "it was found by a tick only");
});

Deno.test("calls of one worker to one instance start in order", {
  timeout,
  ignore,
}, async () => {
  const { runtime, relays, victims } = await start();
  await using _ = runtime;
  const counts = await relays.on(0).burst(victims, 1, 3000);
  assertEquals(counts, counts.map((_, k) => k + 1));
});

Deno.test("workers that call each other in turn do not wait for each other", {
  timeout,
  ignore,
}, async () => {
  const { runtime, relays } = await start();
  await using _ = runtime;
  const all = Array.from(
    { length: 20 },
    (_, k) => relays.on(k % 2).pingPong(relays, k % 2, 1 - k % 2, 50),
  );
  assertEquals(await Promise.all(all), all.map((_, k) => k % 2));
});

for (
  const method of [
    "exit",
    "closeSelf",
    "throwUncaught",
    "rejectUnhandled",
  ] as const
) {
  Deno.test(
    `a worker lost by ${method}() rejects the calls of other workers, and is called again`,
    {
      timeout,
      ignore,
    },
    async () => {
      const { runtime, relays, victims } = await start();
      await using _ = runtime;
      assertEquals(await relays.on(0).count(victims, 1), 1);
      const waiting = relays.on(0).ending(victims, 1, "never");
      const [name, worker, started, message] = await relays.on(0).ending(
        victims,
        1,
        method,
      );
      assertEquals([name, worker, started], ["WorkerLostError", 1, true]);
      assert(!message.includes("without a word"), message);
      assertEquals((await waiting).slice(0, 3), ["WorkerLostError", 1, true]);
      assertEquals(await relays.on(0).count(victims, 1), 1, "not a fresh one");
    },
  );
}

Deno.test(
  "a worker that ends without a word is noticed by a worker that waits for it",
  {
    timeout,
    ignore,
  },
  async () => {
    using workers = new StartedWorkers();
    const { runtime, relays, victims } = await start();
    await using _ = runtime;
    assertEquals(await relays.on(0).count(victims, 1), 1);
    const waiting = relays.on(0).ending(victims, 1, "never");
    assertEquals(await relays.on(0).count(victims, 1), 2);
    workers.list[1]!.terminate();
    assertEquals((await waiting).slice(0, 3), ["WorkerLostError", 1, true]);
  },
);

Deno.test(
  "a lost worker's calls are not answered to the one that takes its place",
  {
    timeout,
    ignore,
  },
  async () => {
    const { runtime, relays, victims } = await start();
    await using _ = runtime;
    for (let round = 0; round < 3; round++) {
      // Worker 0 calls, and is gone before the answers come.
      const slow = relays.on(0).burst(victims, 1, 50).catch(() => {});
      await victims.on(0).exit().catch(() => {});
      await slow;
      const before = await victims.on(1).count();
      const counts = await relays.on(0).burst(victims, 1, 20);
      // What the former one called may still run, before or between these.
      assert(counts[0]! > before, "an answer to the former one");
      assertEquals(counts, counts.toSorted((a, b) => a - b));
      assertEquals(new Set(counts).size, counts.length);
    }
  },
);

Deno.test(
  "Runtime.close() waits for calls between workers that nobody awaits",
  {
    timeout,
    ignore,
  },
  async () => {
    const { runtime, relays } = await start();
    const tallies = await runtime.link(tally.family());
    for (let k = 0; k < 100; k++) {
      relays.on(k % 2).fireAndForget(tallies, 1 - k % 2);
    }
    await runtime.close();
    assertEquals(tallies.here.add(0), 101); // it starts at 1
  },
);

Deno.test("a family of another runtime is refused with a sentence", {
  timeout,
}, async () => {
  await using one = await Runtime.start({ workers: 1 });
  await using other = await Runtime.start({ workers: 1 });
  const relays = await one.link(relay.family());
  const foreign = await other.link(victim);
  const error = await assertRejects(() => relays.on(0).count(foreign, 0));
  assertStringIncludes((error as Error).message, "'victim'");
  assertStringIncludes((error as Error).message, "another runtime");
});

Deno.test("Runtime.current is the runtime of a worker, and none elsewhere", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const relays = await runtime.link(relay.family());
  assertEquals(Runtime.current, undefined);
  assertEquals(await relays.on(0).current(), [true, 1]);
  const error = await assertRejects(() => relays.on(0).closeRuntime());
  assertStringIncludes((error as Error).message, "inside a task");
});

Deno.test("a family reaches inline instances as it reaches workers", {
  timeout,
}, async () => {
  const { code, stdout, stderr } = await runProgram(
    `import { Runtime } from "@kindred/kindred";
    import { relay } from "${new URL("../fixtures/relay.ts", import.meta.url)}";
    import { tally } from "${new URL("../fixtures/tally.ts", import.meta.url)}";
    await using runtime = await Runtime.start({ workers: 2 });
    const relays = await runtime.link(relay.family());
    const tallies = await runtime.link(tally.family());
    await tallies.on(0).add(1);
    console.log(JSON.stringify([
      runtime.report().mode,
      await relays.on(0).seen(tallies),
      await relays.on(1).seen(tallies),
      tallies.here.local(),
      await relays.on(0).current(),
      await relays.on(0).closeRuntime().catch(({ message }) => message.slice(0, 20)),
      Runtime.current === undefined,
    ]));`,
  );
  assertEquals([code, stderr], [0, ""]);
  assertEquals(JSON.parse(stdout), [
    "inline",
    [2, [2, 0], 2],
    [1, [2, 1], 2],
    0,
    [true, 2],
    "Cannot close the run",
    true,
  ]);
});

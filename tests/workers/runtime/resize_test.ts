import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  currentTask,
  type Family,
  Runtime,
  RuntimeClosedError,
  topology,
} from "../../../mod.ts";
import { type Tally, tally } from "../fixtures/tally.ts";

const timeout = 60_000;
const ignore = topology().allowed.size < 2;

Deno.test(
  "Runtime.resize() adds workers that take tasks, and lets workers finish that it takes away: set_num_threads (U10)",
  { timeout, ignore },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    await runtime.resize(2);
    assertEquals([runtime.size, runtime.report().workers.length], [2, 2]);
    const workers = await runtime.broadcast(() => currentTask().worker);
    assertEquals(workers, [0, 1]);
    const slow = runtime.on(1).spawn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 1;
    });
    const many = Array.from(
      { length: 200 },
      (_, n) => runtime.spawn((n: number) => n, n),
    );
    await runtime.resize(1);
    assertEquals([runtime.size, runtime.report().workers.length], [1, 1]);
    assertEquals(slow.state, "done");
    assertEquals(await Promise.all(many), many.map((_, n) => n));
    assertEquals(await runtime.broadcast(() => currentTask().worker), [0]);
    // And again.
    await runtime.resize(2);
    assertEquals(await runtime.on(1).spawn(() => 5), 5);
  },
);

Deno.test(
  "families follow Runtime.resize(), with fresh instances, also as workers see them",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(tally.family());
    await family.all().add(1);
    await runtime.resize(2);
    assertEquals(family.size, 2);
    assertEquals(await family.all().local(), [1, 0]);
    await family.on(1).add(3);
    const seen = await runtime.on(0).spawn(async (family: Family<Tally>) => {
      return [family.size, ...await family.all().local()];
    }, family);
    assertEquals(seen, [2, 1, 3]);
    await runtime.resize(1);
    assertEquals([family.size, await family.all().local()], [1, [1]]);
    await assertRejects(async () => await family.on(1).local(), RangeError);
    const again = await runtime.spawn(
      (family: Family<Tally>) => family.size,
      family,
    );
    assertEquals(again, 1);
    await runtime.resize(2);
    assertEquals(await family.all().local(), [1, 0]);
  },
);

Deno.test("Runtime.resize() under load loses nothing", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(tally.family());
  let going = true;
  let done = 0;
  const load = Promise.all([1, 2, 3, 4].map(async () => {
    while (going) {
      await runtime.spawn((n: number) => n + 1, done);
      await family.any().add(1);
      done++;
      await new Promise((next) => setTimeout(next));
    }
  }));
  for (let round = 0; round < 6; round++) await runtime.resize(1 + round % 2);
  going = false;
  await load;
  assert(done > 0);
  assertEquals(runtime.report().workers.map(({ replaced }) => replaced), [
    0,
    0,
  ]);
});

Deno.test(
  "Runtime.resize() refuses sizes that there are not, and closed runtimes",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const most = topology().allowed.size;
    for (const size of [0, -1, 1.5, NaN, most + 1, "2" as unknown as number]) {
      await assertRejects(() => runtime.resize(size), RangeError);
    }
    assertEquals(runtime.size, 1);
    await runtime.close();
    await assertRejects(() => runtime.resize(1), RuntimeClosedError);
  },
);

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  type Family,
  LocalDisposeError,
  Runtime,
  RuntimeClosedError,
  topology,
} from "../../../mod.ts";
import { type Hoarder, hoarder } from "../fixtures/hoarder.ts";
import { DISPOSED, entry, logOf, MADE, use } from "../fixtures/owned.ts";

const timeout = 60_000;
const MIB = 2 ** 20;
const maxHeap = 48 * MIB;

/** Calls until a worker has been replaced. Returns the counts of the instance. */
async function untilReplaced(
  runtime: Runtime,
  call: () => Promise<number>,
): Promise<number[]> {
  const counts: number[] = [];
  while (runtime.report().workers[0]!.replaced === 0) {
    counts.push(await call());
  }
  return counts;
}

Deno.test("Runtime.start() refuses a maxHeap that is none", async () => {
  for (const value of [0, -1, NaN, 1.5, 16 * MIB - 1, 2 ** 60, "64 MB", null]) {
    const error = await assertRejects(
      () => Runtime.start({ maxHeap: value as number }),
      RangeError,
    );
    assertStringIncludes(error.message, "'maxHeap'");
    assertStringIncludes(error.message, String(value));
  }
});

Deno.test(
  "a worker over maxHeap is recycled between calls, with a fresh instance, and the report says why",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1, maxHeap });
    const family = await runtime.link(hoarder);
    assertEquals(await family.on(0).keep(60), 1);
    const counts = await untilReplaced(runtime, () => family.on(0).calls());
    // In order, by the old instance, and then by a new one.
    const fresh = counts.lastIndexOf(1);
    const old = counts.slice(0, fresh === -1 ? undefined : fresh);
    assertEquals(old, old.map((_, k) => k + 2));
    const next = await family.on(0).calls();
    assert(next <= counts.length - old.length + 1, "not a fresh instance");
    const [worker] = runtime.report().workers;
    assertEquals([worker!.state, worker!.replaced], ["running", 1]);
    assertStringIncludes(worker!.lastLoss!, "recycled");
    assertStringIncludes(worker!.lastLoss!, "48 MiB");
    assertStringIncludes(String(runtime.report()), "recycled");
  },
);

Deno.test(
  "no call or task is lost while a worker is recycled under a stream of them",
  { timeout: 60_000 },
  async () => {
    const workers = Math.min(2, topology().allowed.size);
    await using runtime = await Runtime.start({ workers, maxHeap });
    const family = await runtime.link(hoarder);
    let made = 0;
    let answered = 0;
    const streams = [0, 1, 2, 3].map(async (stream) => {
      const worker = stream % workers;
      while (runtime.report().workers.some(({ replaced }) => replaced === 0)) {
        const calls = Array.from(
          { length: 20 },
          (_, k): Promise<unknown> =>
            k === 0
              ? family.on(worker).keep(2)
              : k % 3 === 0
              ? runtime.spawn(() => 1).then()
              : k % 7 === 0
              ? family.on(worker).later(2)
              : runtime.on(worker).spawn(
                async (family: Family<Hoarder>, w) =>
                  // Also between workers, and to itself.
                  await family.on(w).calls(),
                family,
                k % workers,
              ).then(),
        );
        made += calls.length;
        const { length } = await Promise.all(calls);
        answered += length;
      }
    });
    await Promise.all(streams);
    assertEquals(answered, made);
    const { total } = runtime.stats();
    assertEquals([total.run.lost, total.run.failed], [0, 0]);
  },
);

Deno.test(
  "a full worker that runs something long holds nobody up, and finishes that before it is recycled",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1, maxHeap });
    const family = await runtime.link(hoarder);
    await family.on(0).keep(60);
    // Longer than the second for which a worker is full before it is recycled.
    const long = family.on(0).until(120);
    const calls: Promise<number>[] = [];
    while (calls.length < 150) {
      calls.push(family.on(0).calls());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // It was not waited for in vain, nor did it hold the others up.
    assertEquals((await Promise.all(calls)).length, 150);
    assert(await long > 120);
    await untilReplaced(runtime, () => family.on(0).calls());
  },
);

Deno.test(
  "a worker that is recycled disposes what it owns, and close() throws what disposers threw",
  { timeout },
  async () => {
    const runtime = await Runtime.start({ workers: 1, maxHeap });
    const log = await logOf(runtime);
    const family = await runtime.link(hoarder);
    await runtime.spawn(use, "angry", "first");
    await family.on(0).keep(60);
    await untilReplaced(runtime, () => family.on(0).calls());
    assertEquals(log.entries, [
      entry(0, 3, MADE),
      entry(0, 1, MADE),
      entry(0, 1, DISPOSED),
      entry(0, 3, DISPOSED),
    ]);
    const { failures } = await assertRejects(
      () => runtime.close(),
      LocalDisposeError,
    );
    assertEquals(failures.map(({ worker, name }) => [worker, name]), [
      [0, "angry"],
    ]);
  },
);

Deno.test("Runtime.stats() warns of a worker at 80 % of maxHeap", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1, maxHeap: 128 * MIB });
  const family = await runtime.link(hoarder);
  await family.on(0).keep(1);
  const before = runtime.stats();
  assertEquals(before.warnings, []);
  assertEquals(before.workers[0]!.heap.isNearMax, false);
  let stats = before;
  while (!stats.workers[0]!.heap.isNearMax) {
    assert(stats.workers[0]!.heap.used! < 128 * MIB);
    await family.on(0).keep(4);
    await new Promise((resolve) => setTimeout(resolve, 12));
    await family.on(0).calls();
    stats = runtime.stats();
  }
  const { used, max } = stats.workers[0]!.heap;
  assertEquals(max, 128 * MIB);
  assert(used! >= 0.8 * 128 * MIB);
  assertEquals(stats.warnings.length, 1);
  assertStringIncludes(stats.warnings[0]!, "worker 0");
  assertStringIncludes(String(stats), stats.warnings[0]!);
});

Deno.test(
  "Runtime.stats() tells the heap of each worker, without a maxHeap too",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    await runtime.spawn(() => 1);
    const { heap } = runtime.stats().workers[0]!;
    assert(heap.used! > MIB && heap.used! < 1000 * MIB);
    assertEquals([heap.max, heap.isNearMax], [undefined, false]);
    assertEquals(runtime.stats().warnings, []);
  },
);

Deno.test("close() begins to recycle no worker that is full", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1, maxHeap });
  const family = await runtime.link(hoarder);
  await family.on(0).keep(60);
  const later = family.on(0).later(300);
  await runtime.close();
  // By the full instance; or by the next one, if that had begun before.
  const isFresh = await later === 1;
  const { replaced } = runtime.report().workers[0]!;
  assertEquals(replaced, isFresh ? 1 : 0);
});

Deno.test(
  "Runtime.recycle() gives a worker a new thread, and keeps the calls that come meanwhile",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(hoarder);
    for (let k = 0; k < 3; k++) await family.all().calls();
    const recycled = runtime.recycle(1);
    const during = Array.from({ length: 50 }, () => family.on(1).calls());
    await recycled;
    await Promise.all(during);
    const [kept, fresh] = runtime.report().workers;
    assertEquals([kept!.replaced, fresh!.replaced], [0, 1]);
    assertEquals(await family.on(0).calls(), 4);
    assert(await family.on(1).calls() <= 54);
  },
);

Deno.test(
  "Runtime.recycle() rejects where the runtime is closed, before or meanwhile",
  { timeout },
  async () => {
    for (const end of ["close", "terminate"] as const) {
      const runtime = await Runtime.start({ workers: 2 });
      const recycled = assertRejects(() => runtime.recycle(1));
      const other = runtime.recycle(0).catch(() => {});
      await runtime[end]();
      await recycled;
      await other;
      await assertRejects(() => runtime.recycle(1), RuntimeClosedError);
    }
  },
);

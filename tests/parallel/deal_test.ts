import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { Claims } from "../../parallel/run/claims.ts";
import type { Table } from "../../parallel/run/deal.ts";
import type { Job, Part } from "../../parallel/run/work.ts";
import type { SharedCounter } from "../../sync/mod.ts";
import {
  Runtime,
  type RuntimeFace,
  WorkerLostError,
} from "../../workers/mod.ts";
import { FIND, jobOver, slowRuntime, values } from "./dealt_values.ts";
import { stoppedClock } from "./stopped_clock.ts";

const timeout = 60_000;

/** What all parts have together. */
function together(parts: readonly Part[]): unknown[] {
  return parts.flatMap(([, result]) => result as unknown[]);
}

/** Has this thread take nothing until others have made so many values. */
function waitFor(job: Job, count: number): Job["loop"] {
  const seen = job.params[1] as SharedCounter;
  const { loop } = job;
  const end = performance.now() + 30_000;
  return (...args) => {
    while (seen.value < count && performance.now() < end);
    return loop(...args);
  };
}

Deno.test("deal() has others work on the values that they were dealt", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const { job, run } = jobOver(values(100), { size: 1, runtime });
  Object.assign(job, { loop: waitFor(job, 1) });
  assertEquals(
    together(await run()),
    Array.from({ length: 100 }, (_, n) => 2 * n),
  );
  assertEquals((job.params[1] as SharedCounter).value, 100);
});

Deno.test("deal() throws what a function throws on another thread", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const { job, table, run } = jobOver(values(1000, 0), { size: 1, runtime });
  const { share } = table;
  const { loop } = job;
  let first: Claims | undefined;
  Object.assign(table, {
    share(...args: Parameters<Table["share"]>) {
      first ??= args[1];
      return share(...args);
    },
  });
  const end = performance.now() + 30_000;
  Object.assign(job, {
    loop(...args: Parameters<Job["loop"]>) {
      while (first?.isEnded === false && performance.now() < end);
      return loop(...args);
    },
  });
  await assertRejects(run, RangeError, "bad 0");
  assert((job.params[1] as SharedCounter).value < 1000);
});

Deno.test("deal() is rejected if a worker is lost with what it was dealt", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const text =
    `if ("WorkerGlobalScope" in globalThis) { p1.add(1); Deno.exit(0); }
return [];`;
  const { job, run } = jobOver(values(1000), { size: 1, runtime }, { text });
  Object.assign(job, { loop: waitFor(job, 1) });
  await assertRejects(run, WorkerLostError);
});

const DELAYS = fc.array(fc.nat(9), { minLength: 1, maxLength: 8 });
const SIZES = fc.integer({ min: 1, max: 4 });

Deno.test("deal() makes each value once, whoever comes and when", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(300),
      DELAYS,
      SIZES,
      async (length, delays, size) => {
        const crew = { size, runtime: slowRuntime(delays) };
        const { job, run } = jobOver(values(length), crew);
        assertEquals(
          together(await run()),
          Array.from({ length }, (_, n) => 2 * n),
        );
        assertEquals((job.params[1] as SharedCounter).value, length);
      },
    ),
  );
});

Deno.test("deal() looks at all that lies before a value that is found", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.nat(299), { maxLength: 5 }),
      DELAYS,
      SIZES,
      async (length, bad, delays, size) => {
        const crew = { size, runtime: slowRuntime(delays) };
        const items = values(length, ...bad);
        const { run } = jobOver(items, crew, { text: FIND });
        const [first] = await run();
        const index = items.findIndex(({ isBad }) => isBad);
        assertEquals(first?.[1], index < 0 ? undefined : [index]);
      },
    ),
  );
});

Deno.test("deal() throws an error of a value once all have ended, whoever has it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.nat(299),
      DELAYS,
      SIZES,
      async (length, bad, delays, size) => {
        const crew = { size, runtime: slowRuntime(delays) };
        const items = values(length, bad % length);
        const { job, run } = jobOver(items, crew);
        await assertRejects(run, RangeError, `bad ${bad % length}`);
        const { value } = job.params[1] as SharedCounter;
        for (let turn = 0; turn < 30; turn++) await undefined;
        assertEquals((job.params[1] as SharedCounter).value, value);
      },
    ),
  );
});

Deno.test("deal() takes no more values once one has failed elsewhere", async () => {
  const crew = { size: 1, runtime: slowRuntime([1]) };
  const { job, run } = jobOver(values(1000, 0), crew);
  await assertRejects(run, RangeError, "bad 0");
  assert((job.params[1] as SharedCounter).value < 10);
});

Deno.test("deal() takes no more values once this thread has found one", async () => {
  const crew = { size: 0, runtime: undefined };
  const { job, run } = jobOver(values(1000, 5), crew, { text: FIND });
  assertEquals(together(await run()), [5]);
  assertEquals((job.params[1] as SharedCounter).value, 6);
});

Deno.test("deal() asks nobody where it takes longer to encode a value than it saves", async () => {
  const runtime = {
    size: 1,
    spawn() {
      throw new Error("asked");
    },
  } as unknown as RuntimeFace;
  const crew = { size: 1, runtime };
  const { run } = jobOver(values(5000), crew, { perIndex: 1e-9 });
  assertEquals(together(await run()).length, 5000);
});

Deno.test("deal() names a value that is not portable", async () => {
  using _ = stoppedClock();
  const items = values(3000).map((value, k) =>
    k === 1234 ? { ...value, fn: () => {} } : value
  );
  const crew = { size: 3000, runtime: slowRuntime([0]) };
  const { run } = jobOver(items, crew);
  await assertRejects(run, TypeError, "value 1234 of the source");
});

Deno.test("deal() takes nothing more once it is aborted", async () => {
  const controller = new AbortController();
  const crew = { size: 2, runtime: slowRuntime([0]) };
  const { signal } = controller;
  const { job, run } = jobOver(values(1000), crew, { signal });
  const { loop } = job;
  let pieces = 0;
  Object.assign(job, {
    loop: (...args: Parameters<Job["loop"]>) => {
      if (++pieces === 3) controller.abort();
      return loop(...args);
    },
  });
  await run();
  assertEquals(pieces, 3);
});

Deno.test("deal() uses memory again that nobody uses", async () => {
  using _ = stoppedClock();
  const taken = new Set<SharedArrayBuffer>();
  for (let time = 0; time < 3; time++) {
    const crew = { size: 1, runtime: slowRuntime([3]) };
    const { table, run } = jobOver(values(40), crew);
    const { share } = table;
    const known = taken.size;
    Object.assign(table, {
      share(...args: Parameters<Table["share"]>) {
        taken.add(args[0].words.buffer);
        return share(...args);
      },
    });
    await run();
    if (time > 0) assertEquals(taken.size, known);
  }
});

/** Deals each value by itself, which takes 1 ms, to workers that come at once. */
async function dealEach(
  length: number,
  asked: (memory: SharedArrayBuffer) => void,
): Promise<void> {
  using clock = stoppedClock();
  const crew = { size: length, runtime: slowRuntime([1]) };
  const { table, run } = jobOver(values(length), crew);
  const { share } = table;
  Object.assign(table, {
    share(...args: Parameters<Table["share"]>) {
      clock.pass(1);
      asked(args[0].words.buffer);
      return share(...args);
    },
  });
  assertEquals(together(await run()), values(length).map(({ n }) => 2 * n));
}

Deno.test("deal() gives the event loop a turn, even if it only deals", async () => {
  let count = 0;
  let countAtTurn: number | undefined;
  const turn = setTimeout(() => countAtTurn = count);
  await dealEach(2000, () => count++);
  clearTimeout(turn);
  assertEquals(count, 2000);
  assert(countAtTurn! < 2000, `${countAtTurn}`);
});

Deno.test("deal() deals to the same worker each time", async () => {
  using clock = stoppedClock();
  const placed: (number | undefined)[] = [];
  const runtime = slowRuntime([1], (worker) => placed.push(worker));
  const { table, run } = jobOver(values(50), { size: 1, runtime });
  const { share } = table;
  Object.assign(table, {
    share(...args: Parameters<Table["share"]>) {
      clock.pass(1);
      return share(...args);
    },
  });
  await run();
  // Who that is is open at first.
  const [first, ...others] = placed;
  assertEquals(first, undefined);
  assertEquals(others, others.map(() => 1));
  assert(others.length > 10, `${others.length}`);
});

Deno.test("deal() keeps no memory of what is done", async () => {
  const taken = new Set<SharedArrayBuffer>();
  await dealEach(500, (memory) => taken.add(memory));
  assert(taken.size <= 20, `${taken.size} of 500`);
});

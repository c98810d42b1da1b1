import { assert, assertEquals, assertRejects } from "@std/assert";
import { BatchReducer, closure, type SharedBatchReducer } from "../../mod.ts";
import { until } from "../linked/until.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { gateWith } from "./fixtures/gate.ts";

type Sums = SharedBatchReducer<number, number>;

/** Adds numbers of many batches up, on any thread; says how many results it got. */
async function addUp(sums: Sums, count: number): Promise<[number, number]> {
  let total = 0;
  let results = 0;
  for (let k = 0; k < count; k += 100) {
    const parts = await Promise.all(
      Array.from({ length: 100 }, (_, j) => sums.reduce(k + j)),
    );
    for (const part of parts) {
      if (part === undefined) continue;
      total += part;
      results++;
    }
  }
  return [total, results];
}

testBoth(
  "SharedBatchReducer.reduce() gives exactly one caller per batch the result, of all tasks once (Q6)",
  async ({ start }) => {
    await using runtime = await start();
    const batches = gateWith().begun;
    await using sums = await BatchReducer.on<number, number>(
      runtime,
      closure(batches, async (batches, tasks: Iterable<number>) => {
        batches.add(1);
        let sum = 0;
        for (const n of tasks) sum += n;
        return await Promise.resolve(sum);
      }),
      { tasks: "f64", capacity: 64, worker: 0 },
    );
    const all = await Promise.all([
      addUp(sums, 3000),
      runtime.on(1).spawn(addUp, sums, 3000),
    ]);
    const results = all.reduce((sum, [, count]) => sum + count, 0);
    const total = all.reduce((sum, [part]) => sum + part, 0);
    assertEquals(total, 3000 * 2999);
    assertEquals(results, batches.value);
  },
);

testBoth(
  "SharedBatchReducer.reduce() can give one caller all tasks, in order (Q7)",
  async ({ start }) => {
    await using runtime = await start();
    await using lists = await BatchReducer.on<string, string[]>(
      runtime,
      (tasks) => tasks.toArray(),
    );
    const results = await Promise.all(
      ["a", "b", "c"].map((s) => lists.reduce(s)),
    );
    assertEquals(results, [["a", "b", "c"], undefined, undefined]);
  },
);

testBoth(
  "SharedBatchReducer: who opened a batch learns why it failed, the others do not wait for it",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    await using sums = await BatchReducer.on<number, number>(
      runtime,
      closure(gate, async ({ begun, go }) => {
        begun.add(1);
        await go.waitAsync({ timeout: 20_000 });
        throw new RangeError("too much");
      }),
      { tasks: "u32", worker: 0 },
    );
    const [first, second] = [sums.reduce(1), sums.reduce(2)];
    assertEquals(await second, undefined);
    await until(() => gate.begun.value === 1);
    assert(sums.size > 0);
    gate.go.set();
    await assertRejects(() => first, RangeError, "too much");
    await sums.idle();
  },
);

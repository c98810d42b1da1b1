import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { BatchReducer, type BoundedBatch } from "../../batching/mod.ts";
import { randomFrom } from "../sync/random.ts";

const timeout = 20_000;

function sum(tasks: Iterable<number>): number {
  let total = 0;
  for (const n of tasks) total += n;
  return total;
}

/** Pushes 65,536 numbers in chunks, and gives the results of each chunk. */
async function inChunks<Result>(
  push: (n: number) => Promise<Result>,
): Promise<Result[][]> {
  const random = randomFrom(6);
  const results: Result[][] = [];
  for (let n = 0; n < 65_536;) {
    const size = Math.min(1 + random(8192), 65_536 - n);
    const chunk = Array.from({ length: size }, (_, k) => n + k);
    results.push(await Promise.all(chunk.map(push)));
    n += size;
  }
  return results;
}

Deno.test(
  "BatchReducer.reduce() gives exactly one caller per batch the result, of all tasks once (Q6)",
  {
    timeout,
  },
  async () => {
    let batches = 0;
    const reducer = new BatchReducer<number>({ capacity: 64 });
    const count = (tasks: BoundedBatch<number>) => {
      batches++;
      return sum(tasks);
    };
    const chunks = await inChunks((n) => reducer.reduce(n, count));
    const found = chunks.flat().filter((result) => result !== undefined);
    assertStrictEquals(found.length, batches);
    assertStrictEquals(sum(found), 65_536 * 65_535 / 2);
  },
);

Deno.test("BatchReducer.reduce() calls the reducer of the first task only (Q6)", async () => {
  const reducer = new BatchReducer<string>();
  const results = await Promise.all(
    ["a", "b", "c"].map((task) =>
      reducer.reduce(task, (tasks) => `${task}: ${[...tasks].join("")}`)
    ),
  );
  assertEquals(results, ["a: abc", undefined, undefined]);
});

Deno.test("BatchReducer.reduce() takes all that is added in the same turn (Q15)", async () => {
  const reducer = new BatchReducer<number>();
  const first = reducer.reduce(1, sum);
  await null; // the microtask of the batch was there before
  const second = reducer.reduce(2, sum);
  assertEquals(await Promise.all([first, second]), [1, 2]);
  const third = reducer.reduce(3, sum);
  const fourth = reducer.reduce(4, sum);
  assertEquals(await Promise.all([third, fourth]), [7, undefined]);
});

Deno.test(
  "BatchReducer.collect() gives one caller per batch all tasks, in order (Q7)",
  {
    timeout,
  },
  async () => {
    const reducer = new BatchReducer<number>({ capacity: 64 });
    const chunks = await inChunks((n) => reducer.collect(n));
    const collected = chunks.flat()
      .filter((result) => result !== undefined)
      .flat();
    assertEquals(collected, Array.from({ length: 65_536 }, (_, n) => n));
  },
);

Deno.test("BatchReducer.reduce() is rejected with what its reducer throws, and goes on", async () => {
  const failure = new Error("no");
  const reducer = new BatchReducer<number>({ concurrency: 1 });
  for (const isAsync of [false, true]) {
    const failing = () => {
      if (isAsync) return Promise.reject(failure);
      throw failure;
    };
    const [first, second] = [
      reducer.reduce(1, failing),
      reducer.reduce(2, failing),
    ];
    assertStrictEquals(await first.catch((reason) => reason), failure);
    assertStrictEquals(await second, undefined);
  }
  assertStrictEquals(await reducer.reduce(5, sum), 5);
});

Deno.test("BatchReducer.reduce() lets an asynchronous reducer read its tasks to the end", async () => {
  const reducer = new BatchReducer<number>({ capacity: 64 });
  const first = reducer.reduce(1, async (tasks) => {
    await reducer.reduce(3, sum);
    return tasks.toArray();
  });
  const second = reducer.reduce(2, sum);
  assertEquals(await first, [1, 2]);
  assertStrictEquals(await second, undefined);
});

Deno.test("BatchReducer refuses, waits and closes as its options say", async () => {
  const refusing = new BatchReducer<number>({
    capacity: 64,
    overflow: "reject",
  });
  const results = await Promise.allSettled(
    Array.from({ length: 65 }, (_, n) => refusing.reduce(n, sum)),
  );
  const last = results.at(-1)!;
  assertStrictEquals(last.status, "rejected");
  assertInstanceOf((last as PromiseRejectedResult).reason, Error);
  assertEquals(results[0], { status: "fulfilled", value: 63 * 64 / 2 });

  const controller = new AbortController();
  const closing = new BatchReducer<number>({
    capacity: 64,
    signal: controller.signal,
  });
  const waiting = Array.from({ length: 65 }, (_, n) => closing.reduce(n, sum));
  controller.abort("closed");
  const outcomes = await Promise.allSettled([...waiting, closing.collect(1)]);
  const reasons = outcomes.map((outcome) =>
    outcome.status === "rejected" ? outcome.reason : outcome.value
  );
  assertStrictEquals(reasons[0], "closed");
  assertEquals(reasons.slice(64), ["closed", "closed"]);
  assertThrows(() => closing.reduce(1, 7 as never), TypeError);
});

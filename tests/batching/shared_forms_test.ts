import { assertEquals, assertRejects } from "@std/assert";
import {
  type Assignment,
  type OpenBatch,
  type SharedTaskQueue,
  struct,
  TaskQueue,
} from "../../mod.ts";
import { testBoth } from "../workers/both_runtimes.ts";

interface Order {
  readonly name: string;
  readonly lines: readonly number[];
}

type Orders = OpenBatch<Assignment<Order, string>>;

/** Gives each task its text, read in three ways. */
function described(batch: Orders): void {
  const assignment = batch.bound();
  const all = assignment.toArray();
  const sliced = assignment.slices().flatMap((slice) => [...slice]);
  assignment.map((order, k) =>
    JSON.stringify([order, all[k], sliced[k], assignment.at(k)])
  );
}

testBoth(
  "TaskQueue.on() takes portable values, in batches that wrap around",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<Order, string>(runtime, described, {
      worker: 0,
      capacity: 64,
      byteCapacity: 4096,
    });
    const orders = (from: number) =>
      Array.from({ length: 40 }, (_, k) => ({
        name: `order ${from + k}`,
        lines: [from, k],
      }));
    const check = (order: Order, text: string) =>
      assertEquals(JSON.parse(text), [order, order, order, order]);
    for (let round = 0; round < 10; round++) {
      const here = orders(100 * round);
      const one = queue.push(here[0]!);
      const many = queue.pushMany(here);
      const there = runtime.on(1).spawn(
        (queue: SharedTaskQueue<Order, string>, orders: Order[]) =>
          queue.pushMany(orders),
        queue,
        here,
      );
      check(here[0]!, await one);
      for (const [k, text] of (await many).entries()) check(here[k]!, text);
      for (const [k, text] of (await there).entries()) check(here[k]!, text);
    }
  },
);

testBoth(
  "SharedTaskQueue.push() refuses what is not portable, or too long for its ring",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<unknown, string>(
      runtime,
      (batch) => batch.bound().map((task) => typeof task),
      { byteCapacity: 1024 },
    );
    const good = queue.push({ a: 1 });
    await assertRejects(() => queue.push(() => 1), TypeError, "is a function");
    await assertRejects(() => queue.pushMany([1, Symbol()]), TypeError);
    await assertRejects(() => queue.push("a".repeat(2000)), RangeError);
    const mixed = queue.pushMany(["text", undefined, 5n]);
    assertEquals([await good, ...await mixed], [
      "object",
      "string",
      "undefined",
      "bigint",
    ]);
  },
);

testBoth(
  "SharedTaskQueue: a task is copied when it is pushed, also if it has to wait",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number[], number[]>(
      runtime,
      (batch) => batch.bound().map((task) => task),
      { capacity: 64, byteCapacity: 64 },
    );
    const task = [1, 2, 3];
    const values = Array.from({ length: 20 }, () => queue.push(task));
    task[0] = 9;
    for (const value of await Promise.all(values)) {
      assertEquals(value, [1, 2, 3]);
    }
  },
);

testBoth("TaskQueue.on() takes bytes", async ({ start }) => {
  await using runtime = await start();
  await using queue = await TaskQueue.on<Uint8Array, number>(
    runtime,
    (batch) => batch.bound().map((bytes) => bytes.reduce((a, b) => a + b, 0)),
    { tasks: "bytes", capacity: 64, byteCapacity: 1024 },
  );
  const frames = Array.from(
    { length: 100 },
    (_, k) => new Uint8Array(k).fill(1),
  );
  assertEquals(
    await queue.pushMany(frames),
    frames.map(({ length }) => length),
  );
  assertEquals(await queue.push(Uint8Array.of(1, 2)), 3);
  await assertRejects(() => queue.push("text" as never), TypeError);
});

testBoth("TaskQueue.on() takes structs", async ({ start }) => {
  await using runtime = await start();
  const Query = struct({ id: "u32", weight: "f64" });
  type Query = { id: number; weight: number };
  await using queue = await TaskQueue.on<Query, Map<string, number>>(
    runtime,
    (batch) =>
      batch.bound().map(({ id, weight }) => new Map([[`${id}`, weight]])),
    { tasks: Query },
  );
  assertEquals(
    await queue.pushMany([{ id: 1, weight: 0.5 }, { id: 2, weight: -1 }]),
    [new Map([["1", 0.5]]), new Map([["2", -1]])],
  );
  assertEquals(await queue.push({ id: 3, weight: 0 }), new Map([["3", 0]]));
  await assertRejects(() => queue.push({ id: -1, weight: 0 }), RangeError);
});

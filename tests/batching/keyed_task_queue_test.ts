import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { KeyedTaskQueue, TaskQueue } from "../../batching/mod.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { HeldBatches, isSettled, turn } from "./echo.ts";

const failure = new Error("down");

Deno.test("TaskQueue.byKey() makes a keyed queue", () => {
  assertInstanceOf(TaskQueue.byKey(() => {}), KeyedTaskQueue);
});

Deno.test("KeyedTaskQueue.load() adds a key to a batch that grows until it is bounded, and once", async () => {
  const held = new HeldBatches<string, string>();
  const queue = TaskQueue.byKey(held.process);
  const first = queue.load("a");
  await turn();
  const [batch] = held.batches;
  const second = queue.load("b");
  const third = queue.load("a");
  assertEquals(batch!.bound().toArray(), ["a", "b"]);
  assertStrictEquals(await isSettled(third), false);
  batch!.bound().resolve(["A", "B"]);
  assertEquals(await Promise.all([first, second, third]), ["A", "B", "A"]);
});

Deno.test("KeyedTaskQueue remembers what rejectOne() gave, and not the failure of a batch", async () => {
  let count = 0;
  const queue = TaskQueue.byKey<string, string>((batch) => {
    count++;
    const assignment = batch.bound();
    assignment.rejectOne(0, failure);
    if (count === 1) throw new Error("all");
    assignment.resolveOne(1, "B");
  });
  const results = await queue.loadMany(["a", "b"]);
  assertStrictEquals(results[0], failure);
  assertStrictEquals((results[1] as Error).message, "all");
  assertStrictEquals(count, 1);
  const again = queue.loadMany(["c", "b"]);
  assertStrictEquals(await queue.load("a").catch((error) => error), failure);
  assertEquals(await again, [failure, "B"]);
  assertStrictEquals(count, 2);
});

Deno.test("KeyedTaskQueue forgets the keys of a batch that is dropped or incomplete", async () => {
  const bad = [
    (batch: { drop(): void }) => batch.drop(),
    () => {},
  ];
  for (const process of bad) {
    let count = 0;
    const queue = TaskQueue.byKey<string, string>((batch) => {
      if (++count === 1) return process(batch);
      return batch.bound().map((key) => key);
    });
    const error = await queue.load("a").catch((error) => error);
    assertStrictEquals(error.name, "BatchIncompleteError");
    assertStrictEquals(await queue.load("a"), "a");
  }
});

Deno.test("KeyedTaskQueue with 'overflow' does not remember what it refuses", async () => {
  const held = new HeldBatches<number, number>();
  const queue = TaskQueue.byKey(held.process, {
    capacity: 64,
    overflow: "reject",
  });
  const loaded = queue.loadMany(Array.from({ length: 64 }, (_, key) => key));
  const refused = await queue.load(64).catch((error) => error);
  assertStrictEquals(refused.name, "QueueFullError");
  const remembered = queue.load(5); // needs no place
  await turn();
  void held.batches[0]!.bound().map((key) => key);
  assertStrictEquals((await loaded).length, 64);
  assertStrictEquals(await remembered, 5);
  const again = queue.load(64);
  await turn();
  void held.batches[1]!.bound().map((key) => key);
  assertStrictEquals(await again, 64);
});

Deno.test("KeyedTaskQueue with 'signal' lets nobody wait who loads a key that is remembered", async () => {
  for (const isStarted of [false, true]) {
    const controller = new AbortController();
    const { signal } = controller;
    const held = new HeldBatches<string, string>();
    const queue = TaskQueue.byKey(held.process, { signal });
    queue.prime("a", "A");
    const [asked, remembered] = [queue.load("b"), queue.load("a")];
    if (isStarted) await turn();
    assertStrictEquals(held.batches.length, isStarted ? 1 : 0);
    controller.abort("closed");
    assertStrictEquals(await asked.catch((reason) => reason), "closed");
    assertStrictEquals(await remembered, "A");
    const later = queue.load("a");
    assertStrictEquals(await later.catch((reason) => reason), "closed");
  }
});

Deno.test(
  "KeyedTaskQueue tells all keys of a batch that has failed, also if its cache throws",
  {
    timeout: 10_000,
  },
  async () => {
    using rejections = new UnhandledRejections();
    const cache = new Map<string, Promise<string>>();
    const fault = new Error("no delete");
    cache.delete = () => {
      throw fault;
    };
    const queue = TaskQueue.byKey<string, string>(() => {
      throw failure;
    }, { cache });
    assertEquals(await queue.loadMany(["a", "b"]), [failure, failure]);
    await queue.idle();
    assertStrictEquals(await rejections.first, fault);
  },
);

Deno.test(
  "KeyedTaskQueue with 'concurrency' lets no key that is remembered wait for a processor",
  {
    timeout: 10_000,
  },
  async () => {
    const held = new HeldBatches<number, number>();
    const queue = TaskQueue.byKey<number, number>(held.process, {
      concurrency: 1,
    });
    queue.prime(2, 20);
    const first = queue.load(1);
    await turn();
    held.batches[0]!.bound();
    // There is no batch that grows; then there is one, which waits.
    assertEquals(await queue.load(2), 20);
    const next = [queue.load(3)];
    assertEquals(await queue.load(2), 20);
    next.push(queue.load(4));
    held.batches[0]!.bound().map((n) => n);
    held.end(0);
    assertEquals(await first, 1);
    await turn();
    assertEquals(held.batches[1]!.bound().toArray(), [3, 4]);
    held.batches[1]!.bound().map((n) => n);
    held.end(1);
    assertEquals(await Promise.all(next), [3, 4]);
    await queue.idle();
  },
);

Deno.test("KeyedTaskQueue.idle() waits for keys that are remembered, too", async () => {
  const queue = TaskQueue.byKey<string, string>(() => {});
  queue.prime("a", "A");
  let value = "";
  void queue.load("a").then((found) => value = found);
  await queue.idle();
  await turn();
  assertStrictEquals(value, "A");
});

Deno.test("TaskQueue.byKey() refuses what is no function or cache", () => {
  assertThrows(() => TaskQueue.byKey(7 as never), TypeError);
  for (
    const options of [
      { cacheKey: 7 },
      { cache: {} },
      { cache: { get() {}, set() {}, delete() {} } },
    ]
  ) assertThrows(() => TaskQueue.byKey(() => {}, options as never), TypeError);
});

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { LocalQueue } from "../../batching/local_queue.ts";
import { TaskQueue } from "../../batching/mod.ts";
import { checkOptions } from "../../batching/queue_options.ts";
import { ValueQueue } from "../../batching/value_queue.ts";
import { echo, HeldBatches, turn } from "./echo.ts";

/** How often anybody reads or writes the cells of an array. */
function counted<T>(cells: T[], count: () => void): T[] {
  return new Proxy(cells, {
    get(target, name) {
      count();
      return Reflect.get(target, name);
    },
    set(target, name, value) {
      count();
      return Reflect.set(target, name, value);
    },
  });
}

Deno.test("OpenBatch.bound() looks at no task, whatever the size (Q9)", async () => {
  for (const size of [10, 100_000]) {
    let accesses = 0;
    const batches: { seal(): void; size: number; task(k: number): number }[] =
      [];
    const queue = new LocalQueue<number, never>(
      checkOptions("queue", { capacity: 2 ** 17 }),
      {
        run: (batch) => void batches.push(batch),
        failed() {},
      },
    );
    for (let n = 0; n < size; n++) queue.add(n);
    const { ring } = queue;
    ring.tasks = counted(ring.tasks, () => accesses++);
    const batch = queue.open;
    batch.seal();
    assertStrictEquals(accesses, 0);
    assertStrictEquals(batch.size, size);
    assertStrictEquals(batch.task(size - 1), size - 1);
    assertStrictEquals(accesses, 1, "the counting works");
    await turn();
  }
});

Deno.test("Assignment.slices() of a batch that wraps around are two, in order, and copy nothing (Q10)", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { capacity: 64 });
  const first = queue.pushMany(Array.from({ length: 50 }, (_, n) => n));
  await turn();
  echo(held.batches[0]!);
  await first;
  const tasks = Array.from({ length: 30 }, (_, n) => 100 + n);
  const second = queue.pushMany(tasks);
  await turn();
  const assignment = held.batches[1]!.bound();
  const slices = assignment.slices();
  assertEquals(slices.map(({ length }) => length), [14, 16]);
  assertEquals(slices.flatMap((slice) => [...slice]), tasks);
  assertEquals(assignment.toArray(), tasks);
  assertEquals([...assignment], tasks);
  assertEquals(
    [slices[0]!.at(0), slices[0]!.at(-1), slices[1]!.at(0), slices[1]!.at(15)],
    [100, 113, 114, 129],
  );
  assertEquals(
    [slices[0]!.at(14), slices[0]!.at(-15), slices[1]!.at(16)],
    [undefined, undefined, undefined],
  );
  assertEquals([assignment.at(0), assignment.at(-1), assignment.at(30)], [
    100,
    129,
    undefined,
  ]);
  assignment.map((n) => n);
  assertEquals(await second, tasks);
});

Deno.test("Assignment.slices() is one slice where the batch does not wrap around", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { capacity: 64 });
  const values = queue.pushMany(Array.from({ length: 64 }, (_, n) => n));
  await turn();
  const slices = held.batches[0]!.bound().slices();
  assertEquals(slices.map(({ length }) => length), [64]);
  echo(held.batches[0]!);
  await values;
});

Deno.test("Assignment stays the same when the ring grows and moves", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { capacity: 4096 });
  const shifted = queue.pushMany(Array.from({ length: 40 }, (_, n) => n));
  await turn();
  echo(held.batches[0]!);
  await shifted;
  const tasks = Array.from({ length: 60 }, (_, n) => n);
  const values = queue.pushMany(tasks); // wraps around the first 64 cells
  await turn();
  const assignment = held.batches[1]!.bound();
  const [first] = assignment.slices();
  const more = queue.pushMany(Array.from({ length: 4000 }, (_, n) => n));
  assertEquals(assignment.toArray(), tasks);
  assertStrictEquals(first!.at(3), 3);
  assignment.resolve(tasks.map((n) => 2 * n));
  assertEquals(await values, tasks.map((n) => 2 * n));
  await turn();
  echo(held.batches[2]!);
  assertEquals((await more).at(-1), 3999);
});

Deno.test("LocalQueue forgets the tasks that nobody processes when it is closed", () => {
  const controller = new AbortController();
  const queue = new LocalQueue<number, never>(
    checkOptions("queue", { maxBatch: 3, signal: controller.signal }),
    { run() {}, failed() {} },
  );
  for (let n = 0; n < 10; n++) queue.add(n);
  controller.abort();
  assertStrictEquals(queue.ring.used, 0);
  assert(queue.ring.tasks.every((task) => task === undefined));
});

Deno.test("Positions go on over 2^31 and 2^32", async () => {
  for (const start of [2 ** 31 - 100, -100]) {
    const queue = new ValueQueue<number, number>(
      echo,
      checkOptions("queue", { capacity: 64, maxBatch: 24 }),
      {},
      start,
    );
    const tasks = Array.from({ length: 500 }, (_, n) => n);
    assertEquals(await queue.pushMany(tasks), tasks);
    assert(
      (await Promise.all(tasks.map((n) => queue.push(n)))).every((n, k) =>
        n === k
      ),
    );
  }
});

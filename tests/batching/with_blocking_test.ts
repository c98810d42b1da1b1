import { assertEquals, assertRejects } from "@std/assert";
import {
  BackgroundQueue,
  closure,
  currentTask,
  type LentBatch,
  Runtime,
  TaskQueue,
  topology,
  WorkerLostError,
} from "../../mod.ts";
import { until } from "../linked/until.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { gatedQueue, gateWith } from "./fixtures/gate.ts";
import {
  droppedMeanwhile,
  givenUp,
  lostMeanwhile,
  squaredElsewhere,
} from "./fixtures/lending_processors.ts";

testBoth(
  "Assignment.withBlocking() has another worker read the tasks of a shared queue in place (Q16)",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, squaredElsewhere, {
      tasks: "f64",
      worker: 0,
      capacity: 64,
    });
    const tasks = Array.from({ length: 64 }, (_, k) => k);
    const values = queue.pushMany(tasks);
    await until(() => gate.begun.value === 1);
    const more = queue.push(100); // there is no place meanwhile
    assertEquals(queue.size, 64);
    gate.go.set();
    assertEquals(await values, tasks.map((n) => n * n));
    assertEquals(await more, 10_000);
  },
);

testBoth(
  "BoundedBatch.withBlocking() keeps the tasks until they are read, whatever becomes of the batch (Q16)",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    const queue = await BackgroundQueue.on<number>(
      runtime,
      closure(gate, droppedMeanwhile),
      { tasks: "u32", worker: 0, capacity: 64, overflow: "reject" },
    );
    queue.pushMany([0, 1, 2, 3]);
    await until(() => gate.begun.value === 1);
    for (let k = 0; k < 60; k++) queue.push(7); // all places that are left
    await queue.idle();
    assertEquals(queue.size, 64);
    gate.go.set();
    await until(() => gate.squares.value === 14);
    await until(() => queue.size === 0);
    await queue.close();
  },
);

testBoth(
  "BoundedBatch.withBlocking() sends the tasks of a queue on one thread, and the values come back (Q16)",
  async ({ start }) => {
    await using runtime = await start();
    const queue = new TaskQueue<string, number>(async (batch) => {
      const assignment = batch.bound();
      const lengths = await assignment.withBlocking(
        (tasks: LentBatch<string>) => [
          ...[...tasks].map((task) => task.length),
          tasks.length,
          tasks.at(-1)!.length,
          tasks.slices()[0]!.length,
          currentTask().worker,
        ],
        { runtime, worker: 1 },
      );
      assertEquals(lengths.slice(2), [2, 3, 2, 1]);
      assignment.resolve(lengths.slice(0, 2));
    });
    assertEquals(await queue.pushMany(["a", "bcd"]), [1, 3]);
  },
);

testBoth(
  "BoundedBatch.withBlocking() has the errors of its function and of its worker (Q16)",
  async ({ start, kind }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, number>(
      runtime,
      async (batch) => {
        const assignment = batch.bound();
        const fn = (tasks: LentBatch<number>) => {
          if (tasks.at(0) === 1) throw new RangeError("too hard");
          (globalThis as unknown as { close(): void }).close();
          return new Promise<number[]>(() => {});
        };
        assignment.resolve(await assignment.withBlocking(fn));
      },
      { tasks: "u32", worker: 0, capacity: 64 },
    );
    await assertRejects(() => queue.push(1), RangeError, "too hard");
    if (kind === "inline") return;
    await assertRejects(() => queue.push(2), WorkerLostError);
    await until(() => queue.size === 0);
  },
);

testBoth(
  "BoundedBatch.withBlocking() that is given up keeps the tasks until its function has ended (Q16)",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, givenUp, {
      tasks: "u32",
      worker: 0,
      capacity: 64,
    });
    const value = queue.push(5);
    await until(() => gate.begun.value === 1);
    gate.go.set();
    await until(() => gate.begun.value === 2); // it is aborted
    assertEquals(queue.size, 1);
    gate.answer.set();
    await assertRejects(() => value, DOMException);
    await until(() => queue.size === 0);
    assertEquals(gate.squares.value, 5);
  },
);

Deno.test(
  "BoundedBatch.withBlocking(): a batch whose worker is lost keeps its places while another one reads it (Q16)",
  { timeout: 60_000, ignore: topology().allowed.size < 2 },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, lostMeanwhile, {
      tasks: "u32",
      worker: 0,
      capacity: 64,
    });
    const lost = queue.pushMany([0, 1, 2, 3]);
    await until(() => gate.begun.value === 1);
    gate.answer.set();
    await assertRejects(() => lost, WorkerLostError);
    // The successor answers, and does not write over what is read.
    const rest = Array.from({ length: 60 }, (_, k) => 100 + k);
    assertEquals(await queue.pushMany(rest), rest);
    const waits = queue.push(7);
    assertEquals(queue.size, 64);
    gate.go.set();
    assertEquals(await waits, 7);
    assertEquals(gate.squares.value, 14);
    await until(() => queue.size === 0);
  },
);

testBoth("BoundedBatch.withBlocking() refuses bad input", async ({ start }) => {
  await using runtime = await start();
  const queue = new TaskQueue<number, number>(async (batch) => {
    const assignment = batch.bound();
    await assertRejects(
      () => assignment.withBlocking(5 as never, { runtime }),
      TypeError,
    );
    await assertRejects(() => assignment.withBlocking(() => 1), TypeError);
    await assertRejects(
      () => assignment.withBlocking(() => 1, { runtime: 1 as never }),
      TypeError,
    );
    await assertRejects(
      () => assignment.withBlocking(() => 1, { runtime, worker: 9 }),
      RangeError,
    );
    assignment.map((n) => n);
    await assertRejects(
      () => assignment.withBlocking(() => 1, { runtime }),
      TypeError,
      "completed",
    );
  });
  assertEquals(await queue.push(1), 1);
  await queue.idle();
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  currentTask,
  type Runtime,
  type SharedTaskQueue,
  TaskQueue,
  topology,
} from "../../mod.ts";
import { until } from "../linked/until.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { gatedQueue, gateWith } from "./fixtures/gate.ts";
import { echoed, gated, type Numbers } from "./fixtures/shared_processors.ts";

type Queue = SharedTaskQueue<number, number>;
type Marked = typeof globalThis & { here?: number };

/** Gives each task the index of the worker that processes it. */
function whereProcessed(batch: Numbers): void {
  batch.bound().map(() => (globalThis as Marked).here ?? -1);
}

/** Lets each worker know its index. */
async function mark(runtime: Runtime): Promise<void> {
  await runtime.broadcast(() => {
    (globalThis as Marked).here = currentTask().worker;
  });
}

testBoth(
  "TaskQueue.on() has the tasks processed by the worker that is named",
  async ({ start, kind }) => {
    await using runtime = await start();
    for (const worker of [0, 1]) {
      await using queue = await TaskQueue.on<number, number>(
        runtime,
        whereProcessed,
        { tasks: "u32", worker },
      );
      await mark(runtime);
      assertEquals(queue.workers, [worker]);
      if (kind === "threads") assertEquals(await queue.push(1), worker);
    }
  },
);

testBoth(
  "TaskQueue.on() takes a worker on a node, or the one with the least to do",
  async ({ start }) => {
    await using runtime = await start();
    const [node] = topology().nodes;
    for (const options of [{ near: node!.id }, {}]) {
      await using queue = await TaskQueue.on<number, number>(runtime, echoed, {
        tasks: "u32",
        ...options,
      });
      assert([0, 1].includes(queue.workers[0]!));
      assertEquals(await queue.push(1), 1);
    }
  },
);

testBoth(
  "TaskQueue.on() each worker: tasks stay with the worker that pushes them",
  async ({ start, kind }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, number>(
      runtime,
      whereProcessed,
      { tasks: "u32", worker: "each" },
    );
    await mark(runtime);
    assertEquals(queue.workers, [0, 1]);
    for (const worker of [0, 1]) {
      const there = await runtime.on(worker).spawn(
        async (
          queue: Queue,
        ) => [await queue.push(1), ...await queue.pushMany([2])],
        queue,
      );
      if (kind === "threads") assertEquals(there, [worker, worker]);
    }
    assert([-1, 0, 1].includes(await queue.push(1)));
  },
);

testBoth(
  "TaskQueue.on() each worker: what finds its ring full goes to another one, and waits when all are",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, gated, {
      tasks: "u32",
      worker: "each",
      capacity: 64,
    });
    const values = runtime.on(1).spawn(async (queue: Queue) => {
      const many = queue.pushMany(Array.from({ length: 100 }, (_, k) => k));
      const ones = Array.from({ length: 40 }, (_, k) => queue.push(100 + k));
      return [...await many, ...await Promise.all(ones)];
    }, queue);
    await until(() => queue.size === 128);
    gate.go.set();
    gate.answer.set();
    assertEquals(await values, Array.from({ length: 140 }, (_, k) => 2 * k));
  },
);

testBoth(
  "A shared queue can be handed on from worker to worker",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, number>(runtime, echoed, {
      tasks: "f64",
      worker: 0,
    });
    const value = await runtime.on(0).spawn(
      (queue: Queue) =>
        currentTask().runtime.on(1).spawn(
          (queue: Queue) => queue.push(0.5),
          queue,
        ),
      queue,
    );
    assertEquals(value, 0.5);
    // It is the same each time that it arrives.
    const isSame = await runtime.on(1).spawn(
      (one: Queue, other: { queue: Queue }) => one === other.queue,
      queue,
      { queue },
    );
    assert(isSame);
  },
);

testBoth(
  "Runtime.resize() takes a lane away with its worker, and its tasks are refused",
  async ({ start }) => {
    await using runtime = await start();
    const queue = await TaskQueue.on<number, number>(runtime, echoed, {
      tasks: "f64",
      worker: 1,
    });
    assertEquals(await queue.push(1), 1);
    await runtime.resize(1);
    await assertRejects(() => queue.push(2), RangeError);
    await runtime.resize(2);
    assertEquals(await queue.push(3), 3);
    await queue.close();
  },
);

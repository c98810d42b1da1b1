import { assert, assertEquals, assertThrows } from "@std/assert";
import { BatchMeter } from "../../batching/batch_meter.ts";
import {
  BackgroundQueue,
  BatchReducer,
  Histogram,
  type QueueStats,
  TaskQueue,
} from "../../batching/mod.ts";
import { runProgram } from "../support/run_program.ts";
import { withClock } from "../workers/stats/clock.ts";
import { echo, HeldBatches } from "./echo.ts";

interface Pushed {
  push(task: number): unknown;
  idle?(): Promise<void>;
  stats(): QueueStats;
}

/** What there is to say of no batches. */
const NOTHING = new Histogram({ buckets: [], sum: 0, longest: 0 }).toJSON();

/** Every kind of queue, with room for 4 tasks in a batch. */
const QUEUES: Record<string, () => Pushed> = {
  TaskQueue: () => new TaskQueue<number, number>(echo, { maxBatch: 4 }),
  "TaskQueue.byKey()": () => {
    const queue = TaskQueue.byKey<number, number>(echo, { maxBatch: 4 });
    return {
      push: (key) => queue.load(key),
      idle: () => queue.idle(),
      stats: () => queue.stats(),
    };
  },
  BackgroundQueue: () =>
    new BackgroundQueue<number>((batch) => void batch.bound(), {
      maxBatch: 4,
    }),
  BatchReducer: () => {
    const reducer = new BatchReducer<number>({ maxBatch: 4 });
    return {
      push: (task) => reducer.collect(task),
      stats: () => reducer.stats(),
    };
  },
};

for (const [name, create] of Object.entries(QUEUES)) {
  Deno.test(
    `${name}.stats() counts each batch once, with its size and how full it is`,
    {
      timeout: 10_000,
    },
    async () => {
      const queue = create();
      assertEquals(queue.stats().batches.toJSON(), {
        count: 0,
        tasks: 0,
        fill: null,
        sizes: NOTHING,
        waits: NOTHING,
      });
      await Promise.all([1, 2, 3, 4, 5].map((task) => queue.push(task)));
      await queue.idle?.();
      const before = queue.stats().batches;
      assertEquals([before.count, before.tasks, before.fill], [2, 5, 5 / 8]);
      assertEquals(before.sizes.buckets(), [
        { from: 1, to: 2, count: 1 },
        { from: 4, to: 5, count: 1 },
      ]);
      await Promise.all([6, 7].map((task) => queue.push(task)));
      await queue.idle?.();
      const { count, tasks, fill, sizes } = queue.stats().batches.since(before);
      assertEquals([count, tasks, fill, sizes.max], [1, 2, 0.5, 2]);
      const { held, capacity, inLine, running } = queue.stats();
      assertEquals([held, capacity, inLine, running], [0, 1024, 0, 0]);
    },
  );
}

Deno.test("TaskQueue.stats() says what is held, waits in line and runs", {
  timeout: 10_000,
}, async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue<number, number>(held.process, {
    capacity: 64,
    concurrency: 1,
  });
  const controller = new AbortController();
  const many = queue.pushMany(new Array<number>(70).fill(1));
  const given = queue.push(1, { signal: controller.signal });
  await Promise.resolve();
  const at = () => {
    const { held, inLine, running, batches } = queue.stats();
    return [held, inLine, running, batches.count];
  };
  assertEquals(at(), [64, 7, 1, 0]);
  controller.abort();
  await given.catch(() => {});
  assertEquals(at(), [64, 6, 1, 0]);
  const assignment = held.batches[0]!.bound();
  assertEquals(at(), [64, 6, 1, 1]);
  assignment.resolve(assignment.toArray());
  assertEquals(at(), [6, 0, 1, 1]);
  held.end(0);
  while (held.batches.length === 1) await Promise.resolve();
  assertEquals(at(), [6, 0, 1, 1]);
  held.batches[1]!.bound().map((n) => n);
  held.end(1);
  await many;
  await queue.idle();
  assertEquals(at(), [0, 0, 0, 2]);
});

Deno.test("TaskQueue.stats() counts a batch that its processor does not bound when it is over", async () => {
  const queue = new TaskQueue<number, number>(() => {
    throw new Error("before bounding");
  });
  await queue.push(1).catch(() => {});
  assertEquals(queue.stats().batches.count, 1);
});

Deno.test("KeyedTaskQueue.stats() counts no batch of keys that are all remembered", async () => {
  const queue = TaskQueue.byKey<number, number>(echo, { maxBatch: 1 });
  queue.prime(1, 10);
  assertEquals(await queue.load(1), 10);
  await queue.idle();
  assertEquals(queue.stats().batches.count, 0);
  assertEquals(await queue.loadMany([1, 2]), [10, 2]);
  const { count, tasks, fill } = queue.stats().batches;
  assertEquals([count, tasks, fill], [1, 1, 1]);
});

/** A queue whose processors start when they are told to, in the turn of the test. */
function startedByHand(signal?: AbortSignal) {
  const starts: (() => void)[] = [];
  const queue = new TaskQueue<number, number>(echo, {
    schedule: (start) => void starts.push(start),
    ...(signal && { signal }),
  });
  return { queue, start: () => starts.shift()!() };
}

/** Batches that come once a ms are all timed: others of this thread may have been too many. */
function makeRare(clock: { now: number }): void {
  const meter = new BatchMeter(1);
  for (let k = 0; k < 300; k++) {
    clock.now++;
    meter.bounded(meter.opened(), 1);
  }
}

Deno.test("TaskQueue.stats() says how long batches waited from their first task to being bounded", () => {
  withClock((clock) => {
    makeRare(clock);
    const { queue, start } = startedByHand();
    const wait = (time: number) => {
      clock.now++;
      void queue.push(1);
      clock.now += time / 2;
      void queue.push(2);
      clock.now += time / 2;
      start();
      return queue.stats().batches.waits;
    };
    assertEquals(wait(8).max, 8);
    const waits = wait(2);
    assertEquals([waits.count, waits.mean, waits.max], [2, 5, 8]);
  });
});

Deno.test("A queue that is closed gives back what its batches were timed with", () => {
  withClock((clock) => {
    makeRare(clock);
    // More than can be timed at once.
    for (let k = 0; k < 300; k++) {
      const controller = new AbortController();
      const { queue } = startedByHand(controller.signal);
      clock.now++;
      queue.push(1).catch(() => {});
      controller.abort(new Error("closed"));
      assertEquals(queue.stats().batches.count, 0);
    }
    clock.now++;
    const meter = new BatchMeter(1);
    const ticket = meter.opened();
    assert(ticket >= 1 && ticket <= 256, `${ticket}`);
    meter.abandoned(ticket);
  });
});

Deno.test(
  "Runtime.stats() counts the batches of its threads while it lasts, with threads and inline",
  {
    timeout: 60_000,
  },
  async () => {
    const file = new URL("fixtures/counted_program.ts", import.meta.url);
    for (const permissions of [["--allow-all"], []]) {
      const { code, stdout, stderr } = await runProgram({ file }, {
        permissions,
      });
      assertEquals(code, 0, stderr);
      const { mode, starter, worker, total, after } = JSON.parse(stdout);
      const isInline = permissions.length === 0;
      assertEquals(mode, isInline ? "inline" : "threads");
      // An inline worker is this thread.
      assertEquals(starter, isInline ? [5, 14] : [2, 5]);
      assertEquals(worker, isInline ? [0, 0] : [3, 9]);
      const { count, tasks, fill, sizes } = total;
      assertEquals([count, tasks, fill, sizes.max], [5, 14, 14 / 20, 4]);
      assertEquals(after, [5, 14]);
    }
  },
);

Deno.test("BatchStats.since() refuses what is no such stats", () => {
  const { batches } = new TaskQueue(() => {}).stats();
  for (const earlier of [null, undefined, {}, 7]) {
    assertThrows(() => batches.since(earlier as never), TypeError, "earlier");
  }
});

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  BatchIncompleteError,
  closure,
  QueueFullError,
  Runtime,
  RuntimeClosedError,
  type SharedTaskQueue,
  TaskQueue,
  topology,
  WorkerLostError,
} from "../../mod.ts";
import { until } from "../linked/until.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { failure, FAILURES } from "./fixtures/failing_processors.ts";
import { gatedQueue, gateWith } from "./fixtures/gate.ts";
import {
  echoed,
  failing,
  gated,
  mortal,
  type Numbers,
  sorted,
  tooLate,
} from "./fixtures/shared_processors.ts";

type Queue = SharedTaskQueue<number, number>;

/** Pushes numbers in random chunks, and checks that each comes back. Runs on any thread. */
async function pushRandomly(
  queue: Queue,
  count: number,
  seed: number,
): Promise<number> {
  let state = seed;
  const random = (most: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % most;
  };
  let sum = 0;
  for (let done = 0; done < count;) {
    const size = Math.min(count - done, 1 + random(300));
    const tasks = Array.from({ length: size }, () => random(1 << 30));
    const values = random(2) === 0
      ? await queue.pushMany(tasks)
      : await Promise.all(tasks.map((n) => queue.push(n)));
    for (let k = 0; k < size; k++) {
      if (values[k] !== tasks[k]) {
        throw new Error(`${values[k]} for ${tasks[k]}`);
      }
      sum = (sum + values[k]!) % 1_000_003;
    }
    done += size;
  }
  return sum;
}

testBoth(
  "SharedTaskQueue.push() gives each of 65,536 tasks of all threads its value, through 64 places (Q1, Q11)",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, number>(runtime, echoed, {
      tasks: "u32",
      worker: 1,
      capacity: 64,
    });
    const each = 65_536 / 4;
    await Promise.all([
      pushRandomly(queue, each, 1),
      pushRandomly(queue, each, 2),
      runtime.on(0).spawn(pushRandomly, queue, each, 3),
      runtime.on(1).spawn(pushRandomly, queue, each, 4),
    ]);
  },
);

testBoth(
  "SharedTaskQueue.push() refuses what is none of its tasks, and nothing else",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, number>(runtime, echoed, {
      tasks: "u32",
    });
    const good = queue.push(5);
    await assertRejects(() => queue.push(-1), RangeError);
    await assertRejects(() => queue.push("6" as never), TypeError);
    await assertRejects(() => queue.pushMany([1, 0.5]), RangeError);
    await assertRejects(() => queue.pushMany(7 as never), TypeError);
    assertEquals(await queue.pushMany([]), []);
    assertEquals([await good, await queue.push(6)], [5, 6]);
  },
);

testBoth(
  "SharedTaskQueue: a batch grows until its processor bounds it, and later tasks form a new one (Q8)",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, gated, {
      tasks: "i32",
      worker: 0,
    });
    const first = queue.push(1);
    await until(() => gate.begun.value === 1);
    const more = runtime.on(1).spawn(
      (queue: Queue) => queue.pushMany([2, 3]),
      queue,
    );
    const own = queue.push(4);
    // The worker has what the others have pushed.
    await until(() => gate.begun.value === 1 && queue.size === 4);
    gate.go.set();
    await until(() => gate.bounded.value === 1);
    assertEquals(gate.squares.value, 16);
    const next = queue.push(5);
    await until(() => gate.bounded.value === 2);
    assertEquals(gate.squares.value, 17);
    gate.answer.set();
    assertEquals(
      [await first, ...await more, await own, await next],
      [2, 4, 6, 8, 10],
    );
  },
);

testBoth(
  "SharedTaskQueue: `maxBatch` bounds a batch, `concurrency` limits how many run",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith({ go: true });
    await using queue = await gatedQueue(runtime, gate, gated, {
      tasks: "i32",
      maxBatch: 3,
      concurrency: 2,
    });
    const tasks = Array.from({ length: 8 }, (_, k) => k);
    const values = queue.pushMany(tasks);
    await until(() => gate.bounded.value === 2);
    assertEquals(gate.squares.value, 18);
    gate.answer.set();
    assertEquals(await values, tasks.map((n) => 2 * n));
    assertEquals([gate.begun.value, gate.squares.value], [3, 9 + 9 + 4]);
  },
);

testBoth(
  "SharedTaskQueue: batches are completed out of order, and their places come back (Q12)",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, sorted, {
      tasks: "i32",
      capacity: 64,
      maxBatch: 16,
    });
    const batch = (first: number) =>
      queue.pushMany(Array.from({ length: 16 }, (_, k) => first + k));
    const batches = [batch(1), batch(100), batch(3), batch(200)];
    await until(() => gate.bounded.value === 4);
    const waiting = batch(300); //  there is no place
    gate.answer.set();
    assertEquals((await batches[1])![0], 200);
    assertEquals((await batches[3])![0], 400);
    gate.go.set();
    assertEquals((await batches[0])![15], 32);
    assertEquals((await batches[2])![0], 6);
    assertEquals((await waiting)[0], 600);
  },
);

testBoth(
  "SharedTaskQueue.push() is answered when its own value is there, whatever others of the batch wait for",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    await using queue = await TaskQueue.on<number, number>(
      runtime,
      closure(gate, ({ go }, batch: Numbers) => {
        const assignment = batch.bound();
        return assignment.map(async (n) => {
          if (n === 2) await go.waitAsync({ timeout: 20_000 });
          return 10 * n;
        });
      }),
      { tasks: "f64" },
    );
    const [one, two, three] = [1, 2, 3].map((n) => queue.push(n));
    assertEquals([await one, await three], [10, 30]);
    gate.go.set();
    assertEquals(await two, 20);
  },
);

for (const [name, [, expected]] of Object.entries(FAILURES)) {
  testBoth(
    `SharedTaskQueue: a processor that ${name} is the reason of each task, and the queue goes on (Q17)`,
    async ({ start }) => {
      await using runtime = await start({ workers: 1 });
      await using queue = await TaskQueue.on<number, number>(
        runtime,
        closure(name, failing),
        { tasks: "f64", capacity: 64 },
      );
      const waiting = [queue.push(1), queue.push(2), queue.pushMany([3])];
      for (const promise of waiting) {
        const reason = await promise.then(() => undefined, (reason) => reason);
        if (expected === "failure") {
          assertInstanceOf(reason, RangeError);
          assertStrictEquals(reason.message, failure.message);
        } else {
          assertInstanceOf(reason, BatchIncompleteError);
          assertStrictEquals(reason.size, 3);
        }
      }
      for (let k = 0; k < 3; k++) {
        const tasks = Array.from({ length: 64 }, (_, n) => n);
        assertEquals(await queue.pushMany(tasks), tasks);
      }
    },
  );
}

testBoth(
  "SharedTaskQueue: a value that cannot be sent rejects its own task only",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, unknown>(
      runtime,
      (batch) => {
        const assignment = batch.bound();
        assignment.resolveOne(0, () => 1);
        assignment.resolveOne(1, "good");
        assignment.rejectOne(2, Symbol("bad"));
        assignment.resolveOne(3, Promise.resolve(new WeakMap()));
        assignment.resolveOne(4, { then: 5 });
      },
      { tasks: "i32" },
    );
    const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((n) => queue.push(n));
    await assertRejects(() => a!, TypeError, "is a function");
    assertEquals(await b, "good");
    await assertRejects(() => c!, Error, "Symbol(bad)");
    await assertRejects(() => d!, TypeError);
    assertEquals(await e, { then: 5 });
  },
);

testBoth(
  "SharedTaskQueue: a processor that fails when all have their answers is told on a thread that pushes",
  async ({ start }) => {
    using rejections = new UnhandledRejections();
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, number>(runtime, tooLate, {
      tasks: "i32",
    });
    assertEquals(await queue.push(1), 1);
    assertEquals(await queue.push(2), 2);
    await queue.close(); // at the latest
    await until(() => rejections.reasons.length === 2);
    for (const reason of rejections.reasons) {
      assertInstanceOf(reason, RangeError);
    }
  },
);

testBoth(
  "SharedTaskQueue.push() that overflows is refused, or waits in line (Q11)",
  async ({ start }) => {
    await using runtime = await start();
    for (const overflow of ["reject", "wait"] as const) {
      const gate = gateWith({ go: true });
      await using queue = await gatedQueue(runtime, gate, gated, {
        tasks: "i32",
        capacity: 64,
        overflow,
      });
      const values = queue.pushMany(new Int32Array(60));
      const many = queue.pushMany(new Int32Array(5));
      const one = queue.push(7);
      if (overflow === "reject") {
        await assertRejects(() => many, QueueFullError);
        assertEquals(gate.answer.set(), true);
        assertEquals(await one, 14);
      } else {
        gate.answer.set();
        assertEquals([...await many, await one], [0, 0, 0, 0, 0, 14]);
      }
      assertEquals((await values).length, 60);
    }
  },
);

testBoth(
  "SharedTaskQueue.push() may be given up, in line and in a batch (Q3, Q4)",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith({ go: true });
    await using queue = await gatedQueue(runtime, gate, gated, {
      tasks: "i32",
      capacity: 64,
    });
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new RangeError("enough");
    const batched = queue.push(1, { signal });
    const rest = queue.pushMany(new Int32Array(63));
    const waiting = [
      queue.push(2, { signal }),
      queue.pushMany([3, 4], { signal }),
    ];
    const other = queue.push(5);
    await until(() => gate.bounded.value === 1);
    controller.abort(reason);
    for (const promise of [batched, ...waiting]) {
      assertStrictEquals(await promise.catch((reason) => reason), reason);
    }
    assertStrictEquals(
      await queue.push(6, { signal }).catch((reason) => reason),
      reason,
    );
    gate.answer.set();
    assertEquals([await other, (await rest).length], [10, 63]);
    await queue.idle();
  },
);

testBoth(
  "SharedTaskQueue: its signal rejects whoever waits, on all threads, and all that follows",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith({ go: true });
    const controller = new AbortController();
    const queue = await gatedQueue(runtime, gate, gated, {
      tasks: "i32",
      capacity: 64,
      signal: controller.signal,
      worker: 0,
    });
    const there = runtime.on(1).spawn(async (queue: Queue) => {
      const reasons = await Promise.all(
        [queue.push(1), queue.pushMany([2])].map((promise) =>
          promise.then(() => "a value", (error) => error.message)
        ),
      );
      const later = await queue.push(3).then(() => "a value", (e) => e.name);
      return [...reasons, later];
    }, queue);
    const here = queue.pushMany(new Int32Array(70));
    await until(() => gate.squares.value > 0 && queue.size === 64);
    const reason = new RangeError("closed for today");
    controller.abort(reason);
    assertStrictEquals(await here.catch((reason) => reason), reason);
    assertStrictEquals(await queue.push(1).catch((reason) => reason), reason);
    // Inline, it is the same thread, which knows the reason.
    assert(["TypeError", "RangeError"].includes((await there)[2]!));
    gate.answer.set();
    await queue.close();
  },
);

testBoth(
  "SharedTaskQueue.close() lets all that were pushed be answered, and then refuses on all threads",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith({ go: true });
    const queue = await gatedQueue(runtime, gate, gated, {
      tasks: "i32",
      concurrency: 1,
      maxBatch: 2,
    });
    const values = queue.pushMany([1, 2, 3]);
    await until(() => gate.bounded.value === 1);
    const closed = queue.close();
    await assertRejects(() => queue.push(4), TypeError, "closed");
    gate.answer.set();
    await closed;
    assertEquals(await values, [2, 4, 6]);
    const there = await runtime.on(1).spawn(
      (queue: Queue) => queue.push(1).then(() => "", (error) => error.name),
      queue,
    );
    assertEquals(there, "TypeError");
    await queue.close();
  },
);

testBoth(
  "Runtime.close() waits for the tasks of shared queues, and refuses later ones",
  async ({ start }) => {
    const runtime = await start();
    const gate = gateWith({ go: true });
    const queue = await gatedQueue(runtime, gate, gated, { tasks: "i32" });
    const values = queue.pushMany([1, 2]);
    await until(() => gate.bounded.value === 1);
    const closed = runtime.close();
    gate.answer.set();
    assertEquals(await values, [2, 4]);
    await closed;
    await assertRejects(() => queue.push(3), RuntimeClosedError);
    await queue.idle();
    await queue.close(); // there is nothing to wait for
    await assertRejects(() => queue.push(4), TypeError);
  },
);

testBoth(
  "Runtime.terminate() rejects the tasks of shared queues",
  async ({ start }) => {
    const runtime = await start();
    const gate = gateWith({ go: true });
    const queue = await gatedQueue(runtime, gate, gated, {
      tasks: "i32",
      capacity: 64,
    });
    const values = queue.pushMany(new Int32Array(70)); // some wait in line
    await until(() => gate.bounded.value === 1);
    const rejected = assertRejects(() => values, RuntimeClosedError);
    await runtime.terminate();
    await rejected;
    await queue.idle();
    gate.answer.set();
  },
);

Deno.test(
  "SharedTaskQueue: what a lost worker had bounded is rejected, the rest goes to its successor",
  { timeout: 60_000, ignore: topology().allowed.size < 2 },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, mortal, {
      tasks: "i32",
      worker: 0,
      maxBatch: 2,
      concurrency: 2,
    });
    const lost = queue.pushMany([-1, 1]);
    const bounded = queue.pushMany([3, 4]); //  by the same worker, and not processed
    const open = queue.push(5);
    const there = runtime.on(1).spawn(
      (queue: Queue) => queue.pushMany([6, 7, 8]),
      queue,
    );
    await until(() => queue.size === 8);
    gate.go.set();
    for (const promise of [lost]) {
      const error = await assertRejects(() => promise, WorkerLostError);
      assert(error.started);
      assertEquals(error.worker, 0);
    }
    const outcome = await bounded.then(String, (error) => error.name);
    assert(["4,5", "WorkerLostError"].includes(outcome), outcome);
    const outcomes = await Promise.all([
      open.then(String, (error) => error.name),
      there.then(String, (error) => error.name),
    ]);
    assertEquals(outcomes, ["6", "7,8,9"]);
    assertEquals(await queue.push(9), 10);
  },
);

Deno.test(
  "SharedTaskQueue: a thread that is lost after it has pushed holds up nobody",
  { timeout: 60_000, ignore: topology().allowed.size < 2 },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const gate = gateWith();
    await using queue = await gatedQueue(runtime, gate, gated, {
      tasks: "i32",
      worker: 0,
      capacity: 64,
    });
    for (const isAsked of [false, true]) {
      // Its tasks take all places; they may be found by the next push only.
      const lost = runtime.on(1).spawn(
        async (queue: Queue, isAsked: boolean) => {
          queue.pushMany(new Int32Array(64)).catch(() => {});
          if (isAsked) await new Promise((next) => setTimeout(next, 0));
          (globalThis as unknown as { close(): void }).close();
          await new Promise(() => {});
        },
        queue,
        isAsked,
      );
      await assertRejects(() => lost.then(), WorkerLostError);
      const values = queue.pushMany([1, 2]);
      gate.go.set();
      gate.answer.set();
      assertEquals(await values, [2, 4]);
    }
    await until(() => queue.size === 0);
    assertEquals(gate.squares.value >= 2 * 64, true);
  },
);

testBoth(
  "SharedTaskQueue: runtime.stats() counts the batches of its processor",
  async ({ start }) => {
    await using runtime = await start();
    await using queue = await TaskQueue.on<number, number>(
      runtime,
      (batch) => batch.bound().map((n) => -n),
      { tasks: "f64", worker: 1, capacity: 64 },
    );
    const counted = () => runtime.stats().total.batches.tasks;
    const before = counted();
    assertEquals(await queue.pushMany([1, 2, 3]), [-1, -2, -3]);
    assertEquals(await queue.push(4), -4);
    await until(() => counted() === before + 4);
  },
);

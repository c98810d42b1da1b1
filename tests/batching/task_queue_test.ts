import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { type Assignment, TaskQueue } from "../../batching/mod.ts";
import { randomFrom } from "../sync/random.ts";
import { echo, HeldBatches, isSettled, turn } from "./echo.ts";

const timeout = 20_000;

Deno.test(
  "TaskQueue.push() gives each of 65,536 tasks its value, in random chunks through 64 cells (Q1)",
  {
    timeout,
  },
  async () => {
    const random = randomFrom(1);
    const queue = new TaskQueue<number, number>(async (batch) => {
      await Promise.resolve();
      const assignment = batch.bound();
      await Promise.resolve();
      assignment.map((n) => 2 * n);
    }, { capacity: 64 });
    let sum = 0;
    for (let n = 0; n < 65_536;) {
      const size = Math.min(1 + random(8192), 65_536 - n);
      const chunk = Array.from({ length: size }, (_, k) => n + k);
      const values = await Promise.all(chunk.map((task) => queue.push(task)));
      for (const [k, value] of values.entries()) {
        assertStrictEquals(value, 2 * chunk[k]!);
        sum += value;
      }
      n += size;
    }
    assertStrictEquals(sum, 65_536 * 65_535);
  },
);

Deno.test("TaskQueue.push() answers 65,536 tasks one after the other (Q2)", {
  timeout,
}, async () => {
  let batches = 0;
  const queue = new TaskQueue<number, number>((batch) => {
    batches++;
    echo(batch);
  }, { capacity: 64 });
  for (let n = 0; n < 65_536; n++) assertStrictEquals(await queue.push(n), n);
  assertStrictEquals(batches, 65_536);
});

Deno.test(
  "TaskQueue.push() may be given up while its batch is processed (Q3)",
  {
    timeout,
  },
  async () => {
    const held = new HeldBatches<number, number>();
    const queue = new TaskQueue(held.process);
    const controller = new AbortController();
    const givenUp = queue.push(1, { signal: controller.signal });
    const kept = queue.push(2);
    await turn();
    const assignment = held.batches[0]!.bound();
    controller.abort(new Error("not needed"));
    await assertRejects(() => givenUp, Error, "not needed");
    assertEquals(assignment.toArray(), [1, 2], "its cell is still valid");
    assignment.resolve([10, 20]);
    assertStrictEquals(await kept, 20);
    held.end(0);
    await queue.idle();
  },
);

Deno.test(
  "TaskQueue.push() gives the value or the reason where 8192 aborts race with it (Q4)",
  {
    timeout,
  },
  async () => {
    const random = randomFrom(4);
    const queue = new TaskQueue<number, number>(async (batch) => {
      const assignment = batch.bound();
      for (const [k, n] of assignment.toArray().entries()) {
        if (random(10) < 3) await Promise.resolve();
        assignment.resolveOne(k, n);
      }
    }, { capacity: 256, maxBatch: 50 });
    const pushed: Promise<string>[] = [];
    for (let n = 0; n < 8192; n++) {
      const controller = new AbortController();
      const value = queue.push(n, { signal: controller.signal });
      pushed.push(value.then(
        (value) => {
          assertStrictEquals(value, n);
          return "value";
        },
        (reason) => {
          assertStrictEquals(reason, n);
          return "reason";
        },
      ));
      void (async () => {
        for (let k = random(200); k > 0; k--) await Promise.resolve();
        controller.abort(n);
      })();
      if (random(5) === 0) await Promise.resolve();
    }
    const outcomes = new Set(await Promise.all(pushed));
    assertEquals([...outcomes].sort(), ["reason", "value"]);
    await queue.idle();
    assertEquals(await queue.pushMany([1, 2]), [1, 2]);
  },
);

Deno.test("TaskQueue.push() lets go of the signal when the value is there", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: unknown[]) => {
    listeners++;
    return Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    listeners--;
    return Reflect.apply(removeEventListener, signal, args);
  };
  const queue = new TaskQueue<number, number>(echo);
  await Promise.all([
    queue.push(1, { signal }),
    queue.pushMany([2, 3], { signal }),
  ]);
  assertStrictEquals(listeners, 0);
});

Deno.test("TaskQueue.push() with a signal that is aborted adds nothing", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process);
  const signal = AbortSignal.abort("early");
  assertStrictEquals(await queue.push(1, { signal }).catch((e) => e), "early");
  const many = queue.pushMany([1], { signal });
  assertStrictEquals(await many.catch((e) => e), "early");
  await turn();
  assertEquals(held.batches, []);
});

Deno.test("OpenBatch.size grows until it is bounded, and later tasks form a new batch (Q8)", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process);
  void queue.push(1);
  await turn();
  const [first] = held.batches;
  assertStrictEquals(first!.size, 1);
  void queue.push(2);
  await turn();
  void queue.push(3);
  assertStrictEquals(first!.size, 3);
  const assignment = first!.bound();
  const next = queue.push(4);
  assertStrictEquals(first!.size, 3);
  assertEquals(assignment.toArray(), [1, 2, 3]);
  assertStrictEquals(first!.bound(), assignment, "bounding again is the same");
  await turn();
  assertEquals([...held.batches[1]!.bound()], [4]);
  held.batches[1]!.bound().resolve([40]);
  assertStrictEquals(await next, 40, "before the first batch is completed");
  assignment.resolve([1, 2, 3]);
});

Deno.test("TaskQueue.push() starts one processor for all that is pushed in a turn", async () => {
  const sizes: number[] = [];
  const queue = new TaskQueue<number, number>((batch) => {
    sizes.push(batch.size);
    echo(batch);
  });
  await Promise.all([queue.push(1), queue.pushMany([2, 3]), queue.push(4)]);
  assertEquals(sizes, [4]);
});

Deno.test(
  "TaskQueue.push() waits in line where the queue is full: none is lost, none comes twice (Q11)",
  {
    timeout,
  },
  async () => {
    const seen: number[] = [];
    const held = new HeldBatches<number, number>();
    const queue = new TaskQueue(held.process, { capacity: 64 });
    const values = Array.from({ length: 200 }, (_, n) => queue.push(n));
    for (let k = 0; k < 4; k++) {
      await turn();
      assertStrictEquals(held.batches.length, k + 1);
      const assignment = held.batches[k]!.bound();
      assertStrictEquals(assignment.size, k < 3 ? 64 : 8);
      seen.push(...assignment);
      assignment.resolve(assignment.toArray());
      held.end(k);
    }
    const expected = Array.from({ length: 200 }, (_, n) => n);
    assertEquals(await Promise.all(values), expected);
    assertEquals(seen, expected);
  },
);

Deno.test("TaskQueue.push() that is given up in line takes no place", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { capacity: 64 });
  const full = queue.pushMany(Array.from({ length: 64 }, (_, n) => n));
  const controller = new AbortController();
  const { signal } = controller;
  const givenUp = queue.push(64, { signal });
  const manyGivenUp = queue.pushMany([65, 66], { signal });
  const kept = queue.push(67);
  controller.abort("no");
  assertStrictEquals(await givenUp.catch((reason) => reason), "no");
  assertStrictEquals(await manyGivenUp.catch((reason) => reason), "no");
  await turn();
  echo(held.batches[0]!);
  assertStrictEquals((await full).length, 64);
  await turn();
  assertEquals(held.batches[1]!.bound().toArray(), [67]);
  echo(held.batches[1]!);
  assertStrictEquals(await kept, 67);
});

Deno.test("TaskQueue.push() that is given up when it has left the line disturbs nobody in it", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { capacity: 64, maxBatch: 64 });
  const full = queue.pushMany(Array.from({ length: 64 }, (_, n) => n));
  const controller = new AbortController();
  const { signal } = controller;
  const first = queue.pushMany([64], { signal });
  const more = queue.pushMany(Array.from({ length: 70 }, (_, n) => 65 + n));
  await turn();
  echo(held.batches[0]!);
  await full;
  controller.abort("no");
  assertStrictEquals(await first.catch((reason) => reason), "no");
  for (let k = 1; k < 3; k++) {
    await turn();
    echo(held.batches[k]!);
  }
  assertStrictEquals((await more).length, 70);
});

Deno.test("Batches are completed out of order, and their places come back in order (Q12)", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { capacity: 64, maxBatch: 16 });
  const values = Array.from({ length: 64 }, (_, n) => queue.push(n));
  const late = queue.push(64);
  await turn();
  assertStrictEquals(held.batches.length, 4);
  for (const k of [2, 1, 3]) {
    echo(held.batches[k]!);
    assertStrictEquals(await values[16 * k + 5], 16 * k + 5);
  }
  await turn();
  assertStrictEquals(held.batches.length, 4, "the oldest one is in the way");
  assertStrictEquals(await isSettled(values[0]!), false);
  echo(held.batches[0]!);
  assertStrictEquals(await values[0], 0);
  await turn();
  echo(held.batches[4]!);
  assertStrictEquals(await late, 64);
});

Deno.test("Assignment.drop() rejects whoever waits, frees the places and forgets the tasks (Q13)", async () => {
  for (const how of ["open", "bounded", "using"]) {
    const queue = new TaskQueue<object, number>(async (batch) => {
      if (batch.size < 64) return void batch.bound().map(() => 1);
      if (how === "open") batch.drop();
      else if (how === "bounded") batch.bound().drop();
      else {
        using assignment = batch.bound();
        assert(!assignment.isCompleted);
      }
      // The places are free before the processor returns.
      await after;
    }, { capacity: 64 });
    const { promise: after, resolve } = Promise.withResolvers<void>();
    const values = Array.from({ length: 64 }, () => queue.push({}));
    const late = queue.push({});
    for (const value of values) {
      const error = await value.then(() => undefined, (error) => error);
      assertStrictEquals(error?.name, "BatchIncompleteError", how);
      assertStrictEquals(error.size, 64);
    }
    assertStrictEquals(await late, 1);
    resolve();
    await queue.idle();
  }
});

Deno.test("TaskQueue.push() adds its task at the call, awaited or not (Q15)", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process);
  const first = queue.push(1);
  await turn();
  assertStrictEquals(held.batches[0]!.size, 1);
  const second = queue.push(2);
  assertStrictEquals(held.batches[0]!.size, 2);
  echo(held.batches[0]!);
  assertEquals(await Promise.all([first, second]), [1, 2]);
});

Deno.test("TaskQueue.push() has no value before there is one, however often it is looked at (Q18)", async () => {
  const held = new HeldBatches<number, string>();
  const queue = new TaskQueue(held.process);
  const value = queue.push(1);
  const many = queue.pushMany([2, 3]);
  for (let k = 0; k < 3; k++) {
    const early = Promise.resolve("early");
    assertStrictEquals(await Promise.race([value, early]), "early");
    assertStrictEquals(await isSettled(value), false);
    assertStrictEquals(await isSettled(many), false);
  }
  const assignment = held.batches[0]!.bound();
  assignment.resolveOne(1, "b");
  assertStrictEquals(await isSettled(value), false);
  assertStrictEquals(await isSettled(many), false);
  assignment.resolveOne(0, "a");
  assignment.resolveOne(2, "c");
  assertStrictEquals(await value, "a");
  assertEquals(await many, ["b", "c"]);
});

Deno.test("TaskQueue takes more than 255 unfinished batches that began side by side (Q19)", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { capacity: 1024, maxBatch: 1 });
  const values = Array.from({ length: 1000 }, (_, n) => queue.push(n));
  await turn();
  assertStrictEquals(held.batches.length, 1000);
  for (let k = 999; k >= 0; k--) echo(held.batches[k]!);
  assertEquals(
    await Promise.all(values),
    Array.from({ length: 1000 }, (_, n) => n),
  );
});

Deno.test("TaskQueue starts no more processors than 'concurrency', and the next batch grows meanwhile", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, { concurrency: 2 });
  const values: Promise<number>[] = [];
  for (let n = 0; n < 2; n++) {
    values.push(queue.push(n));
    await turn();
    held.batches[n]!.bound();
  }
  for (let n = 2; n < 10; n++) {
    values.push(queue.push(n));
    await turn();
  }
  assertStrictEquals(held.batches.length, 2);
  echo(held.batches[0]!);
  await turn();
  assertStrictEquals(
    held.batches.length,
    2,
    "a processor that still runs counts",
  );
  held.end(0);
  await turn();
  assertStrictEquals(held.batches.length, 3);
  assertStrictEquals(held.batches[2]!.size, 8);
  echo(held.batches[1]!);
  echo(held.batches[2]!);
  assertEquals(await Promise.all(values), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("TaskQueue with 'maxBatch' ends a batch that is full, also before its processor starts", async () => {
  const sizes: number[] = [];
  const queue = new TaskQueue<number, number>((batch) => {
    sizes.push(batch.size);
    echo(batch);
  }, { maxBatch: 3, concurrency: 1 });
  await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => queue.push(n)));
  assertEquals(sizes, [3, 3, 1]);
});

Deno.test("TaskQueue with 'overflow' refuses what does not fit, and nothing else", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, {
    capacity: 64,
    overflow: "reject",
  });
  const values = queue.pushMany(Array.from({ length: 63 }, (_, n) => n));
  const refused = await queue.pushMany([63, 64]).catch((error) => error);
  assertStrictEquals(refused.name, "QueueFullError");
  assertStrictEquals(refused.maxQueued, 64);
  const last = queue.push(63);
  const more = await queue.push(64).catch((error) => error);
  assertStrictEquals(more.name, "QueueFullError");
  await turn();
  assertStrictEquals(held.batches[0]!.size, 64);
  echo(held.batches[0]!);
  assertStrictEquals((await values).length, 63);
  assertStrictEquals(await last, 63);
  void queue.push(65);
  await turn();
  assertStrictEquals(held.batches.length, 2);
});

Deno.test("TaskQueue with 'schedule' starts a processor when it is called", async () => {
  const starts: (() => void)[] = [];
  const queue = new TaskQueue<number, number>(echo, {
    schedule: (start) => void starts.push(start),
  });
  const value = queue.push(1);
  assertStrictEquals(await isSettled(value), false);
  assertStrictEquals(starts.length, 1);
  starts[0]!();
  assertStrictEquals(await value, 1);
  const second = queue.push(2);
  starts[0]!(); // has no effect any more
  assertStrictEquals(await isSettled(second), false);
  starts[1]!();
  assertStrictEquals(await second, 2);
  const atOnce = new TaskQueue<number, number>(echo, {
    schedule: (start) => start(),
  });
  assertEquals(await Promise.all([atOnce.push(1), atOnce.push(2)]), [1, 2]);
});

Deno.test("TaskQueue with 'signal' rejects all that wait, and all that comes", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process, {
    capacity: 64,
    concurrency: 1,
    signal,
  });
  const processed = queue.push(0);
  await turn();
  const assignment = held.batches[0]!.bound();
  const waiting = [
    queue.pushMany(Array.from({ length: 63 }, (_, n) => n)),
    queue.push(64), // in line
  ];
  controller.abort("closed");
  for (const promise of [processed, ...waiting, queue.push(65)]) {
    assertStrictEquals(await promise.catch((reason) => reason), "closed");
  }
  const many = queue.pushMany([1]);
  assertStrictEquals(await many.catch((reason) => reason), "closed");
  assertEquals(assignment.toArray(), [0], "its processor may go on reading");
  assignment.resolve([0]);
  held.throw(0, new Error("as the queue is closed"));
  await queue.idle();
  assertStrictEquals(held.batches.length, 1);
});

Deno.test("TaskQueue with a 'signal' that is aborted takes nothing", async () => {
  const signal = AbortSignal.abort("closed");
  const queue = new TaskQueue<number, number>(echo, { signal });
  const pushed = [queue.push(1), queue.pushMany([1])];
  for (const promise of pushed) {
    assertStrictEquals(await promise.catch((reason) => reason), "closed");
  }
  await queue.idle();
});

Deno.test("TaskQueue.pushMany() answers in order over several batches, and nothing for nothing", async () => {
  const queue = new TaskQueue<number, number>(echo, {
    capacity: 64,
    maxBatch: 10,
  });
  const tasks = Array.from({ length: 200 }, (_, n) => n);
  assertEquals(await queue.pushMany(new Set(tasks)), tasks);
  assertEquals(await queue.pushMany([]), []);
});

Deno.test("TaskQueue.pushMany() is rejected with the first failure", async () => {
  const queue = new TaskQueue<number, number>((batch) => {
    const assignment = batch.bound();
    assignment.rejectOne(1, "first");
    assignment.reject("second");
  });
  const failed = queue.pushMany([1, 2, 3]);
  assertStrictEquals(await failed.catch((reason) => reason), "first");
});

Deno.test("TaskQueue.idle() resolves when all are answered and no processor runs", async () => {
  const held = new HeldBatches<number, number>();
  const queue = new TaskQueue(held.process);
  await queue.idle();
  const value = queue.push(1);
  const idle = queue.idle();
  await turn();
  echo(held.batches[0]!);
  await value;
  assertStrictEquals(await isSettled(idle), false);
  held.end(0);
  await idle;
});

Deno.test(
  "TaskQueue may be pushed to from its own processor",
  { timeout },
  async () => {
    const queue: TaskQueue<number, number> = new TaskQueue(async (batch) => {
      const assignment: Assignment<number, number> = batch.bound();
      await assignment.map(async (n) =>
        n === 0 ? 0 : 1 + await queue.push(n - 1)
      );
    });
    assertStrictEquals(await queue.push(100), 100);
    await queue.idle();
  },
);

Deno.test("new TaskQueue() refuses what is no processor or signal", () => {
  for (const processor of [undefined, null, 7, {}]) {
    const error = thrownBy(() => new TaskQueue(processor as never));
    assertInstanceOf(error, TypeError);
  }
  const queue = new TaskQueue<number, number>(echo);
  for (const signal of [null, {}, 7]) {
    const options = { signal: signal as never };
    for (
      const call of [
        () => new TaskQueue(echo, options),
        () => queue.push(1, options),
        () => queue.pushMany([1], options),
      ]
    ) assertInstanceOf(thrownBy(call), TypeError);
  }
  assertInstanceOf(thrownBy(() => queue.pushMany(7 as never)), TypeError);
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

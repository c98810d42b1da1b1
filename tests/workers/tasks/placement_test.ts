import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  currentTask,
  QueueFullError,
  Runtime,
  topology,
} from "../../../mod.ts";
import type { Directory } from "../../../workers/desk/directory.ts";
import { WorkerLoads } from "../../../workers/desk/worker_loads.ts";
import { workerForKey } from "../../../workers/tasks/placement.ts";

const timeout = 60_000;
const ignore = topology().allowed.size < 2;

/** Says that it runs, and blocks its worker until it is let go. */
function wait(buffer: SharedArrayBuffer): number {
  const words = new Int32Array(buffer);
  Atomics.add(words, 1, 1);
  Atomics.wait(words, 0, 0);
  return currentTask().worker;
}

function letGo(words: Int32Array): void {
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}

async function until(words: Int32Array, count: number): Promise<void> {
  while (Atomics.load(words, 1) !== count) {
    await new Promise((next) => setTimeout(next, 1));
  }
}

Deno.test("unbound tasks never wait behind a worker that is busy", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const words = new Int32Array(new SharedArrayBuffer(8));
  for (const busy of [0, 1]) {
    Atomics.store(words, 0, 0);
    Atomics.store(words, 1, 0);
    const blocked = runtime.on(busy).spawn(wait, words.buffer);
    await until(words, 1);
    const others = Array.from(
      { length: 100 },
      () => runtime.spawn(() => currentTask().worker),
    );
    const workers = new Set(await Promise.all(others));
    assertEquals([...workers], [1 - busy]);
    assertEquals(blocked.state, "running");
    letGo(words);
    assertEquals(await blocked, busy);
  }
});

Deno.test("Task.state and worker of an unbound task follow whoever takes it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = new Int32Array(new SharedArrayBuffer(8));
  const blocked = runtime.on(0).spawn(wait, words.buffer);
  await until(words, 1);
  const task = runtime.spawn(() => 1);
  await new Promise((next) => setTimeout(next, 5));
  assertEquals([task.state, task.worker], ["queued", undefined]);
  letGo(words);
  assertEquals(await task, 1);
  assertEquals([task.state, task.worker], ["done", 0]);
  await blocked;
});

Deno.test("urgent tasks go before others that wait for any worker", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = new Int32Array(new SharedArrayBuffer(8));
  const blocked = runtime.on(0).spawn(wait, words.buffer);
  await until(words, 1);
  const ended: string[] = [];
  const note = (task: PromiseLike<unknown>, name: string) =>
    task.then(() => ended.push(name));
  const all = [
    note(runtime.spawn(() => {}), "normal"),
    note(runtime.with({ priority: "urgent" }).spawn(() => {}), "urgent"),
  ];
  await new Promise((next) => setTimeout(next, 5));
  letGo(words);
  await Promise.all(all);
  assertEquals(ended, ["urgent", "normal"]);
  await blocked;
});

Deno.test(
  "unbound work that a lost worker had not started runs elsewhere, once",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(8));
    const blocked = runtime.on(0).spawn(wait, words.buffer);
    blocked.catch(() => {});
    await until(words, 1);
    runtime.on(0).spawn(() => Deno.exit(1)).catch(() => {});
    const tasks = Array.from(
      { length: 50 },
      (_, n) => runtime.spawn((n: number) => n, n),
    );
    letGo(words);
    assertEquals(await Promise.all(tasks), tasks.map((_, n) => n));
  },
);

Deno.test("tasks of one key run on one worker, in order", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`);
  const where = (key: string | number) =>
    runtime.with({ key }).spawn(() => currentTask().worker);
  const first = await Promise.all(keys.map(where));
  assertEquals(new Set(first).size, 2);
  assertEquals(await Promise.all(keys.map(where)), first);
  // From a worker, too.
  const seen = await runtime.spawn(async (keys: string[]) => {
    const { runtime } = currentTask();
    const tasks = keys.map((key) =>
      runtime.with({ key }).spawn(() => currentTask().worker)
    );
    return await Promise.all(tasks);
  }, keys);
  assertEquals(seen, first);
});

Deno.test("workerForKey() spreads keys evenly, and moves few of them to new workers only", () => {
  for (const size of [1, 2, 3, 8, 64]) {
    const counts = new Array<number>(size).fill(0);
    let moved = 0;
    for (let n = 0; n < 6400; n++) {
      const worker = workerForKey(`key ${n}`, size);
      counts[worker]!++;
      const next = workerForKey(`key ${n}`, size + 1);
      if (next === worker) continue;
      assertEquals(next, size);
      moved++;
    }
    const even = 6400 / size;
    for (const count of counts) {
      assert(count > even / 2 && count < even * 2, `${counts}`);
    }
    assert(moved < 2 * 6400 / (size + 1), `${moved}`);
  }
  assertEquals(workerForKey(5, 64), workerForKey(5, 64));
});

Deno.test(
  "near: a worker on a processor of the node, or any if there is none",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const [node] = topology().nodes;
    const near = runtime.with({ near: node!.id });
    const worker = await near.spawn(() => currentTask().worker);
    const { processor } = runtime.report().workers[worker]!;
    if (processor !== undefined) assert(node!.processors.has(processor));
    assertEquals(await runtime.with({ near: 4096 }).spawn(() => 1), 1);
  },
);

Deno.test("near: of the workers on that node the one with the fewest calls", () => {
  const directory: Directory = {
    size: 4,
    most: 4,
    slotOf: (worker) => worker === 1 ? -1 : worker + 1,
    openSlotOf: (worker) => worker === 1 ? -1 : worker + 1,
    threadOf: () => 1 << 20,
    hasFailed: () => false,
    failureOf: () => undefined,
    workerOf: () => -1,
    workerIn: () => -1,
  };
  const loads = new WorkerLoads({ slot: 0, directory, nodes: [0, 1, 1, 1] });
  for (let n = 0; n < 6; n++) loads.add(loads.pick(1));
  // Worker 1 is on the node, too, but is just being replaced.
  assertEquals([0, 1, 2, 3].map((worker) => loads.of(worker)), [0, 0, 3, 3]);
  assertEquals(loads.pick(7), 0); // no worker is there: any
});

Deno.test(
  "placement: round robin goes from one worker to the next, least loaded to who has least",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const inTurn = runtime.with({ placement: "round robin" });
    const where = () => currentTask().worker;
    const tasks = Array.from({ length: 6 }, () => inTurn.spawn(where));
    const [first] = await Promise.all(tasks);
    assertEquals(
      await Promise.all(tasks),
      tasks.map((_, n) => (first! + n) % 2),
    );
    // It is bound before it starts, and waits for that very worker.
    const words = new Int32Array(new SharedArrayBuffer(8));
    const blocked = runtime.on(1).spawn(wait, words.buffer);
    await until(words, 1);
    const more = Array.from({ length: 4 }, () => inTurn.spawn(where));
    const behind = more.filter((task) => task.worker === 1);
    assertEquals(behind.length, 2);
    const least = runtime.with({ placement: "least loaded" });
    assertEquals(await least.spawn(where), 0);
    assertEquals(behind.map(({ state }) => state), ["queued", "queued"]);
    letGo(words);
    assertEquals(new Set(await Promise.all(more)), new Set([0, 1]));
    assertEquals(await blocked, 1);
    // What names a worker or a key goes there.
    assertEquals(await inTurn.on(1).spawn(where), 1);
    const keyed = inTurn.with({ key: "a" });
    assertEquals(await keyed.spawn(where), await keyed.spawn(where));
  },
);

Deno.test(
  "Runtime.spawn() beyond maxQueued rejects with QueueFullError, map() waits",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1, maxQueued: 3 });
    const words = new Int32Array(new SharedArrayBuffer(8));
    const blocked = runtime.on(0).spawn(wait, words.buffer);
    await until(words, 1);
    const tasks = Array.from({ length: 5 }, () => runtime.spawn(() => 1));
    const full = await assertRejects(() => tasks[3]!.then(), QueueFullError);
    assertEquals(full.maxQueued, 3);
    await assertRejects(() => tasks[4]!.then(), QueueFullError);
    const bound = [1, 2, 3].map(() => runtime.on(0).spawn(() => 2));
    await assertRejects(() => bound[2]!.then(), QueueFullError);
    const mapped = Array.fromAsync(
      runtime.map([1, 2, 3, 4, 5], (n: number) => n, { concurrency: 5 }),
    );
    letGo(words);
    assertEquals(await Promise.all(tasks.slice(0, 3)), [1, 1, 1]);
    assertEquals(await Promise.all(bound.slice(0, 2)), [2, 2]);
    assertEquals(await mapped, [1, 2, 3, 4, 5]);
    assertEquals(await runtime.spawn(() => 1), 1);
    await blocked;
  },
);

Deno.test(
  "Spawner.with() refuses keys, nodes, placements and windows that are none, Runtime.start() limits",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const key = {} as unknown as string;
    assertThrows(() => runtime.with({ key }), TypeError);
    for (const near of [-1, 0.5, "0" as unknown as number]) {
      assertThrows(() => runtime.with({ near }), RangeError);
    }
    const placement = "random" as unknown as "free";
    assertThrows(() => runtime.with({ placement }), TypeError, "random");
    for (const window of [0, -1, 1.5, NaN, 2 ** 21, "1" as unknown as number]) {
      assertThrows(() => runtime.with({ window }), RangeError);
    }
    for (const maxQueued of [0, -1, 1.5, NaN, "1" as unknown as number]) {
      await assertRejects(() => Runtime.start({ maxQueued }), RangeError);
    }
  },
);

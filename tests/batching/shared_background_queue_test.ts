import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BackgroundQueue,
  closure,
  QueueFullError,
  type SharedBackgroundQueue,
  SharedCounter,
} from "../../mod.ts";
import { until } from "../linked/until.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { gateWith } from "./fixtures/gate.ts";
import { type Logged, logged, summed } from "./fixtures/shared_processors.ts";

type Queue = SharedBackgroundQueue<number>;

testBoth(
  "SharedBackgroundQueue.push() has the tasks of all threads processed, each thread's in order (Q5)",
  async ({ start }) => {
    await using runtime = await start();
    const last = new SharedCounter();
    const strays = new SharedCounter();
    await using queue = await BackgroundQueue.on<number>(
      runtime,
      // Tasks are multiples of 2 here, and odd there; of each sort they go up.
      closure({ last, strays }, ({ last, strays }, batch: Logged) => {
        for (const n of batch.bound()) {
          const shift = n % 2 === 0 ? 0 : 16;
          const former = (last.value >>> shift) & 0xffff;
          if (n <= former) strays.add();
          last.add((n - former) * 2 ** shift);
        }
      }),
      { tasks: "i32", worker: 0, capacity: 64, concurrency: 1 },
    );
    const there = runtime.on(1).spawn(async (queue: Queue) => {
      for (let n = 1; n < 2000; n += 2) {
        queue.push(n);
        if (n % 101 === 0) await queue.idle();
      }
      await queue.idle();
    }, queue);
    queue.pushMany(Array.from({ length: 1000 }, (_, k) => 2 * k + 2));
    await queue.idle();
    await there;
    assertEquals([last.value & 0xffff, last.value >>> 16], [2000, 1999]);
    assertEquals(strays.value, 0);
  },
);

testBoth(
  "SharedBackgroundQueue: `onError` is told of what failed, on the thread that pushed it",
  async ({ start }) => {
    await using runtime = await start();
    const sum = new SharedCounter();
    const failures: [string, number[]][] = [];
    await using queue = await BackgroundQueue.on<number>(
      runtime,
      closure(sum, summed),
      {
        tasks: "u32",
        onError: (error, tasks) =>
          failures.push([(error as Error).message, tasks]),
      },
    );
    queue.pushMany([1, 2, 3]);
    await queue.idle();
    assertEquals(failures, [["odd", [1, 2, 3]]]);
    queue.push(4);
    queue.push(6);
    await queue.idle();
    assertEquals([failures.length, sum.value], [1, 10]);
  },
);

testBoth(
  "SharedBackgroundQueue: a failure is an unhandled rejection without `onError`",
  async ({ start }) => {
    using rejections = new UnhandledRejections();
    await using runtime = await start();
    await using queue = await BackgroundQueue.on<number>(
      runtime,
      closure(new SharedCounter(), summed),
      { tasks: "u32" },
    );
    queue.push(1);
    assertEquals((await rejections.first as Error).message, "odd");
    queue.onError = () => {
      throw new TypeError("not good either");
    };
    queue.push(3);
    await until(() => rejections.reasons.length === 2);
    assertEquals((rejections.reasons[1] as Error).name, "TypeError");
  },
);

testBoth(
  "SharedBackgroundQueue: batches that are dropped, or not looked at",
  async ({ start }) => {
    await using runtime = await start();
    const names: string[] = [];
    const onError = (error: unknown) => void names.push((error as Error).name);
    await using dropped = await BackgroundQueue.on<number>(
      runtime,
      (batch) => batch.drop(),
      { tasks: "u32", onError },
    );
    dropped.pushMany([1, 2]);
    await dropped.idle();
    assertEquals(names, []);
    await using ignored = await BackgroundQueue.on<number>(runtime, () => {}, {
      tasks: "u32",
      onError,
    });
    ignored.pushMany([1, 2]);
    await ignored.idle();
    assertEquals(names, ["BatchIncompleteError"]);
  },
);

testBoth(
  "SharedBackgroundQueue.push() throws what is wrong, at once",
  async ({ start }) => {
    await using runtime = await start();
    const gate = gateWith();
    const queue = await BackgroundQueue.on<number>(
      runtime,
      closure(gate, logged),
      { tasks: "u32", capacity: 64, overflow: "reject" },
    );
    assertThrows(() => queue.push(-1), RangeError);
    assertThrows(() => queue.pushMany([1, -1]), RangeError);
    queue.pushMany(new Uint32Array(64));
    assertThrows(() => queue.push(1), QueueFullError);
    gate.go.set();
    await queue.close();
    assertEquals(gate.squares.value, 64 ** 2);
    assertThrows(() => queue.push(1), TypeError, "closed");
    assert(queue.size === 0);
  },
);

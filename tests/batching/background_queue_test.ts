import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { BackgroundQueue, BatchIncompleteError } from "../../batching/mod.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { isSettled, turn } from "./echo.ts";

const timeout = 10_000;
const failure = new Error("no disk");

Deno.test("BackgroundQueue.push() has all tasks processed, in order (Q5)", {
  timeout,
}, async () => {
  const seen: number[] = [];
  const queue = new BackgroundQueue<number>(async (batch) => {
    await Promise.resolve();
    for (const n of batch.bound()) seen.push(n);
  }, { capacity: 64, concurrency: 1 });
  const expected: number[] = [];
  for (let n = 0; n < 5000; n++) {
    queue.push(n);
    expected.push(n);
    if (n % 997 === 0) await turn();
  }
  queue.pushMany([-1, -2]);
  await queue.idle();
  assertEquals(seen, [...expected, -1, -2]);
});

Deno.test("BackgroundQueue.push() adds its task at the call (Q15)", async () => {
  const sizes: number[] = [];
  const queue = new BackgroundQueue<number>((batch) => {
    sizes.push(batch.bound().size);
  });
  queue.push(1);
  queue.push(2);
  await queue.idle();
  assertEquals(sizes, [2]);
});

Deno.test(
  "BackgroundQueue hands failures to 'onError', with the tasks, and goes on",
  {
    timeout,
  },
  async () => {
    const failures: [unknown, number[]][] = [];
    const processed: number[] = [];
    const queue = new BackgroundQueue<number>((batch) => {
      if (batch.size === 1) return undefined; // without a look
      const bounded = batch.bound();
      if (bounded.size === 2) throw failure;
      if (bounded.size === 3) return Promise.reject(failure);
      if (bounded.size === 4) {
        bounded.drop();
        throw failure;
      }
      return void processed.push(...bounded);
    }, { onError: (error, tasks) => void failures.push([error, tasks]) });
    for (let size = 1; size <= 5; size++) {
      queue.pushMany(Array.from({ length: size }, (_, k) => k));
      await queue.idle();
    }
    const [unbounded, ...others] = failures;
    assertInstanceOf(unbounded![0], BatchIncompleteError);
    assertEquals(unbounded![1], [0]);
    assertEquals(others, [[failure, [0, 1]], [failure, [0, 1, 2]], [
      failure,
      [],
    ]]);
    assertEquals(processed, [0, 1, 2, 3, 4]);
  },
);

Deno.test(
  "BackgroundQueue without a handler, or with one that throws, gives an unhandled rejection",
  {
    timeout,
  },
  async () => {
    for (
      const onError of [undefined, () => {
        throw failure;
      }]
    ) {
      using rejections = new UnhandledRejections();
      const queue = new BackgroundQueue<number>(() => {
        throw onError === undefined ? failure : new Error("another");
      }, onError && { onError });
      queue.push(1);
      await queue.idle();
      assertStrictEquals(await rejections.first, failure);
    }
  },
);

Deno.test("BackgroundQueue.idle() waits for processors and for the line", {
  timeout,
}, async () => {
  const gate = Promise.withResolvers<void>();
  let count = 0;
  const queue = new BackgroundQueue<number>(async (batch) => {
    const { size } = batch.bound();
    await gate.promise;
    count += size;
  }, { capacity: 64 });
  await queue.idle();
  for (let n = 0; n < 150; n++) queue.push(n);
  const idle = queue.idle();
  assertStrictEquals(await isSettled(idle), false);
  gate.resolve();
  await idle;
  assertStrictEquals(count, 150);
});

Deno.test("BackgroundQueue.push() throws where the queue is full or closed, and adds nothing then", async () => {
  const controller = new AbortController();
  const gate = Promise.withResolvers<void>();
  const sizes: number[] = [];
  const queue = new BackgroundQueue<number>(async (batch) => {
    sizes.push(batch.bound().size);
    await gate.promise;
  }, { capacity: 64, overflow: "reject", signal: controller.signal });
  queue.pushMany(Array.from({ length: 62 }, (_, n) => n));
  assertEquals(
    assertThrows(() => queue.pushMany([1, 2, 3]), Error).name,
    "QueueFullError",
  );
  queue.pushMany([62, 63]);
  assertEquals(
    assertThrows(() => queue.push(64), Error).name,
    "QueueFullError",
  );
  await turn();
  assertEquals(sizes, [64]);
  controller.abort(failure);
  for (const push of [() => queue.push(1), () => queue.pushMany([1])]) {
    assertStrictEquals(assertThrows(push), failure);
  }
  gate.resolve();
  await queue.idle();
});

Deno.test("new BackgroundQueue() refuses what is no function", () => {
  assertThrows(() => new BackgroundQueue(7 as never), TypeError);
  const options = { onError: "console" as never };
  assertThrows(() => new BackgroundQueue(() => {}, options), TypeError);
});

import { assertRejects, assertThrows } from "@std/assert";
import {
  BackgroundQueue,
  Runtime,
  RuntimeClosedError,
  type SharedQueueOptions,
  TaskQueue,
} from "../../mod.ts";

type Options = SharedQueueOptions<number>;

const BAD: readonly [
  what: string,
  options: Record<string, unknown>,
  type: ErrorConstructor,
][] = [
  ["a capacity that is no power of two (Q14)", { capacity: 100 }, RangeError],
  ["a capacity below 64 (Q14)", { capacity: 32 }, RangeError],
  ["a capacity that is too large (Q14)", { capacity: 2 ** 25 }, RangeError],
  ["bytes that are no multiple of 8", { byteCapacity: 100 }, RangeError],
  ["no batches at once", { concurrency: 0 }, RangeError],
  ["batches of half a task", { maxBatch: 0.5 }, RangeError],
  ["another overflow", { overflow: "drop" }, TypeError],
  ["a signal that is none", { signal: {} }, TypeError],
  ["other tasks", { tasks: "u8" }, TypeError],
  ["a worker that is not there", { worker: 5 }, RangeError],
  ["a worker that is no number", { worker: "all" }, RangeError],
  ["a node that is none", { near: -1 }, RangeError],
];

Deno.test("TaskQueue.on() and BackgroundQueue.on() refuse bad options", {
  timeout: 30_000,
}, async (t) => {
  await using runtime = await Runtime.start({ workers: 1 });
  for (const [what, options, type] of BAD) {
    await t.step(what, async () => {
      const given = options as Options;
      await assertRejects(() => TaskQueue.on(runtime, () => {}, given), type);
      await assertRejects(
        () => BackgroundQueue.on(runtime, () => {}, given),
        type,
      );
    });
  }
  await t.step("a runtime that is none", async () => {
    await assertRejects(() => TaskQueue.on({} as never, () => {}), TypeError);
    await assertRejects(
      () => BackgroundQueue.on(1 as never, () => {}),
      TypeError,
    );
  });
  await t.step("a processor that is none, or cannot be sent", async () => {
    const local = 5;
    await assertRejects(() => TaskQueue.on(runtime, 5 as never), TypeError);
    await assertRejects(
      () => TaskQueue.on(runtime, Math.max as never),
      TypeError,
    );
    await using queue = await TaskQueue.on<number, number>(
      runtime,
      (batch) => batch.bound().map((n) => n + local),
    );
    await assertRejects(() => queue.push(1), ReferenceError, "local");
  });
  await t.step("a handler that is none", async () => {
    await assertRejects(
      () => BackgroundQueue.on(runtime, () => {}, { onError: 1 as never }),
      TypeError,
    );
  });
  await t.step("a signal that is aborted", async () => {
    const signal = AbortSignal.abort(new RangeError("no"));
    await assertRejects(
      () => TaskQueue.on(runtime, () => {}, { signal }),
      RangeError,
      "no",
    );
  });
  await t.step("a signal of a push that is none", async () => {
    await using queue = await TaskQueue.on<number, number>(
      runtime,
      (batch) => batch.bound().map((n) => n),
    );
    const options = { signal: 1 as never };
    assertThrows(() => queue.push(1, options), TypeError);
    assertThrows(() => queue.pushMany([1], options), TypeError);
  });
});

Deno.test("TaskQueue.on() refuses a runtime that is closed", async () => {
  const runtime = await Runtime.start({ workers: 1 });
  await runtime.close();
  await assertRejects(
    () => TaskQueue.on(runtime, () => {}),
    RuntimeClosedError,
  );
});

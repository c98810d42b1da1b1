import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  currentTask,
  LocalRef,
  Runtime,
  RuntimeClosedError,
  SharedCounter,
} from "../../../mod.ts";
import { platform } from "../../../ffi/detect.ts";
import { Patience } from "../../../workers/life/patience.ts";
import { DISPOSED, entry, logOf, use } from "../fixtures/owned.ts";

const timeout = 60_000;

/** Resolves when no thread has an id any more, where the system tells. */
async function whenThreadIsGone(threadId: number | undefined): Promise<void> {
  while (
    threadId !== undefined && platform().schedulingOf(threadId) !== undefined
  ) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test(
  "Runtime.terminate() waits for nothing, and lets idle workers dispose",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 2 });
    const log = await logOf(runtime);
    await runtime.broadcast(use, "first");
    const task = runtime.on(0).spawn(() => new Promise(() => {}));
    const rejected = assertRejects(() => task.then(), RuntimeClosedError);
    await runtime.terminate();
    await rejected;
    const disposed = log.entries.filter((entry) => entry % 10 === DISPOSED);
    assertEquals(disposed, [entry(1, 1, DISPOSED)]);
    await assertRejects(
      () => runtime.spawn(() => 1).then(),
      RuntimeClosedError,
    );
    await runtime.terminate();
    await runtime.close();
  },
);

Deno.test(
  "Runtime.terminate() cuts a close() short that waits for tasks, guests or disposers",
  {
    timeout,
  },
  async () => {
    const never = () => new Promise<never>(() => {});
    {
      const runtime = await Runtime.start({ workers: 1 });
      const task = runtime.spawn(never);
      const rejected = assertRejects(() => task.then(), RuntimeClosedError);
      const closed = runtime.close();
      assertEquals(runtime.terminate(), closed);
      await Promise.all([closed, rejected]);
    }
    {
      const runtime = await Runtime.start({ workers: 1 });
      const ref = new LocalRef(new SharedCounter(), {
        runtime,
        dispose: () => {
          disposing.resolve();
          return never();
        },
      });
      const disposing = Promise.withResolvers<void>();
      const closed = runtime.close();
      await disposing.promise;
      assert(ref.id.length > 0);
      await runtime.terminate();
      await closed;
    }
  },
);

Deno.test("Runtime.terminate() ends a worker that blocks", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 2 });
  const words = new Int32Array(new SharedArrayBuffer(4));
  const task = runtime.on(0).spawn((buffer: SharedArrayBuffer) => {
    const words = new Int32Array(buffer);
    while (Atomics.load(words, 0) === 0) Atomics.wait(words, 0, 0, 10);
  }, words.buffer);
  const rejected = assertRejects(() => task.then(), RuntimeClosedError);
  const { threadId } = runtime.report().workers[0]!;
  await runtime.on(1).spawn(() => 1);
  await runtime.terminate();
  await rejected;
  // The engine cannot end it: it would last as long as the program.
  Atomics.store(words, 0, 1);
  await whenThreadIsGone(threadId);
});

Deno.test(
  "Runtime.terminate() ends the thread of a worker that joins what never ends",
  {
    timeout,
    ignore: platform().threadId() === undefined,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(4));
    const task = runtime.spawn((buffer: SharedArrayBuffer) => {
      const { runtime } = currentTask();
      const words = new Int32Array(buffer);
      // Not while this worker blocks, and there is no other one.
      const never = runtime.spawn(async () => await 1);
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
      for (let k = 0; k < 3; k++) {
        try {
          never.join({ timeout: 1_000_000 });
        } catch (error) {
          if ((error as Error).name !== "WorkerLostError") { for (;;); }
        }
      }
    }, words.buffer);
    const rejected = assertRejects(() => task.then(), RuntimeClosedError);
    const { threadId } = runtime.report().workers[0]!;
    await Atomics.waitAsync(words, 0, 0).value;
    await runtime.terminate();
    await rejected;
    await whenThreadIsGone(threadId);
  },
);

Deno.test(
  "Runtime.close() rejects what nobody has taken when its time is up, also if it is taken then",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(8));
    const blocks = runtime.on(0).spawn((buffer: SharedArrayBuffer) => {
      const words = new Int32Array(buffer);
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
      // It takes the other task after that, before it is ended.
      Atomics.wait(words, 1, 0, 40);
    }, words.buffer);
    blocks.catch(() => {}); // it may end in time, or not
    await Atomics.waitAsync(words, 0, 0).value;
    const never = runtime.spawn(() => new Promise<void>(() => {}));
    const rejected = assertRejects(() => never.then(), RuntimeClosedError);
    await runtime.close({ timeout: 0 });
    await rejected;
  },
);

Deno.test("Runtime.close() and terminate() are refused inside of a task", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const names = await runtime.spawn(async () => {
    const { runtime } = currentTask();
    const error = await runtime.close().catch((error: Error) => error);
    return [(error as Error).name, "terminate" in runtime];
  });
  assertEquals(names, ["Error", false]);
  assertEquals(await runtime.spawn(() => 1), 1);
});

Deno.test(
  "Patience.within() waits until its time is up, is lost, or the least is over",
  {
    timeout,
  },
  async () => {
    const never = new Promise(() => {});
    const soon = () => new Promise((resolve) => setTimeout(resolve, 5));
    const short = new Patience(1);
    assertEquals(await short.within(never), false);
    assertEquals([short.left, short.passed, short.slice(5)], [0, true, 0]);
    assertEquals(await short.within(Promise.reject(new Error("no"))), true);
    assertEquals(await short.within(soon(), 10_000), true);
    const long = new Patience(Infinity);
    assertEquals([long.left, long.passed, long.slice(5)], [Infinity, false, 5]);
    const waits = [long.within(never), long.within(soon(), 10_000)];
    long.lose();
    assertEquals(await Promise.all(waits), [false, true]);
    assertEquals([long.left, long.passed], [0, true]);
  },
);

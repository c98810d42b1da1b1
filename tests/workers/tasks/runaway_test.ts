import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  currentTask,
  Runtime,
  type Spawner,
  topology,
  WorkerLostError,
} from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";

const timeout = 60_000;
const ignore = topology().allowed.size < 2;
const file = new URL("../fixtures/runaway_program.ts", import.meta.url);

for (const how of ["natural", "close", "spawned on a worker"]) {
  Deno.test(
    `a task that never lets go of its worker: its caller gets a TimeoutError, the worker is replaced, and the program ends by itself with its exit code (${how})`,
    { timeout, ignore },
    async () => {
      const { code, stdout, stderr } = await runProgram({ file }, {
        permissions: ["-A"],
        args: [how],
        timeout: 50_000,
      });
      assertEquals([code, stderr], [7, ""]);
      const { reason, after, again, replaced, started, policies } = JSON.parse(
        stdout,
      );
      assertEquals([reason, again, replaced], ["TimeoutError", 4, 1]);
      assertFalse(started);
      // 50 ms, and as much again for code that runs for the first time.
      assert(after < 250, `replaced after ${after} ms`);
      // Its thread goes on where nobody else wants to run, if the system says so.
      if (policies !== undefined) assertEquals(policies, ["idle"]);
    },
  );
}

Deno.test(
  "a task that lets go of its worker, or ends when it is told, does not cost the worker",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const view = runtime.with({ timeout: 20 });
    const tasks = [
      view.spawn(() => {
        const context = currentTask();
        while (!context.cancelled);
      }),
      view.spawn(async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
      }),
    ];
    for (const task of tasks) {
      await assertRejects(() => task.then(), DOMException);
      await task.ended;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(runtime.report().workers[0]!.replaced, 0);
  },
);

Deno.test(
  "a worker is not replaced for a task whose time is up while another one runs",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const long = runtime.on(0).spawn(() => {
      const end = performance.now() + 200;
      while (performance.now() < end);
      return 1;
    });
    const late = runtime.on(0).with({ timeout: 20 }).spawn(() => 2);
    const error = await assertRejects(() => late.then(), DOMException);
    assertEquals(error.name, "TimeoutError");
    assertEquals(await long, 1);
    assertEquals(runtime.report().workers[0]!.replaced, 0);
  },
);

Deno.test(
  "what waits for a worker that is replaced is rejected as not started, unbound work runs elsewhere",
  {
    timeout,
    ignore,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(4));
    await begin(
      runtime,
      words,
      (view) =>
        view.spawn((buffer: SharedArrayBuffer) => {
          const words = new Int32Array(buffer);
          Atomics.store(words, 0, 1);
          while (Atomics.load(words, 0) !== 2);
        }, words.buffer),
    );
    const bound = runtime.on(0).spawn(() => 1);
    const unbound = runtime.spawn(() => 2);
    const error = await assertRejects(() => bound.then(), WorkerLostError);
    assertInstanceOf(error, WorkerLostError);
    assertFalse(error.started);
    assertEquals(await unbound, 2);
    Atomics.store(words, 0, 2);
    await runtime.close();
  },
);

/**
 * Starts what has a second to end, and never does, until it runs: on a machine that
 * is busy the second may be over before.
 */
async function begin(
  runtime: Runtime,
  words: Int32Array,
  start: (view: Spawner) => PromiseLike<unknown>,
): Promise<{ readonly rejected: Promise<Error> }> {
  for (;;) {
    const task = start(runtime.with({ timeout: 1000 }));
    let isOver = false;
    const over = () => isOver = true;
    task.then(over, over);
    while (!isOver && Atomics.load(words, 0) !== 1) {
      await new Promise((next) => setTimeout(next, 1));
    }
    if (Atomics.load(words, 0) !== 1) continue;
    return { rejected: assertRejects(async () => await task, DOMException) };
  }
}

/** Loops after an `await`, until it is let go. */
const looping = {
  "at once": (on: Spawner, buffer: SharedArrayBuffer) =>
    on.spawn(async (buffer: SharedArrayBuffer) => {
      const words = new Int32Array(buffer);
      await Promise.resolve();
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 0) !== 2);
    }, buffer),
  "once its time is up": (on: Spawner, buffer: SharedArrayBuffer) =>
    on.spawn(async (buffer: SharedArrayBuffer) => {
      const words = new Int32Array(buffer);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 0) !== 2);
    }, buffer),
  "as a stream": (on: Spawner, buffer: SharedArrayBuffer) =>
    on.stream(async function* (buffer: SharedArrayBuffer) {
      const words = new Int32Array(buffer);
      await Promise.resolve();
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 0) !== 2);
      yield 1;
    }, buffer).next(),
};

for (const [how, start] of Object.entries(looping)) {
  Deno.test(
    `a task that loops after its first await costs its worker, too (${how})`,
    { timeout, ignore },
    async () => {
      const runtime = await Runtime.start({ workers: 1 });
      const words = new Int32Array(new SharedArrayBuffer(4));
      await runtime.spawn(() => {}); // it is up, and starts the next one at once
      const { rejected } = await begin(
        runtime,
        words,
        (view) => start(view, words.buffer),
      );
      assertEquals((await rejected).name, "TimeoutError");
      // Somebody waits for the worker: it is looked after.
      const bound = runtime.on(0).spawn(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5000));
      });
      const error = await assertRejects(() => bound.then(), WorkerLostError);
      assertStringIncludes(error.message, "though its time was up");
      assertEquals(await runtime.on(0).spawn(() => 2), 2);
      assertEquals(runtime.report().workers[0]!.replaced, 1);
      Atomics.store(words, 0, 2);
      await runtime.close();
    },
  );
}

Deno.test(
  "a task that loops after its first await costs its worker, though its mailbox is full",
  { timeout, ignore },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(4));
    await runtime.spawn(() => {});
    const { rejected } = await begin(
      runtime,
      words,
      (view) => looping["at once"](view, words.buffer),
    );
    const text = "x".repeat(4000);
    const bound = Array.from(
      { length: 1000 },
      () => runtime.on(0).spawn((text: string) => text.length, text),
    );
    await rejected;
    for (const { status } of await Promise.allSettled(bound)) {
      assertEquals(status, "rejected");
    }
    assertEquals(await runtime.on(0).spawn(() => 2), 2);
    assertEquals(runtime.report().workers[0]!.replaced, 1);
    Atomics.store(words, 0, 2);
    await runtime.close();
  },
);

Deno.test(
  "a worker is not replaced for what loops while a task without a timeout is under way there",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const other = runtime.spawn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1200));
      const end = performance.now() + 200; // whose code that is nobody can tell
      while (performance.now() < end);
      return "unhurt";
    });
    const late = runtime.with({ timeout: 1000 }).spawn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1600));
    });
    const error = await assertRejects(() => late.then(), DOMException);
    assertEquals(error.name, "TimeoutError");
    assertEquals(await other, "unhurt");
    await late.ended;
    assertEquals(runtime.report().workers[0]!.replaced, 0);
  },
);

Deno.test(
  "when tasks that never end have taken all slots, the report says so, and nothing hangs",
  {
    timeout: 120_000,
  },
  async () => {
    const file = new URL(
      "../fixtures/many_runaways_program.ts",
      import.meta.url,
    );
    const { code, stdout, stderr } = await runProgram({ file }, {
      permissions: ["-A"],
      timeout: 100_000,
    });
    assertEquals([code, stderr], [7, ""]);
    const { count, failure, names } = JSON.parse(stdout);
    assert(count > 8 && count < 20, `${count} tasks`);
    assertStringIncludes(failure, "slots belong to threads that still run");
    assertEquals(names, ["WorkerLostError false", "WorkerLostError false"]);
  },
);

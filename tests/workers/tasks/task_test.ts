import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  currentTask,
  PartialFailureError,
  Runtime,
  RuntimeClosedError,
  type SpawnOptions,
  Task,
  topology,
  WorkerLostError,
} from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";

const timeout = 60_000;
const several = topology().allowed.size > 1;

function newWords(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** A task that keeps a worker busy until it is told to go on. */
async function occupy(
  runtime: Runtime,
  worker: number,
): Promise<{ task: Task<void>; go: () => void }> {
  const words = newWords();
  const task = runtime.on(worker).spawn((buffer: SharedArrayBuffer) => {
    const words = new Int32Array(buffer);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    Atomics.wait(words, 0, 0);
  }, words.buffer);
  const begun = Atomics.waitAsync(words, 1, 0);
  if (begun.async) await begun.value;
  return {
    task,
    go: () => {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    },
  };
}

Deno.test("Runtime.spawn() runs a function on a worker, with copies", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const given = { list: [1, 2] };
  const [copy, other] = await runtime.spawn(
    (value: { list: number[] }, other: Map<string, Date>) => {
      value.list.push(3);
      return [value, other] as const;
    },
    given,
    new Map([["a", new Date(5)]]),
  );
  assertEquals(copy, { list: [1, 2, 3] });
  assertEquals(given, { list: [1, 2] });
  assertEquals(other, new Map([["a", new Date(5)]]));
});

Deno.test(
  "Runtime.spawn() runs an async function, and takes a function many times",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const later = async (n: number) => {
      await Promise.resolve();
      return n + 1;
    };
    const tasks = Array.from(
      { length: 1000 },
      (_, n) => runtime.spawn(later, n),
    );
    assertEquals(
      await Promise.all(tasks),
      tasks.map((_, n) => n + 1),
    );
  },
);

Deno.test(
  "all tasks run whatever some of them throw, and the runtime can be used again (U10)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    for (let round = 0; round < 2; round++) {
      const words = newWords();
      const tasks = Array.from({ length: 200 }, (_, k) =>
        runtime.spawn(
          (buffer: SharedArrayBuffer, k: number) => {
            Atomics.add(new Int32Array(buffer), 0, 1);
            if (k % 10 === 0) throw new RangeError(`no ${k}`);
            return k;
          },
          words.buffer,
          k,
        ));
      const results = await Promise.allSettled(tasks);
      const failed = results.filter(({ status }) => status === "rejected");
      assertEquals([failed.length, Atomics.load(words, 0)], [20, 200]);
    }
  },
);

Deno.test("Spawner.on() runs on that worker only", {
  timeout,
  ignore: !several,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  for (const worker of [0, 1]) {
    const on = runtime.on(worker);
    const tasks = Array.from(
      { length: 10 },
      () => on.spawn(() => currentTask().worker),
    );
    assertEquals(await Promise.all(tasks), tasks.map(() => worker));
    assertEquals(tasks.map((task) => task.worker), tasks.map(() => worker));
  }
});

Deno.test(
  "a task that throws rejects with its class and says its name, and does not hurt the worker",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const task = runtime.with({ name: "tax of June" }).spawn(
      function tax(rate: number) {
        throw new RangeError(`no such rate: ${rate}`, { cause: { rate } });
      },
      7,
    );
    assertEquals(task.name, "tax of June");
    const error = await assertRejects(() => task.then(), RangeError);
    assertEquals([error.message, error.cause], ["no such rate: 7", {
      rate: 7,
    }]);
    const stack = error.stack!;
    assertStringIncludes(stack, "at tax (");
    assertStringIncludes(stack, "[task 'tax of June' on worker 0]");
    assertStringIncludes(stack, "task_test.ts");
    assertEquals(task.state, "failed");
    assertEquals(await runtime.spawn(() => 1), 1);
  },
);

Deno.test("a captured variable rejects a task with a sentence about it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const outside = 5;
  const error = await assertRejects(
    () =>
      runtime.spawn(function leak() {
        // deno-lint-ignore kindred/no-captured-variables -- what becomes of it is tested
        return outside;
      }).then(),
    ReferenceError,
  );
  assertStringIncludes(error.message, "'leak'");
  assertStringIncludes(error.message, "'outside'");
});

Deno.test("Task.state goes from queued to running to done", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const busy = await occupy(runtime, 0);
  assertEquals(busy.task.state, "running");
  const second = runtime.on(0).spawn(() => 2);
  assertEquals(second.state, "queued");
  busy.go();
  assertEquals(await second, 2);
  assertEquals([busy.task.state, second.state], ["done", "done"]);
  await second.ended;
});

Deno.test("Task.finally() and catch() are those of its promise", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const log: unknown[] = [];
  const value = await runtime.spawn(() => 1).finally(() => log.push("end"));
  const caught = await runtime.spawn((): number => {
    throw new TypeError("no");
  }).catch((error) => (error as Error).message);
  assertEquals([value, caught, log], [1, "no", ["end"]]);
  assertEquals(String(runtime.spawn(() => 1)), "[object Task]");
});

Deno.test("a task is a promise, and what is made of it is one and no task", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const task = runtime.spawn(() => 4);
  assert(task instanceof Promise);
  assert(task instanceof Task);
  // So await takes it as it is.
  assertStrictEquals(Promise.resolve(task), task);
  for (const made of [task.then(), task.catch(), task.finally()]) {
    assertFalse(made instanceof Task);
    assertEquals(await made, 4);
  }
  assertEquals(Object.prototype.toString.call(task), "[object Task]");
});

Deno.test("Task.cancel() before the start: it never runs (U18)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const busy = await occupy(runtime, 0);
  const words = newWords();
  const task = runtime.on(0).spawn((buffer: SharedArrayBuffer) => {
    Atomics.store(new Int32Array(buffer), 0, 1);
  }, words.buffer);
  assert(task.cancel());
  assertFalse(task.cancel(), "twice");
  assertEquals(task.state, "cancelled");
  const error = await assertRejects(() => task.then(), DOMException);
  assertEquals(error.name, "AbortError");
  busy.go();
  await task.ended;
  assertEquals(await runtime.on(0).spawn(() => 1), 1);
  assertEquals(Atomics.load(words, 0), 0, "it ran");
});

Deno.test(
  "Task.cancel() of a running task aborts its signal with the reason (U18)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = newWords();
    const task = runtime.spawn(async (buffer: SharedArrayBuffer) => {
      const { signal } = currentTask();
      const words = new Int32Array(buffer);
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (signal.reason instanceof RangeError) Atomics.store(words, 0, 7);
    }, words.buffer);
    const begun = Atomics.waitAsync(words, 1, 0);
    if (begun.async) await begun.value;
    const reason = new RangeError("enough");
    task.cancel(reason);
    assertStrictEquals(await task.catch((error) => error), reason);
    await task.ended;
    assertEquals(Atomics.load(words, 0), 7);
  },
);

Deno.test(
  "TaskContext.cancelled is seen by a loop that never lets go of its thread",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = newWords();
    const task = runtime.spawn((buffer: SharedArrayBuffer) => {
      const context = currentTask();
      const words = new Int32Array(buffer);
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
      while (!context.cancelled);
      Atomics.store(words, 0, 1);
    }, words.buffer);
    const begun = Atomics.waitAsync(words, 1, 0);
    if (begun.async) await begun.value;
    task.cancel();
    await task.ended;
    assertEquals(Atomics.load(words, 0), 1);
    assertEquals(task.state, "cancelled");
  },
);

Deno.test("a task whose time is up is rejected with a TimeoutError, and told", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = new Int32Array(new SharedArrayBuffer(8));
  // On a machine that is busy its time may be up before it starts.
  for (let ms = 300; Atomics.load(words, 1) === 0; ms *= 2) {
    const task = runtime.with({ timeout: ms, name: "slow" }).spawn(
      async (buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer);
        Atomics.store(words, 1, 1);
        const { signal, deadline } = currentTask();
        await new Promise((done) => signal.addEventListener("abort", done));
        const isTimeout = (signal.reason as Error).name === "TimeoutError";
        if (isTimeout && typeof deadline === "number") {
          Atomics.store(words, 0, 1);
        }
      },
      words.buffer,
    );
    const error = await assertRejects(() => task.then(), DOMException);
    assertEquals(error.name, "TimeoutError");
    assertStringIncludes(error.message, "'slow'");
    assertStringIncludes(error.message, `${ms} ms`);
    await task.ended;
  }
  assertEquals(Atomics.load(words, 0), 1);
});

Deno.test("a task whose time is up before it starts never runs", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const busy = await occupy(runtime, 0);
  const words = newWords();
  const task = runtime.with({ timeout: 10 }).spawn(
    (buffer: SharedArrayBuffer) => {
      Atomics.store(new Int32Array(buffer), 0, 1);
    },
    words.buffer,
  );
  await assertRejects(() => task.then(), DOMException, "10 ms");
  busy.go();
  await task.ended;
  assertEquals(Atomics.load(words, 0), 0, "it ran");
});

Deno.test(
  "a signal cancels a task with its reason, also one that is aborted before",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("not any more");
    const task = runtime.with({ signal }).spawn(() => new Promise(() => {}));
    const outcome = task.catch((error) => error);
    controller.abort(reason);
    assertStrictEquals(await outcome, reason);
    const late = runtime.with({ signal }).spawn(() => 1);
    assertStrictEquals(await late.catch((error) => error), reason);
    assertEquals([task.state, late.state], ["cancelled", "cancelled"]);
    await late.ended;
    await runtime.close({ timeout: 0 });
  },
);

Deno.test("a signal that is aborted after the end changes nothing", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const controller = new AbortController();
  const task = runtime.with({ signal: controller.signal }).spawn(() => 3);
  assertEquals(await task, 3);
  controller.abort();
  assertFalse(task.cancel());
  assertEquals([task.state, await task], ["done", 3]);
});

Deno.test(
  "currentTask() knows name, worker, runtime and deadline, and throws elsewhere",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const seen = await runtime.with({ name: "me", timeout: 10_000 }).spawn(
      () => {
        const { name, worker, runtime, deadline, cancelled } = currentTask();
        const left = deadline! - (performance.timeOrigin + performance.now());
        return [
          name,
          worker,
          runtime.size,
          left > 0 && left <= 10_000,
          cancelled,
        ];
      },
    );
    assertEquals(seen, ["me", 0, 1, true, false]);
    assertThrows(() => currentTask(), TypeError, "current task");
    const after = await runtime.spawn(async () => {
      await Promise.resolve();
      try {
        return currentTask().name;
      } catch (error) {
        return (error as Error).name;
      }
    });
    assertEquals(after, "TypeError");
  },
);

Deno.test("Runtime.broadcast() runs a function on every worker", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start();
  const workers = await runtime.broadcast(() => currentTask().worker);
  assertEquals(workers, workers.map((_, k) => k));
  assertEquals(workers.length, runtime.size);
});

Deno.test("Runtime.broadcast() rejects with all results once all have ended", {
  timeout,
  ignore: !several,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const error = await assertRejects(
    () =>
      runtime.broadcast(function half() {
        if (currentTask().worker === 0) throw new RangeError("not here");
        return "there";
      }),
    PartialFailureError,
  );
  assertStringIncludes(error.message, "'half'");
  const [failed, done] = error.results;
  assertEquals([failed!.status, done!.status], ["rejected", "fulfilled"]);
});

Deno.test(
  "WorkerLostError names the task of a worker that ends, and whether it started",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const first = runtime.on(0).spawn(function suicidal(): number {
      Deno.exit(1);
    });
    const second = runtime.with({ worker: 0, name: "behind" }).spawn(() => 2);
    const [one, two] = await Promise.all(
      [first, second].map((task) =>
        assertRejects(() => task.then(), WorkerLostError)
      ),
    );
    assertEquals([one!.started, two!.started], [true, false]);
    assertStringIncludes(one!.message, "task 'suicidal'");
    assertStringIncludes(two!.message, "task 'behind'");
    assertEquals(await runtime.spawn(() => 3), 3);
  },
);

Deno.test(
  "a task that is spawned while its worker is replaced runs on the next one, and can be cancelled meanwhile",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    let kept: Task<number> | undefined;
    let given: Task<number> | undefined;
    await runtime.on(0).spawn(() => Deno.exit(1)).catch(() => {
      kept = runtime.spawn(() => 1);
      given = runtime.spawn(() => 2);
    });
    assertEquals([kept!.state, given!.state], ["queued", "queued"]);
    assert(given!.cancel());
    await given!.ended;
    assertEquals(await kept, 1);
  },
);

Deno.test(
  "a failure that nobody awaits is an unhandled rejection, a cancelled task is not",
  {
    timeout,
  },
  async () => {
    const { code, stdout } = await runProgram(
      `import { Runtime } from "@kindred/kindred";
    const runtime = await Runtime.start({ workers: 1 });
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      console.log(event.reason.message);
    });
    runtime.spawn(() => new Promise(() => {})).cancel();
    runtime.spawn(() => { throw new Error("nobody looks"); });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await runtime.close({ timeout: 0 });`,
      { permissions: ["-A"] },
    );
    assertEquals([code, stdout.trim()], [0, "nobody looks"]);
  },
);

Deno.test(
  "a program ends when its tasks have ended, without closing the runtime",
  {
    timeout,
  },
  async () => {
    const { code, stdout } = await runProgram(
      `import { Runtime } from "@kindred/kindred";
    const runtime = await Runtime.start({ workers: 1 });
    runtime.spawn(() => new Promise((resolve) => setTimeout(resolve, 50)))
      .then(() => console.log("ended"));`,
      { permissions: ["-A"] },
    );
    assertEquals([code, stdout.trim()], [0, "ended"]);
  },
);

Deno.test("Runtime.close() waits for tasks, and refuses new ones", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const task = runtime.spawn(() =>
    new Promise((resolve) => setTimeout(() => resolve("done"), 50))
  );
  const closing = runtime.close();
  const late = await assertRejects(
    () => runtime.spawn(() => 1).then(),
    RuntimeClosedError,
  );
  assertStringIncludes(late.message, "task");
  await closing;
  assertEquals(await task, "done");
});

const OPTIONS: [string, unknown, typeof RangeError | typeof TypeError][] = [
  ["no object", 5, TypeError],
  ["null", null, TypeError],
  ["name: 5", { name: 5 }, TypeError],
  ["timeout: -1", { timeout: -1 }, RangeError],
  ["timeout: NaN", { timeout: NaN }, RangeError],
  ["a signal that is none", { signal: {} }, TypeError],
  ["priority: 1", { priority: 1 }, TypeError],
  ["worker: 1.5", { worker: 1.5 }, RangeError],
  ["a worker that is not there", { worker: 1 }, RangeError],
  ["worker: -1", { worker: -1 }, RangeError],
];

Deno.test("Spawner.with() refuses ...", { timeout }, async (t) => {
  await using runtime = await Runtime.start({ workers: 1 });
  for (const [name, options, type] of OPTIONS) {
    await t.step(name, () => {
      const error = assertThrows(
        () => runtime.with(options as SpawnOptions),
        type,
      );
      assertStringIncludes(error.message, "Cannot spawn");
    });
  }
  for (const worker of [1, -1, 0.5, NaN]) {
    assertThrows(() => runtime.on(worker), RangeError, String(worker));
  }
});

Deno.test("what cannot be spawned rejects its task with a sentence", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const cases: [() => Task<unknown>, string][] = [
    [() => runtime.spawn(5 as unknown as () => number), "number"],
    [() => runtime.spawn(null as unknown as () => number), "null"],
    [() => runtime.spawn(Math.max.bind(null)), "bound"],
    [() => runtime.spawn((f: unknown) => f, () => {}), "argument 0"],
    [() => runtime.spawn((f: unknown) => f, { a: [Symbol("x")] }), "a[0]"],
    // @ts-expect-error The compiler refuses that already.
    [() => runtime.spawn(() => () => 1), "function"],
    // @ts-expect-error And this.
    [() => runtime.spawn(() => ({ bad: Symbol("x") })), "'bad'"],
  ];
  for (const [spawn, fragment] of cases) {
    const task = spawn();
    const error = await assertRejects(() => task.then(), TypeError);
    assertStringIncludes(error.message, fragment);
    assertEquals(task.state, "failed");
  }
  assertEquals(await runtime.spawn(() => 1), 1);
});

Deno.test("Spawner views do not change, and keep their options", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const named = runtime.with({ name: "a" });
  const both = named.with({ timeout: 5000 });
  const bound = both.on(0);
  assertEquals(
    await Promise.all([named, both, bound].map((view) =>
      view.spawn(() => {
        const { name, deadline } = currentTask();
        return [name, deadline !== undefined];
      })
    )),
    [["a", false], ["a", true], ["a", true]],
  );
});

Deno.test(
  "Spawner.on() runs all its tasks on one thread, which share what only that has: LocalSet (U18)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const local = runtime.on(runtime.size - 1);
    // Not portable: it never leaves its thread.
    await local.spawn(() => {
      (globalThis as { visits?: Map<string, () => number> }).visits = new Map();
    });
    const visit = (name: string) => {
      const { visits } = globalThis as {
        visits?: Map<string, () => number>;
      };
      const count = (visits!.get(name)?.() ?? 0) + 1;
      visits!.set(name, () => count);
      return { count, worker: currentTask().worker };
    };
    const tasks = ["a", "b", "a", "a"].map((name) => local.spawn(visit, name));
    const seen = await Promise.all(tasks);
    assertEquals(seen.map(({ count }) => count), [1, 1, 2, 3]);
    assertEquals(
      new Set(seen.map(({ worker }) => worker)),
      new Set([runtime.size - 1]),
    );
    // Tasks of one thread take turns at each await, and all see the same.
    const spawned = await local.spawn(async () => {
      const { runtime, worker } = currentTask();
      const inner = runtime.on(worker).spawn(() =>
        (globalThis as { visits?: Map<string, () => number> }).visits?.size
      );
      return await inner;
    });
    assertEquals(spawned, 2);
  },
);

import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type Callback,
  callback,
  Channel,
  currentTask,
  type Family,
  ManualResetEvent,
  MessageDecodeError,
  MissingExportsError,
  Runtime,
  type Sender,
  WorkerLostError,
} from "../../mod.ts";
import { portableCodec } from "../../codec/mod.ts";
import { runProgram } from "../support/run_program.ts";
import type { Far, FarModule } from "./fixtures/far.ts";
import { Broken } from "./fixtures/broken.ts";
import { Joiner } from "./fixtures/joiner.ts";
import { Point } from "./fixtures/point.ts";
import { shareNext, sharing, type Sink, sink } from "./fixtures/sink.ts";

const timeout = 30_000;

/** The URL of a module that no thread has loaded, but for those that import it. */
function freshUrl(): string {
  const url = new URL("./fixtures/far.ts", import.meta.url);
  url.search = crypto.randomUUID();
  return url.href;
}

/** A class that only this thread has loaded. */
async function freshClass(): Promise<typeof Far> {
  return (await import(freshUrl()) as FarModule).Far;
}

/** Makes an instance on a worker: sent as its source. */
const makeThere = async (label: string, url: string): Promise<Far> => {
  // deno-lint-ignore no-explicit-any -- it runs elsewhere
  return new (await import(url) as any).Far(label);
};

function described(far: Far): unknown[] {
  return [far.constructor.name, far.label, far.told, far.isRight];
}

Deno.test(
  "a call waits for the module of its arguments, and later ones of the same caller for it",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(sink);
    const one = family.on(0);
    const [A, B] = [await freshClass(), await freshClass()];
    const calls = [
      one.note(1),
      one.note(new A("a")),
      one.note(2),
      one.note(new B("b")),
      one.note(3),
      one.note(new A("c")),
    ];
    assertEquals(await one.noted(), [
      1,
      { label: "a", told: 1, isRight: true, name: "Far" },
      2,
      { label: "b", told: 1, isRight: true, name: "Far" },
      3,
      { label: "c", told: 1, isRight: true, name: "Far" },
    ]);
    await Promise.all(calls);
  },
);

Deno.test("a task does not wait for the module of a call before it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(sink);
  const order: string[] = [];
  const far = new (await freshClass())("a");
  await Promise.all([
    family.on(0).note(far).then(() => order.push("call")),
    runtime.on(0).spawn(() => {}).then(() => order.push("task")),
  ]);
  assertEquals(order, ["task", "call"]);
});

Deno.test(
  "a task, its result and what it throws wait for the modules of their values",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const A = await freshClass();
    const name = (far: Far) => [far.constructor.name, far.told, far.isRight];
    const spawned = [
      runtime.spawn(name, new A("a")),
      runtime.on(0).spawn(name, new A("b")),
    ];
    assertEquals(await Promise.all(spawned), [["Far", 1, true], [
      "Far",
      1,
      true,
    ]]);
    const far = await runtime.spawn(makeThere, "c", freshUrl());
    assertEquals(described(far), ["Far", "c", 1, true]);
    const family = await runtime.link(sink);
    const given = await family.on(0).give(freshUrl(), "d");
    assertEquals(described(given), ["Far", "d", 1, true]);
    const error = await assertRejects(() => family.on(0).fail(freshUrl()));
    assertInstanceOf(error, Error);
    assertEquals(described((error as Error & { far: Far }).far), [
      "Far",
      "a",
      1,
      true,
    ]);
  },
);

Deno.test("a stream keeps its order where items wait for their modules", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(sink);
  const items = await Array.fromAsync(family.on(0).stream(freshUrl()));
  assertEquals(
    items.map((item) => typeof item === "number" ? item : described(item)),
    [1, ["Far", "a", 1, true], 2, ["Far", "b", 1, true]],
  );
});

Deno.test(
  "map() reads batches whose items and results wait for their modules",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const A = await freshClass();
    const items = Array.from({ length: 500 }, (_, k) => new A(`${k}`));
    const labels: string[] = [];
    for await (
      const label of runtime.map(
        items,
        (far: Far) => `${far.label} ${far.told} ${far.isRight}`,
      )
    ) labels.push(label);
    assertEquals(labels, items.map(({ label }) => `${label} 1 true`));
    const urls = Array.from({ length: 20 }, () => freshUrl());
    const made: unknown[] = [];
    for await (
      const far of runtime.map(urls, async (url: string): Promise<Far> => {
        // deno-lint-ignore no-explicit-any -- it runs elsewhere
        return new (await import(url) as any).Far(url);
      })
    ) made.push(described(far));
    assertEquals(made, urls.map((url) => ["Far", url, 1, true]));
  },
);

Deno.test(
  "callbacks and their results wait for the modules of their values, in order",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(sink);
    const seen: unknown[] = [];
    const done = callback((value: Far | number) => {
      seen.push(typeof value === "number" ? value : described(value));
      return value;
    });
    await family.on(0).callBack(freshUrl(), done);
    assertEquals(seen, [1, ["Far", "a", 1, true], 2, ["Far", "b", 1, true]]);
    const A = await freshClass();
    const ask = callback(() => new A("x")) as Callback<[], Far>;
    assertEquals(await family.on(0).ask(ask), "Far 1 true");
  },
);

Deno.test("a call of a callback is not taken for an answer that waits", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(sink);
  const url = freshUrl();
  const seen: number[] = [];
  const done = callback((k: number) => void seen.push(k));
  // Their numbers are small, as are those of calls of callbacks.
  const given = Array.from({ length: 9 }, () => family.on(0).give(url, "a"));
  await family.on(0).callOften(url, 100, done);
  assertEquals(
    (await Promise.all(given)).map(described),
    given.map(() => ["Far", "a", 1, true]),
  );
  assertEquals(seen, Array.from({ length: 100 }, (_, k) => k));
});

Deno.test(
  "join() says which module to import, as a thread that blocks cannot",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const url = freshUrl();
    const before = runtime.spawn(makeThere, "a", url);
    const error = assertThrows(() => before.join(), MissingExportsError);
    assertEquals(error.exports, [{ url, name: "Far" }]);
    assertStringIncludes(error.message, `'Far' of ${url}`);
    await import(url);
    assertEquals(described(runtime.spawn(makeThere, "b", url).join()), [
      "Far",
      "b",
      1,
      true,
    ]);
  },
);

Deno.test(
  "join() ends where the result was here before and waits for its module",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const url = freshUrl();
    // The worker has answered the first before the second; that one is awaited.
    const first = runtime.on(0).spawn(makeThere, "a", url);
    const second = runtime.on(0).spawn(() => 1);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    second.then(() => {
      try {
        resolve(described(first.join() as Far));
      } catch (error) {
        resolve(error);
      }
    });
    const outcome = await promise;
    if (outcome instanceof Error) {
      assertInstanceOf(outcome, MissingExportsError);
      await assertRejects(() => first.then(), MissingExportsError);
    } else assertEquals(outcome, ["Far", "a", 1, true]);
  },
);

Deno.test(
  "a call fails whose module would have to be imported by a thread that blocks for its caller",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(sink);
    const joining = runtime.on(0).spawn(
      (family: Family<Sink>, url: string) => {
        const calling = async (family: Family<Sink>, url: string) => {
          // deno-lint-ignore no-explicit-any -- it runs elsewhere
          const { Far } = await import(url) as any;
          await family.on(0).note(new Far("a"));
        };
        currentTask().runtime.on(1).spawn(calling, family, url).join();
      },
      family,
      freshUrl(),
    );
    await assertRejects(() => joining.then(), MissingExportsError);
    assertEquals(await family.on(0).noted(), []);
  },
);

Deno.test(
  "a call that waits for its module fails if its thread blocks meanwhile",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(sink);
    const settled = new ManualResetEvent();
    const far = new (await freshClass())("a");
    const call = family.on(0).note(far);
    const behind = family.on(0).note(1);
    const joining = runtime.on(0).spawn((settled: ManualResetEvent) => {
      const waiting = (settled: ManualResetEvent) => settled.wait();
      currentTask().runtime.on(1).spawn(waiting, settled).join();
    }, settled);
    const outcome = await call.then(() => "noted", (error) => error);
    settled.set();
    await joining;
    await behind;
    // It was imported before the task came, or not at all.
    if (outcome !== "noted") assertInstanceOf(outcome, MissingExportsError);
    assertEquals((await family.on(0).noted()).at(-1), 1);
  },
);

Deno.test(
  "a task that any worker can run is left to another one by a thread that blocks",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const settled = new ManualResetEvent();
    const joining = runtime.on(0).spawn((settled: ManualResetEvent) => {
      const waiting = (settled: ManualResetEvent) => settled.waitAsync();
      currentTask().runtime.on(1).spawn(waiting, settled).join();
    }, settled);
    const classes = await Promise.all(
      Array.from({ length: 20 }, () => freshClass()),
    );
    const labels = await Promise.all(
      classes.map((Far) =>
        runtime.spawn((far: Far) => far.constructor.name, new Far("a"))
      ),
    );
    assertEquals(labels, classes.map(() => "Far"));
    settled.set();
    await joining;
  },
);

Deno.test("the shared state of a family waits for its modules", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  shareNext(new (await freshClass())("shared"));
  const family = await runtime.link(sharing);
  assertEquals(await family.on(0).label(), "Far shared 1");
});

Deno.test("a task is cancelled also if it cannot read why", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const started = new ManualResetEvent();
  const told = new Channel(portableCodec<string>());
  const task = runtime.spawn(
    async (started: ManualResetEvent, tell: Sender<string>) => {
      const { signal } = currentTask();
      const aborted = new Promise((resolve) =>
        signal.addEventListener("abort", resolve, { once: true })
      );
      started.set();
      await aborted;
      tell.send((signal.reason as Error).name);
    },
    started,
    told.sender(),
  );
  await started.waitAsync();
  const far = new (await freshClass())("a");
  task.cancel(far);
  const reason = await task.then(() => undefined, (reason) => reason);
  assertStrictEquals(reason, far); // here
  assertEquals(await told.receiver().recvAsync(), "MissingExportsError"); // there
});

Deno.test("the last words of a worker are heard also if they cannot be read", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const url = freshUrl();
  const error = await assertRejects(
    () =>
      runtime.spawn(async (url: string) => {
        // deno-lint-ignore no-explicit-any -- it runs elsewhere
        const { Far } = await import(url) as any;
        setTimeout(() => {
          throw Object.assign(new Error("no"), { far: new Far("a") });
        });
        await new Promise(() => {});
      }, url).then(),
    WorkerLostError,
  );
  assertInstanceOf(error.cause, MissingExportsError);
  assertEquals(error.cause.exports, [{ url, name: "Far" }]);
});

Deno.test(
  "an object that hears that it has moved must not wait for another thread",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const echo = (joiner: Joiner) => joiner;
    Joiner.runtime = runtime;
    try {
      const error = await assertRejects(
        () => runtime.spawn(echo, new Joiner()).then(),
        Error,
        "must not wait for other threads",
      );
      assertStringIncludes((error as Error).message, "Cannot join task");
    } finally {
      Joiner.runtime = undefined;
    }
    assertInstanceOf(await runtime.spawn(echo, new Joiner()), Joiner);
  },
);

Deno.test("a channel says which module to import, and goes on", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const channel = new Channel(portableCodec<Far | number>());
  const [tx, rx] = [channel.sender(), channel.receiver()];
  const url = freshUrl();
  await runtime.spawn(
    async (sender: typeof tx, url: string) => {
      // deno-lint-ignore no-explicit-any -- it runs elsewhere
      const { Far } = await import(url) as any;
      sender.send(new Far("a"));
      sender.send(1);
      sender.send(new Far("b"));
    },
    tx,
    url,
  );
  const error = assertThrows(() => rx.recv(), MessageDecodeError);
  assertInstanceOf(error.cause, MissingExportsError);
  assertEquals(error.cause.exports, [{ url, name: "Far" }]);
  assertEquals(rx.recv(), 1);
  await import(url);
  const far = rx.recv() as Far;
  assertEquals(described(far), ["Far", "b", 1, true]);
});

Deno.test("a call fails with what its module throws, and later ones go on", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(sink);
  const one = family.on(0);
  const broken = new Broken() as unknown as Far;
  const calls = [one.note(broken), one.note(1), one.note(broken)];
  const outcomes = await Promise.allSettled(calls);
  assertEquals(outcomes.map(({ status }) => status), [
    "rejected",
    "fulfilled",
    "rejected",
  ]);
  await assertRejects(() => calls[0]!, RangeError, "not here");
  assertEquals(await one.noted(), [1]);
  await assertRejects(
    () => runtime.spawn((value: unknown) => value, broken).then(),
    RangeError,
    "not here",
  );
});

Deno.test("a value says if its module does not export its class", {
  timeout,
}, async () => {
  const { aware } = await import("../../aware/mod.ts");
  class Kept {
    declare readonly "~sendable": true;
    static {
      aware(new URL("./fixtures/sink.ts", import.meta.url).href, Kept);
    }
  }
  await using runtime = await Runtime.start({ workers: 1 });
  await assertRejects(
    () => runtime.spawn((value: Kept) => value, new Kept()).then(),
    TypeError,
    "'Kept' as its module does not export it",
  );
});

Deno.test(
  "a value stays right where nobody knows it any more: nothing hangs at the end",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(sink);
    const call = family.on(0).note(new (await freshClass())("a"));
    const result = runtime.spawn(makeThere, "b", freshUrl());
    await runtime.close();
    await call;
    assertEquals(described(await result), ["Far", "b", 1, true]);
  },
);

Deno.test("instances come to the same with threads and inline (T7, T8, T22)", {
  timeout,
}, async () => {
  const file = new URL("./fixtures/same_aware.ts", import.meta.url);
  const threads = await runProgram({ file }, { permissions: ["-A"] });
  const inline = await runProgram({ file });
  assertEquals([threads.code, threads.stderr], [0, ""]);
  assertEquals([inline.code, inline.stderr], [0, ""]);
  assertEquals(inline.stdout.split("\n"), threads.stdout.split("\n"));
  assertStringIncludes(threads.stdout, "Account");
});

Deno.test("Runtime tells an instance where it was and where it is (T22)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const [affinity] = runtime.affinities;
  const there = await runtime.spawn((point: Point) => point, new Point(1, 2));
  assertEquals(there.told, [["unknown", affinity!], [affinity!, "unknown"]]);
});

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  currentTask,
  type Linked,
  linked,
  LocalDisposeError,
  LocalRef,
  Runtime,
  RuntimeClosedError,
  SharedCounter,
  WorkerLocal,
  WorkerLostError,
} from "../../../mod.ts";
import {
  angry,
  countAndEnd,
  DISPOSED,
  ENDED,
  entry,
  first,
  LATER,
  letGo,
  type Log,
  logOf,
  logTo,
  MADE,
  ownCurious,
  ownEndless,
  ownFatal,
  ownStray,
  refOf,
  second,
  use,
  useLater,
} from "../fixtures/owned.ts";

const timeout = 60_000;

/** Starts a runtime, on all threads of which the same log is written. */
async function started(
  workers: number,
): Promise<{ runtime: Runtime; log: Log }> {
  const runtime = await Runtime.start({ workers });
  const log = await logOf(runtime);
  logTo(log.words.buffer);
  return { runtime, log };
}

Deno.test(
  "WorkerLocal.value is made once on each worker, when it is first used",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(2);
    await using _ = runtime;
    assertEquals(log.entries, []);
    assertEquals(await runtime.on(0).spawn(use, "first"), [0]);
    assertEquals(await runtime.on(0).spawn(use, "first"), [1]);
    assertEquals(log.entries, [entry(0, 1, MADE)]);
    assertEquals(await runtime.on(1).spawn(use, "first"), [0]);
    assertEquals(use("first"), [0]);
    assertEquals(use("first"), [1]);
    assert(await runtime.on(1).spawn(useLater, "first"));
    assertEquals(log.entries.length, 3);
  },
);

Deno.test("WorkerLocal.value fails clearly outside of a runtime (A4)", {
  timeout,
}, async () => {
  const local = new WorkerLocal(() => 1, { name: "lonely" });
  const error = assertThrows(() => local.value, TypeError);
  assertStringIncludes(error.message, "'lonely'");
  assertStringIncludes(error.message, "belongs to no runtime");
  assertThrows(() => local.isMade, TypeError);
  assertThrows(() => local.ref(), TypeError);
  await assertRejects(() => local.release(), TypeError);
  const runtime = await Runtime.start({ workers: 1 });
  assertEquals(local.value, 1);
  await runtime.close();
  assertThrows(() => local.value, TypeError, "belongs to no runtime");
});

Deno.test(
  "WorkerLocal.value of a thread with two runtimes has to say which (A7)",
  {
    timeout,
  },
  async () => {
    await using one = await Runtime.start({ workers: 1 });
    const local = new WorkerLocal(() => ({ count: 0 }), { name: "split" });
    const before = local.value;
    const other = await Runtime.start({ workers: 1 });
    assertThrows(() => local.value, TypeError, "2 runtimes");
    assert(local.in(one) === before);
    assert(local.in(other) !== before);
    await other.close();
    assert(local.value === before);
    assertThrows(() => local.in(other), TypeError);
    assertThrows(() => local.in(undefined as unknown as Runtime), TypeError);
  },
);

Deno.test(
  "Runtime.close() disposes values one by one, the last that was made first, when all tasks have ended (A5)",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(2);
    const ref = await runtime.on(0).spawn(refOf);
    await runtime.broadcast(use, "second");
    assertEquals(use("second"), [0]);
    const tasks = [40, 1].map((ms, worker) =>
      runtime.on(worker).spawn(countAndEnd, ref, ms)
    );
    await runtime.close();
    await Promise.all(tasks);
    const { entries } = log;
    const of = (worker: number) =>
      entries.filter((entry) => Math.trunc(entry / 100) === worker);
    for (const worker of [0, 1]) {
      assertEquals(of(worker).slice(-4), [
        entry(worker, 0, ENDED),
        entry(worker, 2, DISPOSED),
        entry(worker, 2, LATER),
        entry(worker, 1, DISPOSED),
      ]);
    }
    // Nobody disposes before the slowest task has ended, and the starting thread last.
    const lastTask = entries.findLastIndex((entry) => entry % 10 === ENDED);
    const disposals = entries.slice(lastTask + 1);
    assertEquals(disposals.length, 9);
    assertEquals(disposals.slice(-3), [
      entry(9, 2, DISPOSED),
      entry(9, 2, LATER),
      entry(9, 1, DISPOSED),
    ]);
  },
);

Deno.test(
  "Runtime.close() tells what disposers threw, all of it, and disposes the rest",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(2);
    await runtime.broadcast(use, "first", "angry", "second");
    use("angry");
    const error = await assertRejects(() => runtime.close(), LocalDisposeError);
    assertEquals(
      error.failures.map(({ worker, name }) => [worker, name]),
      [[0, "angry"], [1, "angry"], [undefined, "angry"]],
    );
    assertEquals(error.errors.map((error) => error.cause), [0, 1, 9]);
    assert(error.errors.every((error) => error instanceof RangeError));
    assertStringIncludes(error.message, "not like this");
    for (const worker of [0, 1]) {
      assert(log.entries.includes(entry(worker, 1, DISPOSED)));
      assert(log.entries.includes(entry(worker, 2, LATER)));
    }
    await assertRejects(() => runtime.close(), LocalDisposeError);
    await runtime[Symbol.asyncDispose](); //  it was said
  },
);

Deno.test("WorkerLocal.value takes the disposers that a value has by itself", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const said: string[] = [];
  const say = (text: string) => () => {
    said.push(text);
  };
  const both = {
    [Symbol.dispose]: say("no"),
    [Symbol.asyncDispose]: () => Promise.resolve().then(say("async")),
  };
  new WorkerLocal(() => ({ [Symbol.dispose]: say("sync") })).value;
  new WorkerLocal(() => both).value;
  new WorkerLocal(() => both, { dispose: say("option") }).value;
  new WorkerLocal(() => Promise.resolve({ [Symbol.dispose]: say("promised") }))
    .value;
  const refused = new WorkerLocal(() => Promise.reject(new Error("never")), {
    dispose: say("no"),
  });
  await assertRejects(() => refused.value, Error, "never");
  new WorkerLocal(() => 5).value;
  new WorkerLocal(() => null).value;
  await runtime.close();
  assertEquals(said, ["promised", "option", "async", "sync"]);
});

Deno.test("WorkerLocal.value that cannot be made is made at the next use", {
  timeout,
}, async () => {
  await using _ = await Runtime.start({ workers: 1 });
  let attempts = 0;
  const local: WorkerLocal<number> = new WorkerLocal(() => {
    if (++attempts === 1) throw new RangeError("not yet");
    return attempts === 2 ? local.value : attempts;
  }, { name: "late" });
  assertThrows(() => local.value, RangeError);
  assertThrows(() => local.value, TypeError, "uses itself");
  assertEquals(local.isMade, false);
  assertEquals([local.value, local.isMade, attempts], [3, true, 3]);
  assertEquals(local.with((value) => value + 1), 4);
});

Deno.test(
  "WorkerLocal.release() disposes one value now, and the next use makes another one",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(1);
    await using _ = runtime;
    await runtime.spawn(use, "first");
    assertEquals(await runtime.spawn(letGo, "first"), false);
    assertEquals(await runtime.spawn(letGo, "first"), false);
    assertEquals(await runtime.spawn(use, "first"), [0]);
    assertEquals(log.entries.map((entry) => entry % 10), [
      MADE,
      DISPOSED,
      MADE,
    ]);
    await runtime.spawn(use, "angry");
    await assertRejects(() => runtime.spawn(letGo, "angry").then(), RangeError);
    await runtime.close(); //  it was said
    assertEquals(log.entries.at(-1), entry(0, 1, DISPOSED));
  },
);

Deno.test(
  "disposers use what is not disposed yet, and get a RuntimeClosedError for all else",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(1);
    await runtime.spawn(ownCurious);
    await runtime.close();
    assertEquals(
      log.entries.filter((entry) => entry >= 700),
      [700, 701, 802, 803, 804, 805],
    );
  },
);

Deno.test("WorkerLocal.value cannot be used after Runtime.close()", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const local = new WorkerLocal(() => ({}), {
    dispose: async () => {
      assertThrows(() => other.value, RuntimeClosedError);
      assertThrows(() => local.value, RuntimeClosedError);
      await local.release();
    },
  });
  const other = new WorkerLocal(() => ({}));
  local.value;
  await runtime.close();
});

Deno.test(
  "WorkerLocal.value of a worker that is lost is not disposed, and made anew",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(2);
    await runtime.broadcast(use, "first");
    await assertRejects(
      () => runtime.on(0).spawn(() => Deno.exit()).then(),
      WorkerLostError,
    );
    await runtime.on(0).spawn(logTo, log.words.buffer);
    assertEquals(await runtime.on(0).spawn(use, "first"), [0]);
    await runtime.close();
    const disposed = log.entries.filter((entry) => entry % 10 === DISPOSED);
    assertEquals(disposed.sort((a, b) => a - b), [
      entry(0, 1, DISPOSED),
      entry(1, 1, DISPOSED),
    ]);
  },
);

Deno.test(
  "a worker that is lost while it disposes is reported, and holds nobody up",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(2);
    await runtime.on(0).spawn(ownStray);
    await runtime.on(1).spawn(use, "second");
    const error = await assertRejects(() => runtime.close(), LocalDisposeError);
    assertEquals(error.failures.map(({ worker }) => worker), [0]);
    const [lost] = error.errors;
    assert(
      lost instanceof WorkerLostError && lost.cause instanceof SyntaxError,
    );
    assertEquals(log.entries.slice(-2), [
      entry(1, 2, LATER),
      entry(1, 1, DISPOSED),
    ]);
  },
);

Deno.test("a disposer that ends its worker is reported", {
  timeout,
}, async () => {
  const { runtime, log } = await started(2);
  await runtime.on(0).spawn(use, "first");
  await runtime.on(0).spawn(ownFatal);
  await runtime.on(1).spawn(use, "first");
  const error = await assertRejects(() => runtime.close(), LocalDisposeError);
  assertEquals(error.failures.map(({ worker }) => worker), [0]);
  assert(error.errors[0] instanceof WorkerLostError);
  const disposed = log.entries.filter((entry) => entry % 10 === DISPOSED);
  assertEquals(disposed, [entry(1, 1, DISPOSED)]);
});

Deno.test("Runtime.close() does not wait for disposers when its time is up", {
  timeout,
}, async () => {
  const { runtime, log } = await started(2);
  await runtime.on(0).spawn(ownEndless);
  await runtime.on(1).spawn(use, "first");
  new WorkerLocal(() => 0, { dispose: () => new Promise(() => {}) }).value;
  await runtime.close({ timeout: 20 });
  assertEquals(log.entries.at(-1), entry(1, 1, DISPOSED));
});

Deno.test(
  "a worker whose task does not end in time is ended before others dispose anything",
  {
    timeout,
  },
  async () => {
    const { runtime, log } = await started(2);
    await runtime.on(1).spawn(use, "first");
    const task = runtime.on(0).spawn(async (words: SharedArrayBuffer) => {
      const log = new Int32Array(words);
      const { signal } = currentTask();
      while (!signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        Atomics.store(log, Atomics.add(log, 0, 1) + 1, 777);
      }
    }, log.words.buffer);
    const rejected = assertRejects(() => task.then(), RuntimeClosedError);
    await runtime.close({ timeout: 30 });
    await rejected;
    const { entries } = log;
    assert(entries.includes(777));
    assertEquals(entries.at(-1), entry(1, 1, DISPOSED));
  },
);

Deno.test(
  "WorkerLocal.ref() is the one field of a value that is a LocalRef (A9)",
  {
    timeout,
  },
  async () => {
    await using _ = await Runtime.start({ workers: 1 });
    const one = { plain: 1, ref: new LocalRef(new SharedCounter(1)) };
    const two = { ...one, other: new LocalRef(new SharedCounter(2)) };
    const ref: LocalRef<SharedCounter> = new WorkerLocal(() => one).ref();
    assertEquals(ref.get().value, 1);
    const self: LocalRef<SharedCounter> = new WorkerLocal(() => one.ref).ref();
    assert(self.same(ref));
    const both = new WorkerLocal(() => two, { name: "both" });
    const error = assertThrows(() => both.ref(), TypeError);
    assertStringIncludes(error.message, "'ref' and 'other'");
    // @ts-expect-error It has two of them.
    assertThrows(() => both.ref().get(), TypeError);
    const none = new WorkerLocal(() => ({ plain: 1 }));
    // @ts-expect-error It has none.
    assertThrows(() => none.ref().get(), TypeError, "it has none");
    assertThrows(
      () => new WorkerLocal(() => 5).ref(),
      TypeError,
      "it has none",
    );
  },
);

Deno.test(
  "families that run inline beside threads have values and references, too",
  {
    timeout,
  },
  async () => {
    const disposed: number[] = [];
    const local = new WorkerLocal(() => ({ count: 0 }), {
      dispose: ({ count }) => void disposed.push(count),
    });
    const definition: Linked<InlineMaker> = linked("data:,", "maker", {
      create: () => new InlineMaker(local),
    });
    const runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(definition);
    const ref = await family.on(1).ref();
    assertEquals(ref.worker, 1);
    const add = (ref: LocalRef<SharedCounter>) => ref.get().add(1);
    assertEquals(await runtime.on(0).spawn(add, ref), 4);
    assertEquals(await family.all().use(), [1, 1]);
    assertEquals(await family.on(0).use(), 2);
    assertEquals(local.isMade, false);
    await runtime.close();
    assertEquals(disposed, [2, 1]);
  },
);

/** Instances that no worker can import. */
class InlineMaker {
  readonly #local: WorkerLocal<{ count: number }>;

  constructor(local: WorkerLocal<{ count: number }>) {
    this.#local = local;
  }

  ref(): LocalRef<SharedCounter> {
    return new LocalRef(new SharedCounter(4));
  }

  async use(): Promise<number> {
    await Promise.resolve();
    return ++this.#local.value.count;
  }
}

Deno.test("WorkerLocal refuses arguments of other types", () => {
  const bad = [
    () => new WorkerLocal(5 as unknown as () => number),
    () => new WorkerLocal(() => 1, { name: 5 as unknown as string }),
    () => new WorkerLocal(() => 1, { dispose: {} as unknown as () => void }),
  ];
  for (const make of bad) assertThrows(make, TypeError, "Cannot define");
  assertEquals([first.name, second.name, angry.name].length, 3);
});

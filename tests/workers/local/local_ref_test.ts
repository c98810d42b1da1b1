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
  Barrier,
  Channel,
  currentTask,
  LocalDisposeError,
  LocalRef,
  type LocalRefHandle,
  LockPoisonedError,
  ManualResetEvent,
  Mutex,
  Runtime,
  RuntimeClosedError,
  SharedCounter,
} from "../../../mod.ts";
import { portableCodec } from "../../../codec/mod.ts";
import {
  countAndEnd,
  DISPOSED,
  ENDED,
  lockAndExit,
  logOf,
  refOf,
  use,
} from "../fixtures/owned.ts";
import { runProgram } from "../../support/run_program.ts";
import type { GuestOrder } from "../fixtures/guest.ts";

const timeout = 60_000;

Deno.test(
  "LocalRef.get() gives what another worker owns, also after an await (A1)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const ref = await runtime.on(0).spawn(refOf);
    const counts = await runtime.on(1).spawn(async (ref) => {
      const data = ref.get();
      data.count.add(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      ref.get().count.add(1);
      return [data === ref.get(), data.count.value];
    }, ref);
    assertEquals(counts, [true, 2]);
    assertEquals(ref.get().count.value, 2);
    assertEquals(ref.worker, 0);
  },
);

Deno.test(
  "LocalRef.get() gives what another worker owns to a task that blocks (A2)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const ref = await runtime.on(0).spawn(() => {
      const { runtime } = currentTask();
      return runtime.size;
    }).then(() => runtime.on(0).spawn(refOf));
    const open = new ManualResetEvent();
    const blocked = runtime.on(1).spawn(
      (ref, open) => {
        open.wait();
        return ref.get().lock.withLock(() => ref.get().count.add(1));
      },
      ref,
      open,
    );
    ref.get().count.add(6);
    open.set();
    assertEquals(blocked.join(), 6);
  },
);

Deno.test(
  "LocalRef is passed through async functions and from worker to worker (A3)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const ref = await runtime.on(0).spawn(refOf);
    const back = await runtime.on(1).spawn(async (ref) => {
      const add = async (inner: typeof ref) => {
        await Promise.resolve();
        inner.get().count.add(1);
        return inner;
      };
      const { runtime } = currentTask();
      const passed = await add(await add(ref));
      const both = await runtime.on(0).spawn(
        async (a, list) => {
          await Promise.resolve();
          return [a.get() === list[0]!.get(), a.same(list[0]), a.worker];
        },
        passed,
        [ref],
      );
      return { both, passed };
    }, ref);
    assertEquals(back.both, [true, true, 0]);
    assertEquals(back.passed.get().count.value, 2);
    // One object on one thread, however often it arrives.
    assertStrictEquals(back.passed.get(), ref.get());
    assert(back.passed !== ref && back.passed.same(ref));
    assertEquals(back.passed.id, ref.id);
  },
);

Deno.test("new LocalRef() fails clearly outside of a runtime (A4)", {
  timeout,
}, async () => {
  const counter = new SharedCounter();
  const error = assertThrows(() => new LocalRef(counter), TypeError);
  assertStringIncludes(error.message, "belongs to no runtime");
  const runtime = await Runtime.start({ workers: 1 });
  assertEquals(new LocalRef(counter).worker, undefined);
  await runtime.close();
  assertThrows(() => new LocalRef(counter), TypeError);
  assertThrows(() => new LocalRef(counter, { runtime }), TypeError);
});

Deno.test(
  "Runtime.close() waits for guests, which wait for nobody, and for nobody else (A5)",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 2 });
    const log = await logOf(runtime);
    await runtime.on(0).spawn(use, "first");
    const ref = await runtime.on(0).spawn(() => undefined).then(() =>
      new LocalRef(new SharedCounter())
    );
    const guest = new Guest();
    using _ = guest;
    assertEquals(await guest.order({ attach: ref.handle }), 0);
    assertEquals(await guest.order("clone"), 1);
    assertEquals(await guest.order("release"), "released");
    let closed = false;
    const closing = runtime.close().then(() => closed = true);
    // It still has one of two: nobody lets go of anything.
    await new Promise((resolve) => setTimeout(resolve, 150));
    assertEquals(await guest.order("add"), 2);
    assertEquals([closed, log.entries.length], [false, 1]);
    // Once all tasks have ended, no further guests are taken.
    assertEquals(
      await guest.order({ attach: ref.handle }),
      "RuntimeClosedError",
    );
    await guest.order("release");
    await closing;
    assertEquals(log.entries.at(-1)! % 10, DISPOSED);
  },
);

Deno.test(
  "Runtime.close() does not wait for a guest that has ended without a word (A5)",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const ref = new LocalRef(new SharedCounter());
    for (const end of ["close", "terminate"] as const) {
      const guest = new Guest();
      using _ = guest;
      await guest.order({ attach: ref.handle });
      if (end === "close") guest.tell("close");
      else guest[Symbol.dispose]();
    }
    await runtime.close();
  },
);

Deno.test("Runtime.close() does not wait for guests when its time is up (A5)", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const ref = new LocalRef(new SharedCounter());
  using guest = new Guest();
  await guest.order({ attach: ref.handle });
  await runtime.close({ timeout: 20 });
  assertEquals(await guest.order("add"), "RuntimeClosedError");
});

Deno.test(
  "Runtime.close() disposes nothing before 1,600 tasks with references have ended (A6)",
  {
    timeout: 60_000,
  },
  async () => {
    const TASKS = 1600;
    const runtime = await Runtime.start({ workers: 2 });
    const log = await logOf(runtime);
    const refs = await runtime.broadcast(refOf);
    const counters = refs.map((ref) => ref.get().count);
    const tasks = Array.from(
      { length: TASKS },
      (_, k) =>
        runtime.on(k % 2).spawn(
          countAndEnd,
          refs[(k >> 1) % 2]!,
          (k * 7) % 50,
        ),
    );
    await runtime.close();
    assertEquals(
      (await Promise.allSettled(tasks)).filter(({ status }) =>
        status === "rejected"
      ),
      [],
    );
    const whats = log.entries.map((entry) => entry % 10);
    assertEquals(whats.filter((what) => what === ENDED).length, TASKS);
    assertEquals(whats.slice(-2), [DISPOSED, DISPOSED]);
    assertEquals(whats.indexOf(DISPOSED), whats.length - 2);
    assertEquals(counters.map(({ value }) => value), [TASKS, TASKS]);
  },
);

Deno.test("LocalRef of another runtime is refused (A7)", {
  timeout,
}, async () => {
  await using one = await Runtime.start({ workers: 1 });
  await using other = await Runtime.start({ workers: 1 });
  const counter = new SharedCounter();
  assertThrows(() => new LocalRef(counter), TypeError, "2 runtimes");
  const ref = new LocalRef(counter, { runtime: one });
  await one.spawn((ref) => ref.get().add(1), ref);
  await assertRejects(
    () => other.spawn((ref) => ref.get().add(1), ref).then(),
    TypeError,
    "another runtime",
  );
  const module = new URL("../../../mod.ts", import.meta.url).href;
  await assertRejects(
    () =>
      other.spawn(
        async (module, handle) => {
          const { LocalRef } = await import(module);
          await LocalRef.from(handle);
        },
        module,
        ref.handle,
      ).then(),
    TypeError,
    "another runtime",
  );
  // The thread that started both knows both.
  const both = new LocalRef(new SharedCounter(), { runtime: other });
  assertFalse(both.same(ref));
  assertEquals([ref.get().value, both.get().value], [1, 0]);
});

Deno.test("LocalRef that is counted is disposed after the last one (A8)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const { promise, resolve } = Promise.withResolvers<number>();
  let disposed = false;
  const ref = new LocalRef(new SharedCounter(), {
    counted: true,
    dispose: (counter) => {
      disposed = true;
      resolve(counter.value);
    },
  });
  assert(ref.isCounted);
  const held = new ManualResetEvent();
  const tasks = [0, 1].map((worker) =>
    runtime.on(worker).spawn(
      async (ref, held) => {
        ref.get().add(1);
        await held.waitAsync();
        ref.get().add(1);
        ref[Symbol.dispose]();
        ref[Symbol.dispose]();
      },
      ref,
      held,
    )
  );
  const clone = ref.clone();
  ref[Symbol.dispose]();
  assertThrows(() => ref.get(), TypeError, "released");
  assertThrows(() => ref.handle, TypeError, "released");
  assertThrows(() => ref.clone(), TypeError, "released");
  await assertRejects(
    () => runtime.spawn((ref) => ref.same(ref), ref).then(),
    TypeError,
    "released",
  );
  clone[Symbol.dispose]();
  assertFalse(disposed);
  held.set();
  await Promise.all(tasks);
  // Who has the data is woken by a word, which keeps no program alive.
  const alive = setInterval(() => {}, 1000);
  assertEquals(await promise, 4);
  clearInterval(alive);
});

Deno.test("LocalRef that is counted needs no runtime, and goes to any (A8)", {
  timeout,
}, async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const ref = new LocalRef({ counter: new SharedCounter(7) }, {
    counted: true,
    dispose: ({ counter }) => resolve(counter.value),
  });
  assertEquals(ref.worker, undefined);
  {
    await using one = await Runtime.start({ workers: 1 });
    await using other = await Runtime.start({ workers: 1 });
    for (const runtime of [one, other]) {
      await runtime.spawn((ref) => {
        ref.get().counter.add(1);
        ref[Symbol.dispose]();
      }, ref);
    }
    // What is not sent is not counted either.
    await assertRejects(
      () => one.spawn((...args: unknown[]) => args, ref, () => {}).then(),
      TypeError,
    );
  }
  const { handle } = ref;
  {
    using there = await LocalRef.from(structuredClone(handle));
    assert(there.same(ref));
    assertEquals(there.get().counter.value, 9);
    assertFalse(there.isOwnerLost);
  }
  ref[Symbol.dispose]();
  assertEquals(await promise, 9);
  await assertRejects(() => LocalRef.from(handle), TypeError, "no other one");
});

Deno.test(
  "LocalRef that is counted is disposed with its runtime at the latest (A8)",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    let disposed = 0;
    const dispose = () => void disposed++;
    const counted = true;
    const ref = new LocalRef(new SharedCounter(), { counted, dispose });
    const angry = new LocalRef(new SharedCounter(), {
      counted,
      name: "angry",
      dispose: () => {
        throw new RangeError("no");
      },
    });
    angry[Symbol.dispose]();
    const error = await assertRejects(() => runtime.close(), LocalDisposeError);
    assertEquals(error.failures.map(({ name }) => name), ["angry"]);
    assertEquals(disposed, 1);
    assertThrows(() => ref.get(), RuntimeClosedError);
    ref[Symbol.dispose]();
    await Promise.resolve();
    assertEquals(disposed, 1);
  },
);

Deno.test("LocalRef.get() throws after Runtime.close()", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const theirs = await runtime.spawn(refOf);
  let inDisposer = 0;
  const mine = new LocalRef(new SharedCounter(3), {
    dispose: (counter) => {
      inDisposer = counter.value + other.get().value;
      assertThrows(() => mine.get(), RuntimeClosedError);
      assertThrows(() => theirs.get(), RuntimeClosedError);
    },
  });
  const other = new LocalRef(new SharedCounter(4));
  assertEquals(mine.with((counter) => counter.value), 3);
  await runtime.close();
  assertEquals(inDisposer, 7);
  for (const ref of [theirs, mine, other]) {
    assertThrows(() => ref.get(), RuntimeClosedError);
    assertFalse(ref.isOwnerLost);
    await assertRejects(
      () => LocalRef.from<object>(ref.handle),
      RuntimeClosedError,
    );
  }
});

Deno.test(
  "LocalRef.isOwnerLost tells that the owner is lost; the data stays, its locks are poisoned",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const ref = await runtime.on(0).spawn(refOf);
    ref.get().count.add(5);
    assertFalse(ref.isOwnerLost);
    await assertRejects(() => runtime.on(0).spawn(lockAndExit).then());
    assert(ref.isOwnerLost);
    const seen = await runtime.on(1).spawn((ref) => {
      let name = "";
      try {
        ref.get().lock.lock();
      } catch (error) {
        name = (error as Error).name;
      }
      return [ref.isOwnerLost, ref.get().count.value, name, ref.worker];
    }, ref);
    assertEquals(seen, [true, 5, "LockPoisonedError", 0]);
    assertThrows(() => ref.get().lock.lock(), LockPoisonedError);
    // The worker in its place owns other data.
    assertFalse((await runtime.on(0).spawn(refOf)).same(ref));
  },
);

Deno.test("LocalRef refers to shared memory of every form, in its place", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const memory = new SharedArrayBuffer(64);
  const inner = new LocalRef(new SharedCounter(1));
  const counter = new SharedCounter(2);
  const data = {
    bytes: new Uint8Array(memory, 8, 8),
    list: [new Float64Array(memory, 16, 2), { big: new BigInt64Array(memory) }],
    view: new DataView(memory, 32, 4),
    memory,
    counter,
    again: counter,
    inner,
    constants: [1, "two", true, null, undefined, 3n] as const,
  };
  const ref = new LocalRef(data);
  const seen = await runtime.spawn((ref: LocalRef<typeof data>) => {
    const { bytes, list, view, memory, counter, again, inner, constants } = ref
      .get();
    bytes[0] = 5;
    (list[0] as Float64Array)[1] = 0.5;
    view.setUint16(0, 77);
    counter.add(1);
    return [
      [bytes.length, view.byteLength, memory.byteLength],
      counter === again,
      inner.get().add(1),
      constants,
      bytes.constructor.name,
      (list[1] as { big: BigInt64Array }).big.length,
    ];
  }, ref);
  assertEquals(seen, [
    [8, 4, 64],
    true,
    1,
    [1, "two", true, null, undefined, 3n],
    "Uint8Array",
    8,
  ]);
  assertEquals(new Uint8Array(memory)[8], 5);
  assertEquals(new Float64Array(memory)[3], 0.5);
  assertEquals(new DataView(memory).getUint16(32), 77);
  assertEquals([counter.value, inner.get().value], [3, 2]);
  const alone = new LocalRef(new Int32Array(memory));
  await runtime.spawn((ref: typeof alone) => void (ref.get()[15] = 9), alone);
  assertEquals(alone.get()[15], 9);
});

Deno.test(
  "new LocalRef() refuses what is in memory of one thread only, by its path",
  {
    timeout,
  },
  async () => {
    await using _ = await Runtime.start({ workers: 1 });
    const counted = new LocalRef(new SharedCounter(), { counted: true });
    const sender = new Channel(portableCodec<number>()).sender();
    const bad: [unknown, string][] = [
      [{ a: { b: [0, new Uint8Array(4)] } }, "'a.b[1]'"],
      [new ArrayBuffer(4), "'data' is an ArrayBuffer"],
      [{ map: new Map() }, "'map' is an instance of Map"],
      [{ at: new Date() }, "Date"],
      [{ f: () => {} }, "'f' is a function"],
      [{ s: Symbol("s") }, "'s' is a symbol"],
      [5, "'data'"],
      [null, "'data'"],
      [{ sender }, "'sender' is a Sender"],
      [{ counted }, "'counted' is a counted"],
      [new (class Own {})(), "Own"],
    ];
    for (const [data, path] of bad) {
      assertThrows(
        () => new LocalRef(data as object),
        TypeError,
        path,
      );
    }
    counted[Symbol.dispose]();
  },
);

Deno.test("LocalRef refuses options and handles of other types", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const options = [
    { name: 5 as unknown as string },
    { counted: 1 as unknown as boolean },
    { dispose: {} as unknown as () => void },
    { runtime: {} as unknown as Runtime },
  ];
  for (const option of options) {
    assertThrows(() => new LocalRef(new SharedCounter(), option), TypeError);
  }
  for (const handle of [null, 5, {}, new Mutex().handle]) {
    await assertRejects(
      () => LocalRef.from(handle as unknown as LocalRefHandle),
      TypeError,
    );
  }
  assertEquals(runtime.size, 1);
});

Deno.test("LocalRef is refused in messages of channels", {
  timeout,
}, async () => {
  await using _ = await Runtime.start({ workers: 1 });
  const codec = portableCodec<LocalRef<SharedCounter>>();
  const ref = new LocalRef(new SharedCounter());
  assertThrows(() => codec.encode(ref), TypeError, "LocalRef");
});

Deno.test(
  "Runtime.close() lets all threads of shared data meet, whoever is last (A5)",
  {
    timeout,
  },
  async () => {
    // Each worker's last task ends only when the other's has begun to end.
    const runtime = await Runtime.start({ workers: 2 });
    const log = await logOf(runtime);
    await runtime.broadcast(use, "first");
    const barrier = new LocalRef(new Barrier(2));
    const tasks = [0, 1].map((worker) =>
      runtime.on(worker).spawn(
        async (barrier, ms) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          await barrier.get().waitAsync();
          return true;
        },
        barrier,
        20 * worker,
      )
    );
    await runtime.close();
    assertEquals(await Promise.all(tasks), [true, true]);
    assertEquals(log.entries.map((entry) => entry % 10).slice(-2), [
      DISPOSED,
      DISPOSED,
    ]);
  },
);

Deno.test(
  "LocalRef that nobody has any more takes no memory, and is released",
  {
    timeout: 60_000,
  },
  async () => {
    const { code, stdout, stderr } = await runProgram(
      `
    import { LocalRef, Runtime, SharedCounter } from "@kindred/kindred";
    await using runtime = await Runtime.start({ workers: 1 });
    let disposed = 0;
    const rounds = 60;
    for (let k = 0; k < rounds; k++) {
      const memory = new SharedArrayBuffer(2 ** 24);
      new Uint8Array(memory).fill(1);
      const ref = new LocalRef({ memory }, {
        counted: k % 2 === 1,
        dispose: k % 2 === 1 ? () => disposed++ : undefined,
      });
      await runtime.spawn((ref) => ref.get().memory.byteLength, ref);
      await runtime.spawn(() => gc());
      gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(Deno.memoryUsage().rss < rounds * 2 ** 23, disposed > 10);
    `,
      {
        permissions: ["-A"],
        flags: ["--v8-flags=--expose-gc"],
        timeout: 50_000,
      },
    );
    assertEquals([code, stdout.trim(), stderr], [0, "true true", ""]);
  },
);

/** A worker that the program has started by itself. */
class Guest implements Disposable {
  readonly #worker = new Worker(
    new URL("../fixtures/guest.ts", import.meta.url),
    { type: "module" },
  );

  tell(order: GuestOrder): void {
    this.#worker.postMessage(order);
  }

  order(order: GuestOrder): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(event.error);
      };
      this.tell(order);
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

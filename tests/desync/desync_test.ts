import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  Desync,
  DesyncPoisonedError,
  JobQueue,
  type OrderedOptions,
  type Reference,
} from "../../desync/mod.ts";
import { AfterStep } from "../../desync/after_step.ts";
import { JobLine } from "../../desync/job_line.ts";
import { DeadlockError } from "../../sync/mod.ts";
import { isSettled } from "../batching/echo.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { rest } from "./rest.ts";

const timeout = 20_000;

/** A job that lasts until it is let go. */
function held(): { job: () => Promise<void>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { job: () => promise, end: resolve };
}

/** What a call throws. */
function attempt(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}

/** Throws whatever it is. */
function throwing(thrown: unknown): never {
  throw thrown;
}

Deno.test("Desync.sync() may write to variables of its caller (D1)", () => {
  const object = new Desync("text");
  let length = 0;
  object.sync((o) => {
    length = o.value.length;
  });
  assertStrictEquals(length, 4);
});

Deno.test("Desync: only sync() and trySync() run a job before they return", async () => {
  const object = new Desync(0);
  const started: string[] = [];
  object.desync(() => void started.push("desync"));
  void object.futureSync(() => void started.push("futureSync"));
  void object.futureDesync(() => void started.push("futureDesync"));
  void object.after(Promise.resolve(), () => void started.push("after"));
  assertEquals(started, []);
  await rest();
  assertEquals(started, ["desync", "futureSync", "futureDesync", "after"]);
});

Deno.test("Desync: jobs of two objects run beside each other (D5)", async () => {
  const [a, b] = [new Desync(0), new Desync(0)];
  const toB = Promise.withResolvers<string>();
  const toA = Promise.withResolvers<string>();
  const ofA = a.futureSync(() => {
    toB.resolve("from a");
    return toA.promise;
  });
  const ofB = b.futureSync(async () => {
    const heard = await toB.promise;
    toA.resolve("from b");
    return heard;
  });
  assertEquals(await Promise.all([ofA, ofB]), ["from b", "from a"]);
});

Deno.test("SyncFuture.cancel() tells a job that runs, and the next one waits until it ends (D7)", async () => {
  const object = new Desync<string[]>([]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const future = object.futureSync(async (o) => {
    o.signal.addEventListener("abort", () => o.value.push(o.signal.reason));
    await promise;
    o.value.push("end");
  });
  const next = object.futureSync((o) => {
    assert(!o.signal.aborted, "the signal is that of another job");
    return o.value.push("next");
  });
  await rest();
  assert(future.cancel("told"));
  assertStrictEquals(await future.catch((reason) => reason), "told");
  assert(!await isSettled(next));
  resolve();
  assertStrictEquals(await next, 3);
  assertEquals(object.sync((o) => o.value), ["told", "end", "next"]);
});

Deno.test("SyncFuture.cancel() leaves no rejection that nobody handles (D7)", async () => {
  using unhandled = new UnhandledRejections();
  const queue = new JobQueue();
  queue.futureSync(() => {}).cancel();
  const running = queue.futureSync(async () => {
    await rest();
    throw new Error("after it was given up");
  });
  await rest();
  assert(running.cancel());
  await queue.futureSync(rest);
  assertEquals(unhandled.reasons, []);
});

for (const outer of ["futureSync", "futureDesync"] as const) {
  for (const inner of ["futureSync", "futureDesync"] as const) {
    Deno.test(
      `Desync.${outer}() may await ${inner}() of another object, 1000 times (D10)`,
      {
        timeout,
      },
      async () => {
        const [a, b] = [new Desync(0), new Desync(0)];
        for (let k = 0; k < 1000; k++) {
          const from = k % 2 === 0 ? a : b;
          const to = k % 2 === 0 ? b : a;
          const result = from[outer](async (x) => {
            x.value = await to[inner]((y) => ++y.value);
            return x.value;
          });
          const beside = to[outer]((y) => y.value);
          assertEquals([await result, await beside], [k + 1, k]);
        }
      },
    );
  }
}

Deno.test("Three objects may await one object, and are read by sync() then (D11)", async () => {
  const core = new Desync(0);
  const initiators = [1, 2, 3].map((n) => {
    const initiator = new Desync(0);
    initiator.desync(async (o) => {
      o.value = await core.futureDesync((c) => c.value += n);
    });
    return initiator;
  });
  await Promise.all(initiators.map((o) => o.futureSync(() => {})));
  assertEquals(initiators.map((o) => o.sync((v) => v.value)), [1, 3, 6]);
});

Deno.test("Desync.trySync() is busy while a job waits for its turn or for a promise (D12)", async () => {
  const object = new Desync(1);
  const { job, end } = held();
  object.desync(job);
  assertEquals(object.trySync((o) => o.value = 2), { state: "busy" });
  await rest();
  assertEquals(object.trySync((o) => o.value = 2), { state: "busy" });
  end();
  await rest();
  assertEquals(object.trySync((o) => o.value), { state: "ok", value: 1 });
});

Deno.test("Desync.sync() and join() run here what nobody else would while the thread is blocked (D14)", () => {
  const object = new Desync<number[]>([]);
  const future = object.futureDesync((o) => o.value.push(1));
  object.desync((o) => o.value.push(2));
  assertStrictEquals(future.join(), 1, "and not those behind it");
  assertEquals(object.sync((o) => [...o.value]), [1, 2]);
});

Deno.test("Desync.sync() runs before the jobs that are asked for while it makes way", () => {
  const object = new Desync<string[]>([]);
  object.desync((o) => {
    o.value.push("first");
    object.desync((o) => o.value.push("asked for later"));
  });
  assertStrictEquals(object.sync((o) => o.value.push("sync")), 2);
  assertEquals(object.sync((o) => o.value), [
    "first",
    "sync",
    "asked for later",
  ]);
});

Deno.test("Desync.after() is woken by what happens elsewhere (D14)", {
  timeout,
}, async () => {
  const object = new Desync(0);
  const timer = new Promise<number>((resolve) =>
    setTimeout(() => resolve(1), 1)
  );
  assertStrictEquals(await object.after(timer, (o, n) => o.value += n), 1);
});

Deno.test("Desync.sync() passes suspensions that are over (D16)", () => {
  const object = new Desync(1);
  object.suspend().resume();
  assertStrictEquals(object.sync((o) => o.value), 1);
});

Deno.test("JobLine.sync() passes after() where the promise is settled already", async () => {
  const line = new JobLine([], {});
  const results: unknown[] = [];
  const push = (result: unknown) => results.push(result);
  const steps = [
    new AfterStep(line, Promise.resolve("settled"), push, []),
    new AfterStep(line, Promise.reject("rejected"), push, []),
  ];
  for (const step of steps) step.resolves((result) => results.push(result));
  await rest();
  for (const step of steps) line.add(step);
  line.sync(push, ["sync"]);
  const [settled, length, rejected, last] = results;
  assertEquals([settled, length, last], ["settled", 1, "sync"]);
  assertStrictEquals(
    await (rejected as Promise<never>).catch((reason) => reason),
    "rejected",
  );
});

Deno.test("Desync: what a job throws that nobody waits for goes to `onError`, once (D18)", async () => {
  const errors: unknown[] = [];
  const object = new Desync(0, { onError: (error) => errors.push(error) });
  object.desync(() => throwing(1));
  object.desync(() => Promise.reject(2));
  object.futureDesync(() => Promise.reject(3)).detach();
  const awaited = object.futureSync(() => Promise.reject(4));
  assertStrictEquals(await awaited.catch((error) => error), 4);
  assertEquals(errors, [1, 2, 3]);
});

Deno.test("Desync: without `onError` it is an unhandled rejection, and so is what that throws (D18)", async () => {
  using unhandled = new UnhandledRejections();
  new Desync(0).desync(() => throwing("job"));
  new JobQueue({
    onError: (error) => throwing(`${error} handler`),
  }).desync(() => Promise.reject("job and"));
  void new JobQueue().futureDesync(() => throwing("future"));
  await rest();
  assertEquals(unhandled.reasons.sort(), ["future", "job", "job and handler"]);
});

Deno.test("DesyncFuture.join() has told of a failure, so it is no unhandled rejection (D6)", async () => {
  using unhandled = new UnhandledRejections();
  const future = new JobQueue().futureDesync(() => throwing("failed"));
  assertStrictEquals(attempt(() => future.join()), "failed");
  await rest();
  assertEquals(unhandled.reasons, []);
});

Deno.test("DesyncFuture.detach() still settles the promise for who awaits it", async () => {
  const errors: unknown[] = [];
  const queue = new JobQueue({ onError: (error) => errors.push(error) });
  const future = queue.futureDesync(() => Promise.reject("failed"));
  future.detach();
  assertStrictEquals(await future.catch((reason) => reason), "failed");
  future.detach();
  assertEquals(errors, ["failed"]);
});

Deno.test("Desync.sync() that makes way gets the error which poisons its object, and does not run (D18)", () => {
  const errors: unknown[] = [];
  const object = new Desync(0, {
    onFailure: "poison",
    onError: (error) => errors.push(error),
  });
  object.desync((o) => o.value = 1);
  object.desync(() => {
    throw new RangeError("half done");
  });
  object.desync((o) => o.value = 2);
  const refusal = assertThrows(
    () => object.sync((o) => o.value = 3),
    DesyncPoisonedError,
  );
  assertStrictEquals(refusal.cause, errors[0]);
  assertInstanceOf(refusal.cause, RangeError);
  assertStrictEquals(errors.length, 1);
  object.clearPoison();
  assertStrictEquals(object.sync((o) => o.value), 1);
});

Deno.test("Desync.sync() does not run behind a failure that `onError` repairs at once (D18)", () => {
  const object: Desync<number> = new Desync(0, {
    onFailure: "poison",
    onError: () => object.clearPoison(),
  });
  object.desync(() => throwing("half done"));
  object.desync((o) => o.value = 1);
  const refusal = assertThrows(
    () => object.sync((o) => o.value = 2),
    DesyncPoisonedError,
  );
  assertStrictEquals(refusal.cause, "half done");
  assertStrictEquals(object.sync((o) => o.value), 0);
});

Deno.test("Desync.sync() and trySync() poison the object by what their own job throws, which they throw (D18)", () => {
  for (const door of ["sync", "trySync"] as const) {
    const object = new Desync(0, { onFailure: "poison" });
    const failure = new TypeError("mine");
    const thrown = assertThrows(() =>
      object[door](() => {
        throw failure;
      })
    );
    assertStrictEquals(thrown, failure);
    assert(object.isPoisoned);
  }
});

Deno.test("Desync: jobs may ask for jobs of their own object, but not wait for them (D25)", async () => {
  const object = new Desync<string[]>([]);
  const waits = object.futureDesync((o) => o.value.push("future"));
  object.sync((o) => {
    object.desync((o) => o.value.push("asked for inside"));
    assertThrows(() => object.sync((o) => o.value), DeadlockError);
    const inside = object.futureDesync(() => {});
    assertThrows(() => inside.join(), DeadlockError);
    assertEquals(object.trySync((o) => o.value), { state: "busy" });
    o.value.push("sync");
  });
  object.desync(async (o) => {
    await Promise.resolve();
    assertThrows(() => object.sync((o) => o.value), DeadlockError);
    o.value.push("later");
  });
  await waits;
  assertEquals(await object.futureSync((o) => o.value), [
    "future",
    "sync",
    "asked for inside",
    "later",
  ]);
});

Deno.test("Desync.sync() in a cycle of objects is a DeadlockError of the one that closes it (D25)", () => {
  const [a, b] = [new Desync(1), new Desync(2)];
  const seen = a.sync((x) =>
    b.sync((y) => {
      assertThrows(() => a.sync((x) => x.value), DeadlockError);
      return x.value + y.value;
    })
  );
  assertStrictEquals(seen, 3);
});

Deno.test("Desync.sync() behind a job that waits for a promise is a DeadlockError, and does not run (D25)", async () => {
  const object = new Desync<string[]>([]);
  const { job, end } = held();
  object.desync((o) => o.value.push("before"));
  object.desync(job);
  const behind = object.futureDesync((o) => o.value.push("behind"));
  assertThrows(() => object.sync((o) => o.value.push("sync")), DeadlockError);
  assertThrows(() => object.sync((o) => o.value.push("sync")), DeadlockError);
  assertThrows(() => behind.join(), DeadlockError);
  end();
  assertStrictEquals(await behind, 2);
  assertEquals(object.sync((o) => o.value), ["before", "behind"]);
});

Deno.test("Desync.sync() of a job that returns a promise is a DeadlockError, and the job holds the object (D25)", async () => {
  const errors: unknown[] = [];
  const object = new Desync(0, { onError: (error) => errors.push(error) });
  for (const door of ["sync", "trySync"] as const) {
    const { promise, reject } = Promise.withResolvers<void>();
    assertThrows(() => object[door](() => promise), DeadlockError);
    const next = object.futureSync(() => {});
    assert(!await isSettled(next));
    reject(door);
    await next;
  }
  assertEquals(errors, ["sync", "trySync"]);
});

Deno.test(
  "JobQueue: jobs of a queue that nobody keeps run (D26)",
  { timeout },
  async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    new JobQueue().desync(resolve, "ran");
    assertStrictEquals(await promise, "ran");
  },
);

Deno.test("JobQueue gives its jobs what it was made with, then the arguments", async () => {
  const list = (...args: unknown[]) => args;
  const none = new JobQueue();
  const two = new JobQueue<[string, string]>({}, "x", "y");
  for (const args of [[], [1], [1, 2], [1, 2, 3]]) {
    assertEquals(none.sync(list, ...args), args);
    assertEquals(await none.futureSync(list, ...args), args);
    assertEquals(two.sync(list, ...args), ["x", "y", ...args]);
    assertEquals(
      await two.after(Promise.resolve(0), list, ...args),
      ["x", "y", 0, ...args],
    );
  }
});

Deno.test("JobQueue awaits whatever can be awaited, also if that fails", async () => {
  const queue = new JobQueue();
  const thenable = { then: (resolve: (value: number) => void) => resolve(5) };
  assertStrictEquals(await queue.futureSync(() => thenable), 5);
  const broken = {
    get then(): never {
      throw new RangeError("no then");
    },
  };
  await assertRejects(
    () => queue.futureSync(() => broken as unknown).then(),
    RangeError,
  );
  assertThrows(() => queue.sync(() => broken as unknown), RangeError);
  const odd = Promise.resolve(1);
  Object.defineProperty(odd, "constructor", { get: () => broken.then });
  await assertRejects(() => queue.futureSync(() => odd).then(), RangeError);
  assertStrictEquals(queue.sync(() => 1), 1);
});

Deno.test("Futures are promises, and what is made of them is no future", async () => {
  const queue = new JobQueue();
  for (
    const future of [
      queue.futureSync(() => 1),
      queue.futureDesync(() => 1),
    ]
  ) {
    assertInstanceOf(future, Promise);
    assertStrictEquals(Object.getPrototypeOf(future.then()), Promise.prototype);
    assertStrictEquals(await future, 1);
  }
  assertStrictEquals(String(queue.futureSync(() => 1)), "[object SyncFuture]");
});

Deno.test("DesyncFuture.join() refuses a timeout that is none", () => {
  const future = new JobQueue().futureDesync(() => 1);
  for (const timeout of [-1, NaN, "1" as unknown as number]) {
    assertThrows(() => future.join({ timeout }), RangeError);
  }
  assertStrictEquals(future.join({ timeout: 0 }), 1, "it is done here at once");
});

Deno.test("Desync refuses jobs and options of the wrong kind before it changes anything", () => {
  const object = new Desync(1);
  const wrong = "no job" as unknown as () => void;
  for (
    const door of [
      () => object.desync(wrong),
      () => object.sync(wrong),
      () => object.trySync(wrong),
      () => object.futureSync(wrong),
      () => object.futureDesync(wrong),
      () => object.after(Promise.resolve(), wrong),
    ]
  ) assertThrows(door, TypeError, "no job");
  assertEquals(object.trySync((o) => o.value), { state: "ok", value: 1 });
  for (
    const options of [
      { onFailure: "stop" },
      { onError: 1 },
      { dispose: {} },
    ] as unknown as OrderedOptions<[Reference<number>]>[]
  ) assertThrows(() => new Desync(1, options), TypeError);
});

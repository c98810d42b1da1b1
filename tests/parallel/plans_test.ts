import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { closure } from "../../aware/mod.ts";
import { par } from "../../parallel/mod.ts";
import { SharedCounter } from "../../sync/mod.ts";
import { currentTask, Runtime, WorkerLostError } from "../../workers/mod.ts";
import { lengthAndMore } from "./fixtures/lengths.ts";
import { onAll } from "./on_all.ts";

const timeout = 60_000;

onAll("par() takes functions with data of their own", async (options) => {
  const least = closure({ least: 990 }, ({ least }, n: number) => n >= least);
  const found = par.range(0, 1000, options).filter(least).collect();
  assertEquals(await found, [990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
});

onAll("par() takes functions that modules export", async (options) => {
  const texts = ["a", "bb", "ccc"];
  assertEquals(await par(texts, options).map(lengthAndMore).sum(), 21);
});

onAll("par() refuses variables of the surroundings", async (options) => {
  const captured = 5;
  const error = await assertRejects(
    () => par.range(0, 100, options).map((n) => n * captured).sum(),
    ReferenceError,
    "'captured'",
  );
  assert(error.message.includes("pass it as an argument"));
});

onAll(
  "par() throws what a function throws, once all have ended (U11)",
  async (options) => {
    const done = new SharedCounter();
    const plan = par.range(0, 10_000, { ...options, progress: done })
      .withMaxLen(10)
      .inspect((n) => {
        if (n === 4321) throw new RangeError(`no ${n}`);
      });
    await assertRejects(() => plan.count(), RangeError, "no 4321");
    const ended = done.value;
    assert(ended < 10_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(done.value, ended);
  },
);

onAll("par() ends early where the result is known (U11)", async (options) => {
  const seen = new SharedCounter();
  const plan = par.range(0, 1e9, { ...options, progress: seen }).withMaxLen(
    1000,
  );
  assertEquals(await plan.findFirst((n) => n >= 5000), 5000);
  assertEquals(await plan.any((n) => n > 70_000), true);
  assertEquals(await plan.all((n) => n < 70_000), false);
  assertEquals(await plan.position((n) => n === 99), 99);
  assertEquals(await plan.tryForEach((n) => n > 8000 ? n : undefined), 8001);
  assert(await plan.findAny((n) => n > 3000 && n % 2 === 1) as number > 3000);
  assert(seen.value < 1e9);
});

onAll(
  "findFirst() gives the first of many values, findAny() one of them (U11)",
  async (options) => {
    const plan = par.range(0, 100_000, options).withMaxLen(50);
    for (let round = 0; round < 5; round++) {
      assertEquals(await plan.findFirst((n) => n % 100 === 99), 99);
      const any = await plan.findAny((n) => n % 100 === 99);
      assertEquals(any! % 100, 99);
      assertEquals(await plan.position((n) => n >= 777), 777);
    }
    assertEquals(await plan.findFirst((n) => n < 0), undefined);
    assertEquals(await plan.findAny((n) => n < 0), undefined);
  },
);

onAll("par() counts in 'progress' what is done", async (options) => {
  const progress = new SharedCounter();
  await par.range(0, 12_345, { ...options, progress }).sum();
  assertEquals(progress.value, 12_345);
});

onAll("par() that is aborted is rejected with the reason", async (options) => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const plan = par.range(0, 1e12, {
    ...options,
    signal: controller.signal,
  });
  const sum = plan.map((n) => Math.sqrt(n)).sum();
  setTimeout(() => controller.abort(reason), 30);
  assertStrictEquals(await sum.catch((error) => error), reason);
  assertStrictEquals(await plan.count().catch((error) => error), reason);
});

onAll("par().collectInto() writes in place", async (options) => {
  const shared = new Float32Array(new SharedArrayBuffer(4 * 5000));
  await par.range(0, 5000, options).map((n) => n / 2).collectInto(shared);
  assertEquals(shared[4999], 2499.5);
  await par(shared, options).map((x) => 2 * x).collectInto(shared);
  assertEquals([...shared], Array.from({ length: 5000 }, (_, k) => k));
  const copy = new Uint8Array(5000);
  await par(shared, options).map((x) => x + 1).collectInto(copy);
  assertEquals(copy, Uint8Array.from(shared, (x) => x + 1));
});

onAll("par().chunks() of shared memory are views", async (options) => {
  const shared = new Int32Array(new SharedArrayBuffer(4 * 1000));
  await par(shared, options).chunks(64).enumerate().forEach(([k, chunk]) => {
    (chunk as Int32Array).fill(k);
  });
  assertEquals([...shared], Array.from(shared, (_, k) => Math.floor(k / 64)));
});

onAll("par() takes bigints, and typed arrays of all kinds", async (options) => {
  const big = BigInt64Array.from({ length: 1000 }, (_, k) => BigInt(k));
  assertEquals(await par(big, options).sum(0n), 499_500n);
  for (
    const type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array]
  ) {
    assertEquals(await par(type.from([1, 2, 3]), options).sum(), 6);
  }
  for (const type of [Uint16Array, Int32Array, Uint32Array, Float32Array]) {
    assertEquals(await par(type.from([1, 2, 3]), options).max(), 3);
  }
});

onAll("par() of an array with holes has undefined there", async (options) => {
  const holes: (number | undefined)[] = [];
  holes[300] = 5;
  const found = par(holes, options).filter((n) => n === undefined);
  assertEquals(await found.count(), 300);
});

onAll(
  "min() and max(): NaN wins, and equals keep their order",
  async (options) => {
    const numbers = Array.from({ length: 500 }, (_, k) => k);
    assertEquals(await par([...numbers, NaN, -1], options).min(), NaN);
    assertEquals(await par([NaN, ...numbers], options).max(), NaN);
    const pairs = numbers.map((k) => ({ k, key: k % 5 }));
    assertEquals((await par(pairs, options).minByKey((p) => p.key))?.k, 0);
    assertEquals((await par(pairs, options).maxByKey((p) => p.key))?.k, 499);
    assertEquals(await par([] as number[], options).min(), undefined);
  },
);

onAll(
  "reduce() keeps the order, and needs no commutative function (U11)",
  async (options) => {
    const digits = par.range(0, 3000, options).map((n) => String(n % 10));
    const text = await digits.reduce(() => "", (a, b) => a + b);
    assertEquals(text, "0123456789".repeat(300));
  },
);

Deno.test("a plan can be run again and again, and costs nothing before", async () => {
  const plan = par.range(0, 10).map((n) => n * n);
  assertEquals(await plan.sum(), 285);
  assertEquals(await plan.collect(), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  assertEquals(plan.length, 10);
});

Deno.test("a plan of a task runs on the workers of its runtime (U13)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const [url, crewUrl] = ["mod.ts", "run/crew.ts"].map((name) =>
    new URL(`../../parallel/${name}`, import.meta.url).href
  ) as [string, string];
  const sum = await runtime.spawn(async (url: string) => {
    const { par } = await import(
      url
    ) as typeof import("../../parallel/mod.ts");
    return await par.range(0, 1000, { eager: true }).map((n) => n * 2).sum();
  }, url);
  assertEquals(sum, 999_000);
  const size = await runtime.spawn(async (url: string) => {
    const { crewFor } = await import(
      url
    ) as typeof import("../../parallel/run/crew.ts");
    return crewFor(undefined, 0).size;
  }, crewUrl);
  assert(size > 0);
});

Deno.test(
  "a plan ends while all workers are busy, without them",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const gate = new SharedCounter();
    const busy = runtime.spawn((gate: SharedCounter) => {
      const context = currentTask();
      while (gate.value === 0 && !context.cancelled);
    }, gate);
    assertEquals(
      await par.range(0, 1e6, { runtime, eager: true }).count(),
      1e6,
    );
    gate.add(1);
    await busy;
  },
);

Deno.test("a plan whose worker is lost is rejected, and does not hang", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const came = new SharedCounter();
  const exit = closure({ came }, ({ came }) => {
    if ("WorkerGlobalScope" in globalThis) {
      came.add(1);
      Deno.exit(0);
    }
    while (came.value === 0);
  });
  const plan = par.range(0, 1000, { runtime, eager: true }).withMaxLen(10);
  await assertRejects(() => plan.forEach(exit), WorkerLostError);
  assertEquals(await par.range(0, 10, { runtime, eager: true }).sum(), 45);
});

Deno.test("bad arguments are named before anything runs", () => {
  const bad = <T>(value: unknown) => value as T;
  assertThrows(() => par(bad<number[]>(5)), TypeError, "received number");
  assertThrows(() => par(bad<number[]>(null)), TypeError, "received null");
  assertThrows(() => par([], bad(7)), TypeError, "'options'");
  assertThrows(() => par([], { runtime: bad({}) }), TypeError, "'runtime'");
  assertThrows(() => par([], { eager: bad(1) }), TypeError, "'eager'");
  assertThrows(() => par([], { signal: bad({}) }), TypeError, "'signal'");
  assertThrows(() => par([], { progress: bad(1) }), TypeError, "'progress'");
  assertThrows(() => par.range(0, Infinity), RangeError, "'end'");
  assertThrows(() => par.range(0, 5, { step: 0 }), RangeError, "'step'");
  assertThrows(() => par.range(bad("0"), 5), TypeError, "'start'");
  const plan = par.range(0, 5);
  assertThrows(() => plan.skip(-1), RangeError, "received -1");
  assertThrows(() => plan.take(1.5), RangeError, "received 1.5");
  assertThrows(() => plan.stepBy(0), RangeError, "received 0");
  assertThrows(() => plan.chunks(bad("2")), TypeError, "received string");
  assertThrows(() => plan.map(bad(undefined)), TypeError, "received undefined");
  assertThrows(() => plan.map(bad(class {})), TypeError, "a class");
  assertThrows(
    () => plan.zip(bad<typeof plan>([1])),
    TypeError,
    "made by par()",
  );
  assertThrows(
    () => plan.zip(bad<typeof plan>(plan.filter(() => true))),
    TypeError,
    "must have indices",
  );
  assertThrows(() => plan.collectInto(bad([])), TypeError, "a typed array");
  assertThrows(
    () => plan.collectInto(new Int8Array(4)),
    RangeError,
    "received 4 places",
  );
});

Deno.test("functions that cannot be sent are refused however few the values are", async () => {
  const plan = par.range(0, 1);
  await assertRejects(() => plan.map(Math.sqrt).sum(), TypeError, "no source");
  await assertRejects(
    () => plan.map(async (n) => await n).count(),
    TypeError,
    "async",
  );
});

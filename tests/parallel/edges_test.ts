import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { closure } from "../../aware/mod.ts";
import { par } from "../../parallel/mod.ts";
import { Claims } from "../../parallel/run/claims.ts";
import { Invited } from "../../parallel/run/invited.ts";
import {
  receivedParam,
  sentParam,
  timeToSend,
} from "../../parallel/run/sent_memory.ts";
import type { Items } from "../../parallel/sources/items.ts";
import { MemoryText } from "../../parallel/sources/memory_text.ts";
import { Latch, SharedCounter } from "../../sync/mod.ts";
import { Runtime } from "../../workers/mod.ts";
import { onAll, withWorkers } from "./on_all.ts";

const timeout = 60_000;

onAll("sum() and product() begin with their argument once", async (options) => {
  const plan = par(BigInt64Array.of(1n, 2n, 3n), options).withMaxLen(1);
  assertEquals(await plan.sum(10n), 16n);
  assertEquals(await plan.product(10n), 60n);
  assertEquals(await par(new BigInt64Array(0), options).sum(10n), 10n);
});

onAll("reduce() keeps results that are undefined", async (options) => {
  const plan = par([1, undefined, 3], options).withMaxLen(1);
  const sum = plan.reduce(
    () => 0,
    (a, b) => a === undefined || b === undefined ? undefined : a + b,
  );
  assertEquals(await sum, undefined);
});

onAll(
  "par() refuses variables of the surroundings where parts are joined",
  async (options) => {
    const captured = 2;
    const two = par.range(0, 2, options).withMaxLen(1);
    for (
      const run of [
        () => two.minBy((a, b) => (a - b) * captured),
        () => two.maxBy((a, b) => (a - b) * captured),
        () => par.range(0, 0, options).reduce(() => captured, (a, b) => a + b),
      ]
    ) await assertRejects(run, ReferenceError, "'captured'");
  },
);

onAll("mapInit() makes its state once for each part", async (options) => {
  const made = new SharedCounter();
  const init = closure({ made }, ({ made }) => made.add(1));
  const plan = par.range(0, 100, options).withMinLen(100)
    .mapInit(init, (state, n) => state + n);
  assertEquals(await plan.sum(), 4950);
  assertEquals(made.value, 1);
  assertEquals(await plan.chain(plan).withMinLen(200).count(), 200);
  assertEquals(made.value, 3);
});

onAll(
  "min() and max() find NaN in a part, and among parts",
  async (options) => {
    const middle = par([1, NaN, 2], options);
    for (const plan of [middle.withMinLen(3), middle.withMaxLen(1)]) {
      assertEquals([await plan.min(), await plan.max()], [NaN, NaN]);
    }
  },
);

onAll("tryForEach() ends with what is not undefined", async (options) => {
  const plan = par.range(0, 9, options);
  assertEquals(await plan.tryForEach((n) => n === 3 ? 0 : undefined), 0);
});

onAll("filterMap() leaves out undefined only", async (options) => {
  const made = par([1, 2, 3], options).filterMap((n) =>
    n === 2 ? undefined : null
  );
  assertEquals(await made.collect(), [null, null]);
});

onAll("par() throws what is thrown, errors or not", async (options) => {
  const plan = par.range(0, 5, options);
  const thrown = (run: Promise<unknown>) =>
    run.then(() => "nothing", (error) => [error]);
  const nothing = plan.forEach(() => {
    // deno-lint-ignore no-throw-literal
    throw undefined;
  });
  assertEquals(await thrown(nothing), [undefined]);
  const text = plan.forEach((n) => {
    throw `no ${n >= 0}`;
  });
  assertEquals(await thrown(text), ["no true"]);
});

onAll("flatMap() refuses what is not iterable", async (options) => {
  const plan = par([1, 2], options);
  for (const [value, type] of [[5, "number"], [null, "null"]] as const) {
    const made = closure({ value }, ({ value }) => value as never);
    await assertRejects(
      () => plan.flatMap(made).count(),
      TypeError,
      `flatMap() returns must be iterable: received ${type}`,
    );
  }
  assertEquals(await plan.flatMap((n) => `${n}a`).collect(), [..."1a2a"]);
});

onAll("sum() and product() refuse what is no number", (options) => {
  const plan = par(BigInt64Array.of(1n, 2n), options);
  for (const zero of ["", null, {}] as never[]) {
    assertThrows(() => plan.sum(zero), TypeError, "'zero'");
    assertThrows(() => plan.product(zero), TypeError, "'one'");
  }
  return Promise.resolve();
});

onAll("skip() and take() of a typed array leave views", async (options) => {
  const shared = new Uint8Array(new SharedArrayBuffer(10));
  const some = par(shared, options).skip(2).withMinLen(1).take(5);
  await some.chunks(2).forEach((chunk) => {
    (chunk as Uint8Array).fill(1);
  });
  assertEquals([...shared], [0, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
  const turned = await par(shared, options).rev().skip(2).chunks(3)
    .map((chunk) => Array.from(chunk)).collect();
  assertEquals(turned, [[0, 1, 1], [1, 1, 1], [0, 0]]);
});

onAll(
  "par() asks typed arrays for their class, not subclasses",
  async (options) => {
    class Named extends Float64Array {
      override get [Symbol.toStringTag](): "Float64Array" {
        return "globalThis.missing" as "Float64Array";
      }
    }
    const named = new Named([1, 2, 3]);
    assertEquals(await par(named, options).sum(), 6);
    await par.range(5, 8, options).collectInto(named);
    assertEquals(Array.from(named), [5, 6, 7]);
  },
);

onAll(
  "par() finds values in more of them than a word can count",
  async (options) => {
    const many = par.range(0, 2 ** 41, options);
    assertEquals(many.skip(2 ** 40).length, 2 ** 40);
    const last = many.rev().take(3).collect();
    assertEquals(await last, [2 ** 41 - 1, 2 ** 41 - 2, 2 ** 41 - 3]);
    assertEquals(await many.rev().findFirst((n) => n % 2 === 0), 2 ** 41 - 2);
  },
);

onAll("par() listens to a signal while it runs only", async (options) => {
  const { signal } = new AbortController();
  let listeners = 0;
  signal.addEventListener = () => listeners++;
  signal.removeEventListener = () => listeners--;
  await par.range(0, 100, { ...options, signal }).count();
  const failing = par.range(0, 100, { ...options, signal }).forEach((n) => {
    if (n === 50) throw new RangeError("no 50");
  });
  await assertRejects(() => failing, RangeError, "no 50");
  assertEquals(listeners, 0);
});

Deno.test("par.range() has the numbers of a loop", async () => {
  const number = fc.integer({ min: -50, max: 50 }).map((n) => n / 8);
  await fc.assert(
    fc.asyncProperty(
      number,
      number,
      number.filter((step) => step !== 0),
      async (start, end, step) => {
        const loop: number[] = [];
        for (let n = start; step > 0 ? n < end : n > end; n += step) {
          loop.push(n);
        }
        const range = par.range(start, end, { step });
        assertEquals(range.length, loop.length);
        assertEquals(await range.collect(), loop);
      },
    ),
  );
});

Deno.test("par.range() refuses more numbers than can be counted", () => {
  assertEquals(par.range(0, 2 ** 53 - 1).length, 2 ** 53 - 1);
  assertThrows(() => par.range(0, 2 ** 53), RangeError, "received 9007199254");
  assertThrows(() => par.range(-1e308, 1e308), RangeError, "received Infinity");
});

Deno.test("values are decoded one by one, wherever holes are", () => {
  const holes: unknown[] = ["a"];
  holes[2] = { b: 1 };
  holes[4] = holes[2];
  const items = receivedParam(sentParam(holes)) as Items;
  const decoded = Array.from({ length: 5 }, (_, k) => items.at(k));
  assertEquals(decoded, ["a", undefined, { b: 1 }, undefined, { b: 1 }]);
});

Deno.test("timeToSend() counts what is copied, and not what is shared", () => {
  const bytes = new Uint8Array(1e6);
  const shared = new Uint8Array(new SharedArrayBuffer(1e6));
  const times = [bytes, new MemoryText(bytes), shared, new MemoryText(shared)]
    .map((param) => timeToSend([param], undefined));
  assert(times[0]! > 0);
  assertEquals(times, [times[0], times[0], 0, 0]);
});

Deno.test("Claims.take() gives all of more indices than a word can count", () => {
  const [start, end] = [7, 2 ** 40 + 12_345];
  const claims = Claims.make(start, end, 3);
  let next = start;
  for (;;) {
    const taken = claims.take(2 ** 35, 2 ** 35);
    if (taken === undefined) break;
    const [from, to] = taken;
    assertEquals(from, next);
    // Not more at once than all threads could take beyond the end in a word.
    assert(to > from && to - from <= 2 ** 31);
    next = to;
  }
  assertEquals(next, end);
  claims.release();
});

Deno.test(
  "a plan whose values cannot be sent is rejected, when workers are asked",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const values = [{ a: 1 }, Symbol("no"), { a: 3 }] as { a: number }[];
    const plan = par(values, { runtime, eager: true });
    await assertRejects(() => plan.count(), TypeError, "value 1 of the source");
    // The same when a runtime has started late, and they are asked in another turn.
    const claims = Claims.make(0, 9, 1);
    const invited = new Invited(claims);
    invited.ask(runtime, () => {
      throw new TypeError("no share");
    });
    assertEquals(claims.take(1, 1), undefined);
    await assertRejects(() => invited.end(), TypeError, "no share");
  },
);

Deno.test("a result that cannot be sent is said to be a value of the plan", {
  timeout,
}, async () => {
  await withWorkers(async (options) => {
    const message = async (run: Promise<unknown>) =>
      (await assertRejects(() => run, TypeError, "is a function")).message;
    const plan = par.range(0, 100, options).withMaxLen(1);
    const named = await message(plan.map((n) => ({ n, f: () => n })).collect());
    assert(named.startsWith("Cannot send value of plan to the"), named);
    assert(named.endsWith(": 'f' is a function"), named);
    const itself = await message(plan.map((n) => () => n).collect());
    assert(itself.endsWith(": it is a function"), itself);
    const met = new Latch(2);
    const first = closure({ met }, ({ met }) => {
      met.countDown();
      met.wait();
    });
    const second = closure({ met }, ({ met }) => {
      met.countDown();
      return { f: () => 1 };
    });
    const join = par.join as (...args: unknown[]) => Promise<unknown>;
    const { runtime } = options;
    const joined = await message(join(first, second, { runtime }));
    assert(joined.startsWith("Cannot send what 'b' returned to the"), joined);
    assert(joined.endsWith(": 'f' is a function"), joined);
  });
});

Deno.test("a plan takes more parts of a worker than a call takes arguments", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const many = 300_000;
  const progress = new SharedCounter();
  const end = Date.now() + 30_000;
  const leaves = closure({ progress, end }, ({ progress, end }, n: number) => {
    const isWorker = "WorkerGlobalScope" in globalThis;
    while (!isWorker && progress.value < 300_000 && Date.now() < end);
    return n;
  });
  const plan = par.range(0, 2 * many, { runtime, eager: true, progress })
    .withMaxLen(1).map(leaves);
  assertEquals(await plan.sum(), many * (2 * many - 1));
});

Deno.test("a plan whose runtime is closed goes on without workers", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  await runtime.close();
  const progress = new SharedCounter();
  const plan = par.range(0, 1e6, { runtime, eager: true, progress });
  assertEquals(await plan.withMaxLen(10_000).count(), 1e6);
  assertEquals(progress.value, 1e6);
});

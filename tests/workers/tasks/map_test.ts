import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  currentTask,
  Runtime,
  RuntimeClosedError,
  WorkerLostError,
} from "../../../mod.ts";

const timeout = 60_000;

/** A source that counts what is taken from it, and knows whether it was closed. */
class Source implements AsyncIterableIterator<number> {
  taken = 0;
  isClosed = false;
  readonly #end: number;

  constructor(end = Infinity) {
    this.#end = end;
  }

  async next(): Promise<IteratorResult<number>> {
    await Promise.resolve();
    if (this.taken === this.#end) return { value: undefined, done: true };
    return { value: this.taken++, done: false };
  }

  async return(): Promise<IteratorResult<number>> {
    await Promise.resolve();
    this.isClosed = true;
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Lets everything go on that can. */
async function settle(): Promise<void> {
  for (let k = 0; k < 10; k++) await new Promise((next) => setTimeout(next, 2));
}

const twice = (n: number) => 2 * n;

Deno.test("map() gives results in the order of the items, of any source", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const slowFirst = async (n: number) => {
    if (n % 2 === 0) await new Promise((end) => setTimeout(end, 5));
    return n;
  };
  const items = [...Array(20).keys()];
  assertEquals(await Array.fromAsync(runtime.map(items, slowFirst)), items);
  assertEquals(
    await Array.fromAsync(runtime.map(new Source(20), slowFirst)),
    items,
  );
  assertEquals(await Array.fromAsync(runtime.map([], twice)), []);
  assertEquals(
    await Array.fromAsync(runtime.with({ name: "n" }).map(new Set([1]), twice)),
    [2],
  );
});

Deno.test("map() gives results as they are done if they need no order", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = new Int32Array(new SharedArrayBuffer(4));
  const items = [0, 1].map((at) => ({ at, buffer: words.buffer }));
  const results = runtime.map(items, async ({ at, buffer }) => {
    const words = new Int32Array(buffer);
    // The first one waits for the second one.
    while (at === 0 && Atomics.load(words, 0) === 0) {
      await new Promise((next) => setTimeout(next, 1));
    }
    Atomics.store(words, 0, 1);
    return at;
  }, { ordered: false });
  assertEquals(await Array.fromAsync(results), [1, 0]);
});

Deno.test(
  "map() never takes more items than are allowed and not taken from it",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    for (const ordered of [true, false]) {
      for (const concurrency of [1, 3, undefined]) {
        const most = concurrency ?? 4 * runtime.size;
        const source = new Source();
        const results = runtime.map(source, twice, {
          ordered,
          ...(concurrency === undefined ? {} : { concurrency }),
        });
        assertEquals(source.taken, 0); // nobody has asked yet
        for (let given = 1; given < 5; given++) {
          await results.next();
          await settle();
          assertEquals(source.taken, given + most);
        }
        await results.return();
        assertEquals(source.taken, 4 + most);
        assert(source.isClosed);
      }
    }
  },
);

Deno.test(
  "map() with a failure takes no more, cancels the rest, and throws once all have ended",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = new Int32Array(new SharedArrayBuffer(8));
    const source = new Source();
    const work = async (buffer: SharedArrayBuffer) => {
      const words = new Int32Array(buffer);
      if (Atomics.add(words, 0, 1) === 3) throw new RangeError("the fourth");
      const { signal } = currentTask();
      await new Promise((end) => signal.addEventListener("abort", end));
      await new Promise((end) => setTimeout(end, 10));
      Atomics.add(words, 1, 1);
    };
    const buffers = async function* () {
      for await (const _ of source) yield words.buffer;
    };
    const results = runtime.map(buffers(), work, { concurrency: 4 });
    await assertRejects(() => results.next(), RangeError, "the fourth");
    assertEquals([...words], [4, 3]);
    assert(source.isClosed);
    assertEquals(await results.next(), { value: undefined, done: true });
  },
);

Deno.test(
  "map() that is left early cancels what is under way, and closes its source",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(4));
    const source = new Source();
    const items = async function* () {
      for await (const n of source) yield { n, buffer: words.buffer };
    };
    const results = runtime.map(items(), async ({ n, buffer }) => {
      if (n === 0) return n;
      const { signal } = currentTask();
      await new Promise((end) => signal.addEventListener("abort", end));
      Atomics.add(new Int32Array(buffer), 0, 1);
      return n;
    }, { concurrency: 3 });
    for await (const n of results) {
      assertEquals(n, 0);
      await settle();
      break;
    }
    assertEquals(words[0], 3);
    assert(source.isClosed);
  },
);

Deno.test("map() throws what its source throws", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const broken = async function* () {
    yield 1;
    await Promise.resolve();
    throw new SyntaxError("of the source");
  };
  await assertRejects(
    () => Array.fromAsync(runtime.map(broken(), twice)),
    SyntaxError,
    "of the source",
  );
  const brokenNow = function* () {
    yield 1;
    throw new SyntaxError("at once");
  };
  await assertRejects(
    () => Array.fromAsync(runtime.map(brokenNow(), twice)),
    SyntaxError,
    "at once",
  );
});

Deno.test(
  "map() ends when its signal is aborted, though its source gives nothing",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const controller = new AbortController();
    const silent: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    const results = runtime.map(silent, twice, { signal: controller.signal });
    const next = results.next();
    const reason = new RangeError("enough");
    setTimeout(() => controller.abort(reason), 5);
    assertStrictEquals(await assertRejects(() => next), reason);
    await assertRejects(
      () => runtime.map([1], twice, { signal: controller.signal }).next(),
      RangeError,
    );
  },
);

Deno.test("map() ends with the loss of a worker, and with the runtime", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  await assertRejects(
    () => Array.fromAsync(runtime.map([1], (): number => Deno.exit(1))),
    WorkerLostError,
  );
  const source = new Source();
  const results = runtime.map(source, twice, { concurrency: 1 });
  await results.next();
  await runtime.close();
  await assertRejects(async () => {
    for await (const _ of results);
  }, RuntimeClosedError);
  assert(source.isClosed);
});

/** Many short items first, so that they go together, then what a test is about. */
function* afterShortOnes<T>(...last: T[]): Generator<T | number> {
  for (let n = 0; n < 2000; n++) yield n;
  yield* last;
}

Deno.test(
  "map() gives every result once, in order or not, however items go together",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const items = Array.from({ length: 5000 }, (_, n) => n);
    const fns = {
      sync: twice,
      async: (n: number) => Promise.resolve(2 * n),
      mixed: (n: number) => {
        // Some take long: those that went with them go elsewhere.
        const end = performance.now() + (n % 997 === 0 ? 3 : 0);
        while (performance.now() < end);
        return n % 3 === 0 ? Promise.resolve(2 * n) : 2 * n;
      },
    };
    for (const fn of Object.values(fns)) {
      for (const ordered of [true, false]) {
        for (const batch of [undefined, 1, 7]) {
          const results = await Array.fromAsync(runtime.map(items, fn, {
            concurrency: 64,
            ordered,
            ...(batch === undefined ? {} : { batch }),
          }));
          if (!ordered) results.sort((a, b) => a - b);
          assertEquals(results, items.map((n) => 2 * n));
        }
      }
    }
  },
);

Deno.test(
  "map() sends items together that are short, and each as a copy of its own",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const same = { n: 0 };
    const together = async (batch: number) => {
      const results = runtime.map(
        Array.from({ length: 500 }, () => same),
        (item) => {
          item.n++; // nobody else has this one
          return { n: item.n, task: currentTask().name, item };
        },
        { concurrency: 64, batch },
      );
      return await Array.fromAsync(results);
    };
    for (const batch of [1, 64]) {
      const results = await together(batch);
      assertEquals(new Set(results.map(({ n }) => n)), new Set([1]));
      assertEquals(new Set(results.map(({ item }) => item)).size, 500);
    }
    const fewer = await countTasks(runtime, 64);
    assertEquals(await countTasks(runtime, 1), 500);
    assert(fewer < 250, `${fewer} tasks`);
  },
);

/** How many tasks the items of a mapping are: each has a context of its own. */
async function countTasks(
  runtime: Runtime,
  batch: number,
): Promise<number> {
  await runtime.on(0).spawn(() => {
    (globalThis as { contexts?: Set<unknown> }).contexts = new Set();
  });
  const items = Array.from({ length: 500 }, (_, n) => n);
  await Array.fromAsync(runtime.map(items, () => {
    (globalThis as { contexts?: Set<unknown> }).contexts!.add(currentTask());
  }, { concurrency: 64, batch }));
  return await runtime.on(0).spawn(() =>
    (globalThis as { contexts?: Set<unknown> }).contexts!.size
  );
}

Deno.test(
  "map() with a failure among items that went together cancels the others",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(8));
    const items = afterShortOnes(words.buffer, words.buffer, words.buffer);
    const results = runtime.map(items, (item) => {
      if (typeof item === "number") return item;
      const words = new Int32Array(item);
      const before = Atomics.add(words, 0, 1);
      if (before === 2) throw new RangeError("the third");
      const { signal } = currentTask();
      return new Promise<number>((resolve, reject) => {
        // Where starting the first took long, what went with it waits for it.
        const give = () => reject(new RangeError("the first"));
        if (before === 0) setTimeout(give, 1000);
        const end = () => {
          Atomics.add(words, 1, 1);
          resolve(0);
        };
        if (signal.aborted) end();
        else signal.addEventListener("abort", end);
      });
    }, { concurrency: 64 });
    await assertRejects(() => Array.fromAsync(results), RangeError);
    const [started, ended] = words;
    assertEquals(ended, started! - 1);
  },
);

/** Numbers without end, each of which is counted in a word where it is run. */
function counted(
  runtime: Runtime,
  buffer: SharedArrayBuffer,
): AsyncGenerator<number, void, undefined> {
  const items = function* () {
    for (let n = 0;; n++) yield { n, buffer };
  };
  return runtime.map(items(), ({ n, buffer }) => {
    Atomics.add(new Int32Array(buffer), 0, 1);
    return n;
  }, { concurrency: 64 });
}

Deno.test(
  "map() that is left early starts nothing of what went together any more",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(4));
    const results = counted(runtime, words.buffer);
    for await (const n of results) if (n === 1000) break;
    const started = words[0]!;
    assert(started >= 1001 && started <= 1001 + 64, `${started}`);
    await settle();
    assertEquals(words[0], started);
  },
);

Deno.test("map() does not hold items back that nobody takes results for", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = new Int32Array(new SharedArrayBuffer(4));
  const results = counted(runtime, words.buffer);
  for (let n = 0; n <= 1000; n++) await results.next();
  // All that was taken from the source is run, though nobody goes on.
  while (words[0] !== 1001 + 64) {
    await new Promise((next) => setTimeout(next, 1));
  }
  await results.return();
});

Deno.test("map() refuses bad arguments before anything is taken", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const bad = (value: unknown) => value as never;
  assertThrows(() => runtime.map(bad(1), twice), TypeError, "number");
  assertThrows(() => runtime.map(bad(null), twice), TypeError, "null");
  assertThrows(() => runtime.map([1], bad("f")), TypeError, "string");
  for (const concurrency of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => runtime.map([1], twice, { concurrency }), RangeError);
    const batch = concurrency;
    assertThrows(() => runtime.map([1], twice, { batch }), RangeError);
  }
  assertThrows(() => runtime.map([1], twice, { ordered: bad(1) }), TypeError);
  assertThrows(() => runtime.map([1], twice, { signal: bad(1) }), TypeError);
});

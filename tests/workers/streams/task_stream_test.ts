import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  currentTask,
  Runtime,
  RuntimeClosedError,
  WorkerLostError,
} from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";
import { tap } from "../fixtures/tap.ts";

const timeout = 60_000;

function newWords(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Waits until a word has a value. */
async function until(
  words: Int32Array,
  at: number,
  value: number,
): Promise<void> {
  while (Atomics.load(words, at) !== value) {
    await new Promise((next) => setTimeout(next, 1));
  }
}

/** Counts what it yields in a word, and its end in another. */
function* counted(buffer: SharedArrayBuffer): Generator<number> {
  const words = new Int32Array(buffer);
  try {
    for (let n = 0;; n++) {
      Atomics.store(words, 0, n + 1);
      yield n;
    }
  } finally {
    Atomics.store(words, 1, 1);
  }
}

Deno.test("stream() gives what generators yield, in order", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const numbers = [...Array(1000).keys()];
  const sync = runtime.stream(function* (end: number) {
    for (let n = 0; n < end; n++) yield n;
  }, 1000);
  const later = runtime.on(1).stream(async function* (end: number) {
    for (let n = 0; n < end; n++) yield await Promise.resolve(n);
  }, 1000);
  const promises = runtime.stream(function* (end: number) {
    for (let n = 0; n < end; n++) yield Promise.resolve(n);
  }, 10);
  assertEquals(
    await Promise.all([sync, later].map((items) => Array.fromAsync(items))),
    [numbers, numbers],
  );
  assertEquals(await Array.fromAsync(promises), numbers.slice(0, 10));
  assertEquals(later.worker, 1);
});

for (const window of [undefined, 1, 2, 3, 100]) {
  const most = window ?? 16;
  Deno.test(
    `stream() runs ahead by at most ${most} items of those that are taken (window: ${window})`,
    {
      timeout,
    },
    async () => {
      await using runtime = await Runtime.start({ workers: 1 });
      const words = newWords();
      const view = window === undefined ? runtime : runtime.with({ window });
      const stream = view.stream(counted, words.buffer);
      await until(words, 0, most);
      for (let taken = 1; taken <= 100; taken++) {
        assertEquals((await stream.next()).value, taken - 1);
        await runtime.spawn(() => {});
        assert(words[0]! <= taken + most);
      }
      await stream.return();
    },
  );
}

Deno.test(
  "stream() that is left early ends its generator, which runs its finally",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = newWords();
    for await (const n of runtime.stream(counted, words.buffer)) {
      if (n === 40) break;
    }
    assertEquals(words[1], 1);
  },
);

Deno.test("stream() that is left early tells its generator by its signal", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const stream = runtime.stream(async function* (buffer: SharedArrayBuffer) {
    const words = new Int32Array(buffer);
    const { signal } = currentTask();
    yield 1;
    await new Promise((end) => signal.addEventListener("abort", end));
    Atomics.store(words, 1, 1);
  }, words.buffer);
  await stream.next();
  await stream.return();
  assertEquals(words[1], 1);
});

Deno.test("stream() that ends before it starts never starts", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const gate = runtime.spawn((buffer: SharedArrayBuffer) => {
    Atomics.wait(new Int32Array(buffer), 1, 0);
  }, words.buffer);
  const stream = runtime.stream(counted, words.buffer);
  const end = stream.return("done");
  Atomics.store(words, 1, 1);
  Atomics.notify(words, 1);
  await gate;
  assertEquals(await end, { value: "done", done: true });
  assertEquals(words[0], 0);
});

Deno.test(
  "TaskStream.return() throws what the generator throws while it ends",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const stream = runtime.stream(function* () {
      try {
        for (;;) yield 1;
      } finally {
        // deno-lint-ignore no-unsafe-finally -- that is what is tested
        throw new RangeError("at the end");
      }
    });
    await stream.next();
    await assertRejects(() => stream.return(), RangeError, "at the end");
    assertEquals(await stream.next(), { value: undefined, done: true });
  },
);

Deno.test("TaskStream.throw() reaches the generator", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const stream = runtime.stream(async function* () {
    try {
      for (;;) yield 1;
    } catch (error) {
      throw new RangeError(`caught ${(error as Error).message}`);
    }
  });
  await stream.next();
  await assertRejects(
    () => stream.throw(new Error("this")),
    RangeError,
    "caught this",
  );
});

Deno.test(
  "stream() throws what its generator throws, after what it has yielded",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const seen: number[] = [];
    await assertRejects(
      async () => {
        const stream = runtime.stream(function* () {
          yield 1;
          yield 2;
          throw new RangeError("third");
        });
        for await (const n of stream) seen.push(n);
      },
      RangeError,
      "third",
    );
    assertEquals(seen, [1, 2]);
  },
);

Deno.test("stream() takes the options of with()", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const endless = async function* () {
    const { signal, name } = currentTask();
    yield name;
    await new Promise((end) => signal.addEventListener("abort", end));
  };
  let first: unknown;
  // On a machine that is busy its time may be up before it yields.
  for (let ms = 50; first === undefined; ms *= 2) {
    const late = runtime.with({ timeout: ms, name: "late" }).stream(endless);
    first = (await late.next().catch(() => undefined))?.value;
    if (first === undefined) continue;
    await assertRejects(() => late.next(), DOMException, `within ${ms} ms`);
    await late.ended;
  }
  assertEquals(first, "late");
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = runtime.with({ signal }).stream(endless);
  await aborted.next();
  controller.abort(new RangeError("enough"));
  await assertRejects(() => aborted.next(), RangeError, "enough");
});

Deno.test("stream() ends with a WorkerLostError when its worker is lost", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const stream = runtime.stream(counted, words.buffer);
  await until(words, 0, 16);
  runtime.on(0).spawn(() => Deno.exit(1)).catch(() => {});
  let count = 0;
  const error = await assertRejects(async () => {
    for await (const _ of stream) count++;
  }, WorkerLostError);
  assert(error.started);
  assert(count <= 24);
  const family = await runtime.link(tap);
  await assertRejects(
    () => Array.fromAsync(family.on(0).die()),
    WorkerLostError,
  );
});

Deno.test("a generator ends when the thread is lost that reads it", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 2 });
  const words = newWords();
  const reader = runtime.on(0).spawn(
    async (source: string, buffer: SharedArrayBuffer) => {
      const counted = (0, eval)(`(${source})`);
      const { runtime } = currentTask();
      await runtime.on(1).stream(counted, buffer).next();
      await new Promise(() => {});
    },
    String(counted),
    words.buffer,
  );
  reader.catch(() => {});
  await until(words, 0, 16);
  runtime.on(0).spawn(() => Deno.exit(1)).catch(() => {});
  await runtime.close();
  assertEquals(words[1], 1);
});

Deno.test("Runtime.close() ends streams, also those that nobody reads on", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 2 });
  const words = newWords();
  const stream = runtime.stream(counted, words.buffer);
  await stream.next();
  // And one that a worker has left open.
  await runtime.spawn(async () => {
    const { runtime } = currentTask();
    await runtime.stream(function* () {
      for (;;) yield 1;
    }).next();
  });
  await runtime.close();
  assertEquals(words[1], 1);
  await assertRejects(async () => {
    for await (const _ of stream);
  }, RuntimeClosedError);
});

Deno.test(
  "a worker that blocks runs no generators, and goes on with them later",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = newWords();
    const stream = runtime.on(0).stream(counted, words.buffer);
    await until(words, 0, 16);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const blocked = runtime.on(0).spawn((buffer: SharedArrayBuffer) => {
      const { runtime } = currentTask();
      const other = runtime.on(1).spawn((buffer: SharedArrayBuffer) => {
        const gate = new Int32Array(buffer);
        Atomics.store(gate, 1, 1);
        Atomics.wait(gate, 0, 0);
      }, buffer);
      other.join();
    }, gate.buffer);
    await until(gate, 1, 1);
    for (let k = 0; k < 16; k++) await stream.next();
    assertEquals(words[0], 16);
    const next = stream.next();
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assertEquals(await next, { value: 16, done: false });
    await blocked;
    await stream.return();
  },
);

Deno.test(
  "stream() throws what is wrong with its function where it is iterated",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const bad = (value: unknown) => value as never;
    await assertRejects(() => runtime.stream(bad(1)).next(), TypeError);
    await assertRejects(
      () => runtime.stream(bad(() => 1)).next(),
      TypeError,
      "iterable",
    );
    await assertRejects(
      () => runtime.stream((_: unknown) => [1], () => {}).next(),
      TypeError,
      "argument 0",
    );
  },
);

Deno.test("methods that are generators are streams, between workers too", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(tap);
  const drops = await runtime.on(0).spawn(
    (family) => Array.fromAsync(family.on(1).slowly(3)),
    family,
  );
  assertEquals(drops, ["drop 0", "drop 1", "drop 2"]);
  const all = await Promise.all(
    family.all().drops(2).map((each) => Array.fromAsync(each)),
  );
  assertEquals(all, [[0, 1], [0, 1]]);
  assertEquals(await Array.fromAsync(family.here.drops(1)), [0]);
});

Deno.test("a stream that nobody reads on does not keep the program alive", {
  timeout,
}, async () => {
  const { code, stdout, stderr } = await runProgram(
    `import { Runtime } from "@kindred/kindred";
    const runtime = await Runtime.start({ workers: 1 });
    const stream = runtime.stream(function* () { for (;;) yield 1; });
    console.log((await stream.next()).value);`,
    { permissions: ["-A"] },
  );
  assertEquals([code, stdout.trim(), stderr], [0, "1", ""]);
});

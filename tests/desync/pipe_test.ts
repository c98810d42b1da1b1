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
  DesyncClosedError,
  DesyncPoisonedError,
  pipe,
  pipeIn,
  type PipeOptions,
  type PipeSource,
} from "../../desync/mod.ts";
import { Channel } from "../../sync/mod.ts";
import { countListeners } from "../support/counted_listeners.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { rest } from "./rest.ts";

const timeout = 20_000;

const add = (n: { value: number }, item: number) => n.value += item;

/** A source that always has another number, and what becomes of it. */
class Endless implements AsyncIterableIterator<number> {
  /** How many were read. */
  read = 0;
  isReturned = false;
  #isReading = false;

  async next(): Promise<IteratorResult<number>> {
    assert(!this.#isReading, "one after the other");
    this.#isReading = true;
    await Promise.resolve();
    this.#isReading = false;
    return { done: false, value: ++this.read };
  }

  return(): Promise<IteratorResult<number>> {
    this.isReturned = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A stream that gives what it is told, and what becomes of it. */
class ToldStream {
  controller!: ReadableStreamDefaultController<number>;
  /** Why it was cancelled. */
  cancelled: unknown = "not cancelled";
  readonly stream: ReadableStream<number> = new ReadableStream({
    start: (controller) => void (this.controller = controller),
    cancel: (reason) => void (this.cancelled = reason),
  });
}

for (const depth of [1, 3, 5]) {
  Deno.test(
    `pipe() of depth ${depth} reads so many items ahead from a source that always has one (D22)`,
    { timeout },
    async () => {
      const source = new Endless();
      const options = depth === 5 ? {} : { depth };
      await using out = pipe(new Desync(0), source, add, options);
      await rest();
      assertStrictEquals(source.read, depth);
      for (let taken = 1; taken <= 20; taken++) {
        await out.next();
        await rest();
        assertStrictEquals(source.read, depth + taken);
      }
      // With takers that wait, there are so many between the source and them.
      const takers = Array.from({ length: 20 }, () => out.next());
      await Promise.all(takers);
      await rest();
      assertStrictEquals(source.read, depth + 40);
    },
  );
}

Deno.test("pipeIn() reads no more than its depth ahead of what is done (D22)", {
  timeout,
}, async () => {
  const source = new Endless();
  const object = new Desync(0);
  const controller = new AbortController();
  const pause = object.suspend();
  const piped = pipeIn(object, source, add, {
    depth: 3,
    signal: controller.signal,
  });
  await rest();
  assertStrictEquals(source.read, 3);
  pause.resume();
  while (source.read < 100) await object.futureSync(() => {});
  controller.abort("enough");
  assertStrictEquals(await piped.catch((reason) => reason), "enough");
  assert(source.isReturned);
});

Deno.test("pipe() leaves a channel full when nobody takes its results (D22)", {
  timeout,
}, async () => {
  const channel = new Channel("i32", { capacity: 1 });
  const [sender, receiver] = [channel.sender(), channel.receiver()];
  await using out = pipe(new Desync(0), receiver, add, { depth: 3 });
  for (let k = 0; k < 4; k++) await sender.sendAsync(k);
  await rest();
  assert(!sender.trySend(5), "full");
  await out.next();
  await sender.sendAsync(5);
  assert(!sender.trySend(6), "full");
});

Deno.test(
  "pipe() carries 100,000 items in a loop (D23)",
  { timeout: 60_000 },
  async () => {
    const object = new Desync(0);
    const out = pipe(object, numbers(100_000), add, { depth: 16 });
    let count = 0;
    for await (const sum of out) {
      count++;
      if (sum !== count * (count + 1) / 2) assertStrictEquals(sum, count);
    }
    assertStrictEquals(count, 100_000);
  },
);

function* numbers(count: number): Generator<number> {
  for (let k = 1; k <= count; k++) yield k;
}

Deno.test(
  "Pipe.return() closes the source, and gives up jobs that have not started (D24)",
  { timeout },
  async () => {
    const source = new Endless();
    const object = new Desync(0);
    const pause = object.suspend();
    const out = pipe(object, source, add);
    await rest();
    const waits = out.next();
    await out.return();
    assert(source.isReturned);
    const over = { done: true, value: undefined } as const;
    assertEquals(await waits, over);
    assertEquals(await out.next(), over);
    pause.resume();
    assertStrictEquals(await object.futureSync((n) => n.value), 0);
  },
);

Deno.test(
  "A loop that is left, a disposal and a stream that is cancelled close the source (D24)",
  { timeout },
  async () => {
    const object = new Desync(0);
    const [left, disposed, cancelled] = [
      new Endless(),
      new Endless(),
      new ToldStream(),
    ];
    for await (const _ of pipe(object, left, add)) break;
    {
      await using _out = pipe(object, disposed, add);
    }
    await pipe(object, cancelled.stream, add).readable.cancel("why");
    assert(!cancelled.stream.locked);
    assert(left.isReturned);
    assert(disposed.isReturned);
    assertStrictEquals(
      cancelled.cancelled,
      undefined,
      "by the end of its reader",
    );
  },
);

Deno.test(
  "Pipe.return() does not wait for a generator that waits for an item (D24)",
  { timeout },
  async () => {
    using unhandled = new UnhandledRejections();
    let isClosed = false;
    const item = Promise.withResolvers<number>();
    const source = (async function* () {
      try {
        yield await item.promise;
      } finally {
        isClosed = true;
        await Promise.reject(new Error("nobody asks any more"));
      }
    })();
    const object = new Desync(0);
    const out = pipe(object, source, add);
    await out.return();
    item.resolve(1);
    await rest();
    assert(isClosed);
    assertStrictEquals(object.sync((n) => n.value), 0, "it came too late");
    assertEquals(unhandled.reasons, []);
  },
);

Deno.test("Pipe.return() is rejected if the source cannot be closed (D24)", {
  timeout,
}, async () => {
  const source = new Endless();
  source.return = () => Promise.reject(new RangeError("cannot"));
  const out = pipe(new Desync(0), source, add);
  await out.next();
  await rest();
  await assertRejects(() => out.return(), RangeError);
  assertStrictEquals((await out.return()).done, true);
});

Deno.test(
  "pipe() gives results before the failure of a job, then that, then the end; those behind do not run",
  { timeout },
  async () => {
    using unhandled = new UnhandledRejections();
    const source = new ToldStream();
    const object = new Desync<number[]>([]);
    const out = pipe(object, source.stream, async (list, item: number) => {
      list.value.push(item);
      await rest();
      if (item === 2) throw new RangeError("two");
      return item;
    });
    for (const item of [1, 2, 3, 4]) source.controller.enqueue(item);
    assertEquals(await out.next(), { done: false, value: 1 });
    await assertRejects(() => out.next(), RangeError, "two");
    assertEquals(await out.next(), { done: true, value: undefined });
    assertInstanceOf(source.cancelled, RangeError);
    const seen = await object.futureSync((list) => list.value);
    assert(!seen.includes(4), "it had not started");
    await rest();
    assertEquals(unhandled.reasons, []);
  },
);

Deno.test(
  "pipe() gives results before the failure of its source, then that, then the end",
  { timeout },
  async () => {
    const sources: PipeSource<number>[] = [
      failing(),
      ReadableStream.from(failing()),
      {
        [Symbol.asyncIterator]: () => {
          let read = 0;
          return {
            next() {
              if (read === 2) throw new RangeError("source");
              return Promise.resolve({ done: false, value: ++read });
            },
          };
        },
      },
      (function* () {
        yield* [1, 2];
        throw new RangeError("source");
      })(),
    ];
    for (const source of sources) {
      const out = pipe(new Desync(0), source, add);
      assertEquals(await out.next(), { done: false, value: 1 });
      assertEquals(await out.next(), { done: false, value: 3 });
      await assertRejects(() => out.next(), RangeError, "source");
      assertStrictEquals((await out.next()).done, true);
    }
    await assertRejects(
      () => pipeIn(new Desync(0), failing(), add),
      RangeError,
      "source",
    );
  },
);

async function* failing(): AsyncGenerator<number> {
  yield* [1, 2];
  await Promise.resolve();
  throw new RangeError("source");
}

Deno.test(
  "A pipe whose signal is aborted gives its reason, and cancels the source with it",
  { timeout },
  async () => {
    for (const isEarly of [true, false]) {
      const controller = new AbortController();
      const options = { signal: controller.signal };
      if (isEarly) controller.abort("stop");
      const [source, intake] = [new ToldStream(), new ToldStream()];
      const object = new Desync(0);
      const out = pipe(object, source.stream, add, options);
      const reasons = Promise.all([
        out.next().catch((reason) => reason),
        pipeIn(object, intake.stream, add, options).catch((reason) => reason),
      ]);
      await rest();
      controller.abort("stop");
      assertEquals(await reasons, ["stop", "stop"]);
      assertEquals([source.cancelled, intake.cancelled], ["stop", "stop"]);
      assertStrictEquals((await out.next()).done, true);
    }
  },
);

Deno.test("A pipe lets go of its signal and of its object at its end", {
  timeout,
}, async () => {
  const object = new Desync(0);
  const { signal } = new AbortController();
  const listeners = countListeners(signal, object.closing);
  await pipeIn(object, [1, 2], add, { signal });
  await assertRejects(() => pipeIn(object, failing(), add, { signal }));
  for await (const _ of pipe(object, [1], add, { signal }));
  for await (const _ of pipe(object, [1, 2, 3], add, { signal })) break;
  assertStrictEquals(listeners(), 0);
});

Deno.test(
  "pipe() on an object that is poisoned or disposed of fails, and its source is cancelled",
  { timeout },
  async () => {
    const poisoned = new Desync(0, { onFailure: "poison" });
    assertThrows(() => poisoned.sync(() => JSON.parse("{")), SyntaxError);
    const told = new ToldStream();
    const out = pipe(poisoned, told.stream, add);
    told.controller.enqueue(1);
    await assertRejects(() => out.next(), DesyncPoisonedError);
    assertInstanceOf(told.cancelled, DesyncPoisonedError);

    const object = new Desync(0);
    const [before, after] = [new ToldStream(), new ToldStream()];
    const pause = object.suspend();
    const early = pipe(object, before.stream, add);
    before.controller.enqueue(1);
    await rest();
    const disposed = object[Symbol.asyncDispose]();
    assertInstanceOf(before.cancelled, DesyncClosedError);
    assertEquals(await early.next(), { done: false, value: 1 }, "was read");
    await assertRejects(() => early.next(), DesyncClosedError);
    await disposed;
    await assertRejects(
      () => pipe(object, after.stream, add).next(),
      DesyncClosedError,
    );
    assertInstanceOf(after.cancelled, DesyncClosedError);
    pause.resume();
  },
);

Deno.test("A stream that fails while it is cancelled breaks nothing else", {
  timeout,
}, async () => {
  using unhandled = new UnhandledRejections();
  const controller = new AbortController();
  const source = new ToldStream();
  const out = pipe(new Desync(0), source.stream, add, {
    signal: controller.signal,
  });
  const next = out.next();
  source.controller.error(new Error("both at once"));
  controller.abort("stop");
  assertStrictEquals(await next.catch((reason) => reason), "stop");
  await rest();
  assertEquals(unhandled.reasons, []);
});

Deno.test(
  "pipe() locks a stream until its end, and awaits promises of a list",
  { timeout },
  async () => {
    const stream = ReadableStream.from([1, 2]);
    const out = pipe(new Desync(0), stream, add);
    assert(stream.locked);
    assertThrows(() => pipe(new Desync(0), stream, add), TypeError);
    for await (const _ of out);
    assert(!stream.locked);
    const sums = [];
    const list = [Promise.resolve(1), Promise.resolve(2)];
    for await (
      const sum of pipe(
        new Desync(0),
        list,
        async (n, item) => n.value += await item,
      )
    ) {
      sums.push(sum);
    }
    assertEquals(sums, [1, 3]);
  },
);

Deno.test(
  "pipe() carries a file to another one, and pipeIn() the body of a request",
  { timeout },
  async () => {
    const [from, to] = [await Deno.makeTempFile(), await Deno.makeTempFile()];
    const bytes = Uint8Array.from({ length: 300_000 }, (_, k) => k * 7);
    try {
      await Deno.writeFile(from, bytes);
      const key = new Desync(1);
      using input = await Deno.open(from);
      const output = await Deno.open(to, { write: true });
      await pipe(
        key,
        input.readable,
        (k, chunk) => chunk.map((b) => b ^ k.value),
      )
        .readable.pipeTo(output.writable);
      assertEquals(await Deno.readFile(to), bytes.map((b) => b ^ 1));

      const received = new Desync(0);
      await using server = Deno.serve(
        { port: 0, onListen() {} },
        async (request) => {
          await pipeIn(received, request.body!, (n, chunk) => {
            n.value += chunk.length;
          });
          return new Response("ok");
        },
      );
      const response = await fetch(`http://localhost:${server.addr.port}`, {
        method: "POST",
        body: bytes,
      });
      assertStrictEquals(await response.text(), "ok");
      assertStrictEquals(received.sync((n) => n.value), bytes.length);
    } finally {
      await Deno.remove(from);
      await Deno.remove(to);
    }
  },
);

Deno.test(
  "Two pipes and other jobs share an object in order",
  { timeout },
  async () => {
    const object = new Desync<string[]>([]);
    const push = (list: { value: string[] }, item: string) =>
      list.value.push(item);
    const piped = pipeIn(object, ["a1", "a2"], push);
    const out = pipe(object, ["b1", "b2"], push);
    object.desync(push, "c");
    await piped;
    for await (const _ of out);
    const seen = object.sync((list) => list.value);
    assertEquals(seen.filter((text) => text[0] === "a"), ["a1", "a2"]);
    assertEquals(seen.filter((text) => text[0] === "b"), ["b1", "b2"]);
    assertStrictEquals(seen.length, 5);
  },
);

Deno.test("pipe() and pipeIn() refuse what they cannot use before they read anything", async () => {
  const object = new Desync(0);
  const source = new Endless();
  type Start = (
    source: PipeSource<number>,
    job: typeof add,
    options?: PipeOptions,
  ) => unknown;
  const starts: Start[] = [
    (...given) => pipe(object, ...given),
    (...given) => pipeIn(object, ...given),
  ];
  for (const start of starts) {
    for (const depth of [0, -1, 1.5, NaN, "5" as unknown as number]) {
      assertThrows(() => start(source, add, { depth }), RangeError);
    }
    const signal = {} as AbortSignal;
    assertThrows(() => start(source, add, { signal }), TypeError);
    const job = 1 as unknown as typeof add;
    assertThrows(() => start(source, job), TypeError);
    for (const none of [1, null, undefined, {}] as unknown as number[][]) {
      assertThrows(() => start(none, add), TypeError);
    }
  }
  assertStrictEquals(source.read, 0);
  await pipeIn(object, [1, 2], add, { depth: Infinity });
  assertStrictEquals(object.sync((n) => n.value), 3);
});

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
  type PipeSource,
} from "../../desync/mod.ts";
import { countListeners } from "../support/counted_listeners.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { add } from "./cases/jobs.ts";
import { Endless } from "./endless.ts";
import { rest } from "./rest.ts";

const timeout = 20_000;

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

async function* failing(): AsyncGenerator<number> {
  yield* [1, 2];
  await Promise.resolve();
  throw new RangeError("source");
}

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

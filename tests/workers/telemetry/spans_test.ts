import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Writer } from "../../../codec/writer.ts";
import { CallObserver } from "../../../workers/telemetry/call_observer.ts";
import { runObserved } from "../../../workers/telemetry/run_observer.ts";
import { streamObserved } from "../../../workers/telemetry/stream_observer.ts";
import { writeTraceContext } from "../../../workers/telemetry/trace_context.ts";
import { FakeTelemetry, type RecordedSpan } from "./fixtures/fake_telemetry.ts";

const CALL = { family: "hits", method: "hit", worker: 0 };
const CALLER = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};
const API = Symbol.for("opentelemetry.js.api.1");

Deno.test("CallObserver does nothing where nothing is registered", () => {
  assertEquals((globalThis as Record<symbol, unknown>)[API], undefined);
  const observer = new CallObserver();
  assertEquals(observer.active, false);
  assertEquals(observer.begin(CALL).context, undefined);
});

Deno.test("CallObserver does nothing where telemetry is not wanted", () => {
  using telemetry = new FakeTelemetry();
  assertEquals(new CallObserver({ telemetry: false }).active, false);
  assertEquals(telemetry.spans, []);
});

Deno.test("CallObserver.begin() starts a span in that of the caller", () => {
  using telemetry = new FakeTelemetry();
  const observer = new CallObserver();
  assert(observer.active);
  const call = telemetry.inSpan("request", () => observer.begin(CALL));
  const [request, span] = telemetry.spans;
  assertEquals(span!.name, "hits.hit");
  assertEquals(span!.kind, 2);
  assertEquals(span!.parent, request!.context);
  assertEquals(span!.attributes, {
    "rpc.system": "kindred",
    "rpc.service": "hits",
    "rpc.method": "hit",
    "kindred.worker": 0,
  });
  assertEquals(call.context, span!.context);
  assertEquals(span!.ended, 0);
  call.done();
  assertEquals([span!.ended, span!.status], [1, undefined]);
});

Deno.test("CallObserver.begin() gives the span the error that ended the call", () => {
  using telemetry = new FakeTelemetry();
  const observer = new CallObserver();
  const task = { family: undefined, method: "resize", worker: undefined };
  observer.begin(task).failed(new RangeError("too large"));
  observer.begin(task).failed("a string");
  const [first, second] = telemetry.spans;
  assertEquals(first!.name, "resize");
  assertEquals(first!.attributes["rpc.service"], undefined);
  assertEquals(first!.status, { code: 2, message: "too large" });
  assertEquals(first!.exceptions, ["RangeError: too large"]);
  assertEquals(second!.status, { code: 2, message: "a string" });
  assertEquals([first!.ended, second!.ended], [1, 1]);
});

Deno.test("CallObserver.watch() settles as the call, and the span with it", async () => {
  using telemetry = new FakeTelemetry();
  const observer = new CallObserver();
  const contexts: unknown[] = [];
  const value = await observer.watch(CALL, (context) => {
    contexts.push(context);
    return Promise.resolve(8);
  });
  assertEquals(value, 8);
  const error = new RangeError("no");
  const failure = observer.watch(CALL, () => Promise.reject(error));
  assert(await assertRejects(() => failure) === error);
  const [first, second] = telemetry.spans;
  assertEquals(contexts, [first!.context]);
  assertEquals([first!.ended, first!.status], [1, undefined]);
  assertEquals([second!.ended, second!.status?.message], [1, "no"]);
});

Deno.test("runObserved() just runs where nothing is registered", () => {
  assertEquals(runObserved(CALL, CALLER, () => 5), 5);
  assertThrows(() =>
    runObserved(CALL, CALLER, () => {
      throw new RangeError("no");
    }), RangeError);
  using _ = new FakeTelemetry("trace");
  assertEquals(runObserved(CALL, CALLER, () => 6), 6);
});

Deno.test("runObserved() runs in a span that continues that of the caller", () => {
  using telemetry = new FakeTelemetry();
  const result = runObserved(CALL, CALLER, () => {
    telemetry.inSpan("inner", () => {});
    return 5;
  });
  assertEquals(result, 5);
  const [run, inner] = telemetry.spans;
  assertEquals(run!.kind, 1);
  assertEquals(run!.parent, { ...CALLER, isRemote: true });
  assertEquals(run!.context.traceId, CALLER.traceId);
  assertEquals(inner!.parent, run!.context);
  assertEquals(run!.ended, 1);
  assertEquals(telemetry.current, undefined);
});

Deno.test("runObserved() works without a context manager", () => {
  using telemetry = new FakeTelemetry("context");
  assertEquals(runObserved(CALL, CALLER, () => 5), 5);
  assertEquals(telemetry.spans[0]!.parent, { ...CALLER, isRemote: true });
  assertEquals(telemetry.spans[0]!.ended, 1);
});

Deno.test("runObserved() ends its span when the promise settles", async () => {
  using telemetry = new FakeTelemetry();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const result = runObserved(CALL, CALLER, () => promise);
  const failure = Promise.withResolvers<number>();
  const failed = runObserved(CALL, CALLER, () => failure.promise);
  const [first, second] = telemetry.spans;
  assertEquals([first!.ended, second!.ended], [0, 0]);
  resolve(7);
  assertEquals(await result, 7);
  assertEquals([first!.ended, first!.status], [1, undefined]);
  failure.reject(new RangeError("late"));
  await assertRejects(() => failed, RangeError);
  assertEquals(second!.ended, 1);
  assertEquals(second!.status, { code: 2, message: "late" });
  reject();
});

Deno.test("runObserved() gives the span what the call throws, and throws it", () => {
  using telemetry = new FakeTelemetry();
  const error = new RangeError("no");
  const thrown = assertThrows(() =>
    runObserved(CALL, CALLER, () => {
      throw error;
    })
  );
  assert(thrown === error);
  assertEquals(telemetry.spans[0]!.ended, 1);
  assertEquals(telemetry.spans[0]!.exceptions, ["RangeError: no"]);
});

/** What a stream reads of what a call returned. */
function iteratorOf(result: unknown): Generator<number, unknown> {
  return (result as Iterable<number>)[Symbol.iterator]() as Generator<
    number,
    unknown
  >;
}

Deno.test("streamObserved() runs all of a generator in one span", () => {
  using telemetry = new FakeTelemetry();
  const items = iteratorOf(streamObserved(CALL, CALLER, function* () {
    telemetry.inSpan("first", () => {});
    yield 1;
    telemetry.inSpan("second", () => {});
    return 2;
  }));
  assertEquals(items.next(), { value: 1, done: false });
  const [run] = telemetry.spans;
  assertEquals([run!.parent, run!.ended], [{ ...CALLER, isRemote: true }, 0]);
  assertEquals(telemetry.current, undefined);
  assertEquals(items.next(), { value: 2, done: true });
  items.next();
  const [, first, second] = telemetry.spans;
  assertEquals([first!.parent, second!.parent], [run!.context, run!.context]);
  assertEquals([run!.ended, run!.status], [1, undefined]);
});

Deno.test("streamObserved() ends its span with a generator that is left early", async () => {
  using telemetry = new FakeTelemetry();
  const results = [function* () {
    yield 1;
  }, async function* () {
    yield 1;
  }, () => ({
    [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }) }),
  })].map((run) => streamObserved(CALL, CALLER, run));
  for (const [at, result] of results.entries()) {
    const items = iteratorOf(result);
    assertEquals(await items.next(), { value: 1, done: false });
    assertEquals(telemetry.spans[at]!.ended, 0);
    assertEquals(await items.return(5), { value: 5, done: true });
    assertEquals(telemetry.spans[at]!.ended, 1);
  }
});

Deno.test("streamObserved() gives the span what the generator throws, or is thrown", async () => {
  using telemetry = new FakeTelemetry();
  const failure = new RangeError("no");
  const fails = [function* () {
    yield 1;
    throw failure;
  }, async function* () {
    yield 1;
    throw failure;
  }];
  for (const [at, run] of fails.entries()) {
    const items = iteratorOf(streamObserved(CALL, CALLER, run));
    await items.next();
    assertEquals(telemetry.spans[at]!.ended, 0);
    const error = await assertRejects(async () => await items.next());
    assert(error === failure);
    // It has ended: what comes later is not added.
    await assertRejects(async () => await items.throw(failure));
    assertEquals(telemetry.spans[at]!.exceptions, ["RangeError: no"]);
    assertEquals(telemetry.spans[at]!.ended, 1);
  }
  const { spans } = telemetry;
  const caught = iteratorOf(streamObserved(CALL, CALLER, function* () {
    try {
      yield 1;
    } catch (error) {
      return error;
    }
    return undefined;
  }));
  caught.next();
  assertEquals(caught.throw(failure), { value: failure, done: true });
  assertEquals([spans[2]!.ended, spans[2]!.status], [1, undefined]);
  // It has ended: what comes later is not added.
  assertThrows(() => caught.throw(failure), RangeError);
  assertEquals([spans[2]!.ended, spans[2]!.exceptions], [1, []]);
  const plain = iteratorOf(streamObserved(CALL, CALLER, () => [1, 2]));
  assert(assertThrows(() => plain.throw(failure)) === failure);
  assertEquals(spans[3]!.exceptions, ["RangeError: no"]);
});

Deno.test("streamObserved() just runs where nothing is registered", () => {
  const items = [1, 2];
  assert(streamObserved(CALL, CALLER, () => items) === items);
});

Deno.test("streamObserved() ends its span where there is nothing to iterate", async () => {
  using telemetry = new FakeTelemetry();
  assertEquals(streamObserved(CALL, CALLER, () => 5), 5);
  const items = [1];
  assert(
    await streamObserved(CALL, CALLER, () => Promise.resolve(items)) === items,
  );
  assertEquals(telemetry.spans.map(({ ended }) => ended), [1, 1]);
});

Deno.test("A trace goes on in a worker", { timeout: 60_000 }, async () => {
  using telemetry = new FakeTelemetry();
  const observer = new CallObserver();
  const call = telemetry.inSpan("request", () => observer.begin(CALL));
  const out = new Writer(64);
  writeTraceContext(out, call.context!);
  const url = new URL("fixtures/traced_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  try {
    worker.postMessage(out.bytes.slice(0, out.byteLength));
    const { result, spans } = await new Promise<
      { result: number; spans: RecordedSpan[] }
    >((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
    call.done();
    assertEquals(result, 42);
    const [request, here] = telemetry.spans;
    const [run, inner] = spans;
    assertEquals(run!.parent, { ...here!.context, isRemote: true });
    assertEquals(inner!.parent, run!.context);
    assertEquals(inner!.context.traceId, request!.context.traceId);
    assertEquals(run!.ended, 1);
  } finally {
    worker.terminate();
  }
});

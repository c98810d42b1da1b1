import { assert, assertEquals, assertRejects } from "@std/assert";
import { Runtime } from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";
import {
  FakeTelemetry,
  type RecordedSpan,
} from "../telemetry/fixtures/fake_telemetry.ts";
import { observed } from "./fixtures/observed_family.ts";

const timeout = 60_000;
const program = new URL("fixtures/counted_program.ts", import.meta.url);
const inline = new URL("fixtures/inline_program.ts", import.meta.url);

Deno.test("Runtime.stats() counts calls and tasks, with threads and inline", {
  timeout,
}, async () => {
  for (const permissions of [["-A"], []]) {
    const { code, stdout, stderr } = await runProgram({ file: program }, {
      permissions,
    });
    assertEquals(code, 0, stderr);
    const { mode, between, total, starter, workers } = JSON.parse(stdout);
    assertEquals(mode, permissions.length === 0 ? "inline" : "threads");
    const { started, done, failed, cancelled, lost, running, queued } =
      between.run;
    assertEquals(
      { started, done, failed, cancelled, lost, running, queued },
      {
        started: 107,
        done: 104,
        failed: 2,
        cancelled: 1,
        lost: 0,
        running: 0,
        queued: 0,
      },
      mode,
    );
    assertEquals(between.calls, { made: 107, settled: 107 });
    // Linking is no call.
    assertEquals(total.calls, { made: 107, settled: 107 });
    assertEquals(starter.calls.made, 107);
    assertEquals(workers.length, 1);
    assert(between.runTimes.count > 0 && between.runTimes.count <= 107);
    assert(between.latencies.count > 0 && between.latencies.count <= 107);
    if (mode === "inline") continue;
    assert(starter.mail.framesOut >= 107);
    assert(starter.mail.bytesIn > 0);
    assertEquals(workers[0].mail.framesIn, starter.mail.framesOut);
    assertEquals(workers[0].mail.bytesOut, starter.mail.bytesIn);
    const { sleeps, wokenByMessage, wokenByWord } = workers[0].waits;
    assert(wokenByMessage > 0 && wokenByMessage + wokenByWord <= sleeps);
  }
});

Deno.test(
  "Runtime.stats() tells what runs and what waits",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(observed);
    const waiting = family.on(0).wait();
    const latch = new Int32Array(new SharedArrayBuffer(4));
    const blocks = family.on(0).block(latch.buffer);
    const queued = [1, 2, 3].map(() => family.on(0).value());
    // Until the worker blocks.
    while (Atomics.load(latch, 0) === 0) {
      await new Promise((r) => setTimeout(r, 1));
    }
    const { run } = runtime.stats().workers[0]!;
    assertEquals([run.running, run.queued], [2, 3]);
    Atomics.store(latch, 0, 2);
    Atomics.notify(latch, 0);
    await Promise.all([blocks, ...queued, family.on(0).go()]);
    await waiting;
    const after = runtime.stats().workers[0]!.run;
    assertEquals([after.running, after.queued, after.done], [0, 0, 6]);
  },
);

Deno.test("Runtime.stats() counts what was lost with a worker, and goes on", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(observed);
  for (let k = 1; k <= 3; k++) {
    await family.on(0).value();
    await assertRejects(() => family.on(0).end());
    await family.on(0).value();
    const { run } = runtime.stats().workers[0]!;
    assertEquals([run.done, run.lost, run.running], [2 * k, k, 0]);
  }
  const { made, settled } = runtime.stats().starter.calls;
  assertEquals([made, settled], [9, 9]);
});

Deno.test(
  "Runtime.stats() counts the calls of workers",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(observed);
    assertEquals(await family.on(0).callOther(family), 5);
    const [first, second] = runtime.stats().workers;
    assertEquals([first!.run.done, second!.run.done], [1, 1]);
    assertEquals([first!.calls.made, first!.calls.settled], [1, 1]);
  },
);

Deno.test("Runtime.stats() is there after the end", { timeout }, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(observed);
  await family.on(0).value();
  await runtime.close();
  assertEquals(runtime.stats().total.run.done, 1);
  assertEquals(runtime.stats().total.run.running, 0);
});

Deno.test(
  "Runtime.mark() shows calls and tasks in the timeline while it is held",
  {
    timeout,
  },
  async () => {
    const named = (name: string) => performance.getEntriesByName(name).length;
    performance.clearMeasures();
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(observed);
    await family.on(0).value();
    {
      using _marks = runtime.mark();
      await family.on(0).value();
      await assertRejects(() => family.on(0).fail());
      await runtime.spawn(function double(n: number) {
        return 2 * n;
      }, 4);
    }
    await family.on(0).value();
    assertEquals(named("kindred:observed.value"), 1);
    assertEquals(named("kindred:observed.fail"), 1);
    assertEquals(named("kindred:double"), 1);
    performance.clearMeasures();
    await using marked = await Runtime.start({ workers: 1, marks: true });
    await marked.spawn(function triple(n: number) {
      return 3 * n;
    }, 4);
    assertEquals(named("kindred:triple"), 1);
    performance.clearMeasures();
  },
);

Deno.test("Runtime.start() refuses options of observability of another type", async () => {
  for (const bad of [1, "yes", null, {}]) {
    for (const option of ["marks", "telemetry"]) {
      await assertRejects(
        () => Runtime.start({ [option]: bad as never }),
        TypeError,
      );
    }
  }
});

Deno.test(
  "calls and tasks are traced, and go on in the worker",
  { timeout },
  async () => {
    using telemetry = new FakeTelemetry();
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(observed);
    const call = telemetry.inSpan("request", () => family.on(0).value());
    assertEquals(await call, 5);
    await assertRejects(() => family.on(0).fail(), RangeError);
    const task = runtime.with({ name: "sum" }).spawn(
      (a: number, b: number) => a + b,
      1,
      2,
    );
    assertEquals(await task, 3);
    const here = new Map(telemetry.spans.map((span) => [span.name, span]));
    const there = new Map(
      (await family.on(0).spans() as RecordedSpan[]).map((span) => [
        span.name,
        span,
      ]),
    );
    for (const name of ["observed.value", "observed.fail", "sum"]) {
      const [client, server] = [here.get(name)!, there.get(name)!];
      assertEquals(server.parent, { ...client.context, isRemote: true }, name);
      assertEquals([client.kind, server.kind], [2, 1]);
      assertEquals([client.ended, server.ended], [1, 1]);
    }
    assertEquals(
      here.get("observed.value")!.parent,
      here.get("request")!.context,
    );
    assertEquals(here.get("observed.fail")!.status?.message, "no");
    assertEquals(there.get("observed.fail")!.status?.message, "no");
    assertEquals(telemetry.callbacks.size, 1);
    telemetry.collect();
    const done = telemetry.value("kindred.tasks", {
      "kindred.worker": 0,
      "kindred.outcome": "done",
    });
    assertEquals(done, 3);
    await runtime.close();
    assertEquals(telemetry.callbacks.size, 0);
  },
);

Deno.test("nothing is traced with telemetry: false", { timeout }, async () => {
  using telemetry = new FakeTelemetry();
  await using runtime = await Runtime.start({ workers: 1, telemetry: false });
  const family = await runtime.link(observed);
  await family.on(0).value();
  await runtime.spawn(() => 5);
  assertEquals(telemetry.spans, []);
  assertEquals(telemetry.callbacks.size, 0);
});

Deno.test("Runtime.stats() keeps what workers did that were let go", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  // More than one only where there are as many processors.
  const size = await runtime.resize(2).then(() => 2, () => 1);
  const family = await runtime.link(observed);
  for (let k = 0; k < size; k++) await family.on(k).value();
  await runtime.resize(1);
  const { total, workers } = runtime.stats();
  assertEquals([total.run.done, workers.length], [size, size]);
});

Deno.test("stats, marks and traces are the same inline", {
  timeout,
}, async () => {
  const { code, stdout, stderr } = await runProgram({ file: inline });
  assertEquals(code, 0, stderr);
  const { mode, spans, measures, done, workers } = JSON.parse(stdout) as {
    mode: string;
    spans: RecordedSpan[];
    measures: string[];
    done: number;
    workers: number;
  };
  assertEquals(mode, "inline");
  const names = [
    "observed.value",
    "observed.fail",
    "sum",
    "observed.count",
    "upTo",
    "one",
  ];
  assertEquals(measures, names.map((name) => `kindred:${name}`));
  assertEquals([done, workers], [4, 2]);
  for (const name of names) {
    const [client, server] = spans.filter((span) => span.name === name);
    assertEquals([client!.kind, server!.kind], [2, 1], name);
    assertEquals(server!.parent, { ...client!.context, isRemote: true });
    assertEquals([client!.ended, server!.ended], [1, 1]);
  }
});

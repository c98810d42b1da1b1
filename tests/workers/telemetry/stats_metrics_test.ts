import { assertAlmostEquals, assertEquals } from "@std/assert";
import { StatsLedger } from "../../../workers/stats/stats_ledger.ts";
import { StatsTable } from "../../../workers/stats/stats_table.ts";
import { StatsMetrics } from "../../../workers/telemetry/stats_metrics.ts";
import { withClock } from "../stats/clock.ts";
import { FakeTelemetry } from "./fixtures/fake_telemetry.ts";

function newRuntime() {
  const table = StatsTable.allocate(3);
  const ledger = new StatsLedger(table);
  ledger.occupied(0);
  ledger.occupied(1, 0);
  ledger.occupied(2, 1);
  const [starter, first, second] = [0, 1, 2].map((k) => table.recorder(k));
  const read = () =>
    ledger.stats({
      starter: 0,
      workers: [{ slot: 1, held: 0 }, { slot: 2, held: 3 }],
      injected: 4,
      generationOf: () => 1,
    });
  return { starter: starter!, first: first!, second: second!, read };
}

Deno.test("StatsMetrics.start() does nothing where nothing is registered", () => {
  const { read } = newRuntime();
  assertEquals(StatsMetrics.start(read), undefined);
  using _ = new FakeTelemetry("metrics");
  assertEquals(StatsMetrics.start(read), undefined);
});

Deno.test("StatsMetrics shows the stats of each worker when it is asked", () => {
  using telemetry = new FakeTelemetry();
  const { first, second, starter, read } = newRuntime();
  using _ = StatsMetrics.start(read)!;
  for (let k = 0; k < 3; k++) first.done(first.started());
  second.failed(second.started());
  second.started();
  starter.settled(starter.called());
  starter.frameOut(100);
  second.wokenByMessage();
  telemetry.collect();
  const value = telemetry.value.bind(telemetry);
  const tasks = (worker: number, outcome: string) =>
    value("kindred.tasks", {
      "kindred.worker": worker,
      "kindred.outcome": outcome,
    });
  assertEquals([tasks(0, "done"), tasks(0, "failed")], [3, 0]);
  assertEquals([tasks(1, "done"), tasks(1, "failed")], [0, 1]);
  assertEquals(value("kindred.tasks.running", { "kindred.worker": 1 }), 1);
  assertEquals(value("kindred.tasks.queued", { "kindred.worker": 1 }), 3);
  assertEquals(value("kindred.tasks.queued", {}), 4);
  assertEquals(value("kindred.calls", {}), 1);
  assertEquals(
    value("kindred.mail.bytes", { "kindred.direction": "out" }),
    100,
  );
  assertEquals(
    value("kindred.wake_ups", { "kindred.worker": 1, "kindred.by": "message" }),
    1,
  );
  first.done(first.started());
  telemetry.collect();
  assertEquals(tasks(0, "done"), 4);
});

Deno.test("StatsMetrics shows the quantiles of the time since it was asked", () => {
  using telemetry = new FakeTelemetry();
  withClock((clock) => {
    const { first, starter, read } = newRuntime();
    using _ = StatsMetrics.start(read)!;
    const median = () =>
      telemetry.value("kindred.tasks.run_time", {
        "kindred.worker": 0,
        quantile: 0.5,
      });
    const run = (time: number) => {
      const ticket = first.started();
      clock.now += time;
      first.done(ticket);
    };
    run(10_000);
    const call = starter.called();
    clock.now += 1000;
    starter.settled(call);
    telemetry.collect();
    assertAlmostEquals(median()!, 10, 10 / 16);
    const latency = telemetry.value("kindred.calls.latency", {
      quantile: 0.99,
    });
    assertAlmostEquals(latency!, 1, 1 / 16);
    run(100);
    telemetry.collect();
    assertAlmostEquals(median()!, 0.1, 0.1 / 16);
    telemetry.collect();
    assertEquals(median(), undefined);
  });
});

Deno.test("StatsMetrics shows the batches of workers and of the starting thread", () => {
  using telemetry = new FakeTelemetry();
  const { first, starter, read } = newRuntime();
  using _ = StatsMetrics.start(read)!;
  const worker = { "kindred.worker": 0 };
  const value = (name: string, attributes = {}) =>
    telemetry.value(`kindred.batches${name}`, attributes);
  first.bounded(16, 64, 2e6);
  first.bounded(8, 64, undefined);
  starter.bounded(3, 4, undefined);
  telemetry.collect();
  assertEquals([value("", worker), value(".tasks", worker)], [2, 24]);
  assertEquals([value(""), value(".tasks"), value(".fill")], [1, 3, 0.75]);
  assertEquals(value(".fill", worker), 24 / 128);
  const quantile = 0.5;
  assertEquals(value(".size", { ...worker, quantile }), 8);
  assertAlmostEquals(value(".wait", { ...worker, quantile })!, 2e-3, 1e-4);
  assertEquals(value(".wait", { quantile }), undefined);
  first.bounded(64, 64, undefined);
  telemetry.collect();
  assertEquals([value("", worker), value(".fill", worker)], [3, 1]);
  assertEquals([value(""), value(".fill")], [1, undefined]);
});

Deno.test("StatsMetrics is asked no longer once it is disposed", () => {
  using telemetry = new FakeTelemetry();
  const { read } = newRuntime();
  const metrics = StatsMetrics.start(read)!;
  assertEquals(telemetry.callbacks.size, 1);
  metrics[Symbol.dispose]();
  assertEquals(telemetry.callbacks.size, 0);
});

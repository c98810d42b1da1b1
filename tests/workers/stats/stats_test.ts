import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { withClock } from "./clock.ts";
import { newRuntime } from "./counted_runtime.ts";

Deno.test("Stats.since() gives what was counted in between", () => {
  const { workers: [worker], starter, read } = newRuntime(1);
  for (let k = 0; k < 3; k++) worker!.done(worker!.started());
  starter.frameOut(10);
  const before = read();
  for (let k = 0; k < 5; k++) worker!.done(worker!.started());
  worker!.failed(worker!.started());
  worker!.started();
  starter.frameOut(30);
  const after = read();
  const { total, starter: mine, elapsed } = after.since(before);
  assertEquals(total.run.done, 5);
  assertEquals(total.run.failed, 1);
  assertEquals(total.run.started, 7);
  assertEquals(total.run.running, 1);
  assertEquals(mine.mail.bytesOut, 30);
  assert(total.runTimes.count <= 6);
  assert(elapsed >= 0 && elapsed < after.elapsed);
  const nothing = after.since(after);
  assertEquals(nothing.total.run.done, 0);
  assertEquals(nothing.total.runTimes.count, 0);
  assertEquals(nothing.total.run.running, 1);
  assertEquals(nothing.elapsed, 0);
});

Deno.test("Stats.since() does not know longer times than those in between", () => {
  withClock((clock) => {
    const { workers: [worker], read } = newRuntime(1);
    const run = (time: number) => {
      const ticket = worker!.started();
      clock.now += time;
      worker!.done(ticket);
    };
    run(5000);
    const before = read();
    run(100);
    run(1);
    const { runTimes } = read().since(before).total;
    assertEquals(runTimes.count, 2);
    assert(runTimes.max >= 100 && runTimes.max < 113);
    assertAlmostEquals(runTimes.mean, 50.5, 1e-3);
    assertEquals(read().total.runTimes.max, 5000);
  });
});

Deno.test("Stats.since() counts workers that came meanwhile from 0", () => {
  const { come, read } = newRuntime(1);
  const before = read();
  const worker = come();
  worker.done(worker.started());
  assertEquals(read(2).since(before).total.run.done, 1);
  assertEquals(before.workers.length, 1);
});

Deno.test("Stats keep what workers did that were let go", () => {
  const { workers: [first, last], read } = newRuntime(2);
  for (const worker of [first!, last!]) worker.done(worker.started());
  const { workers, total } = read(1);
  assertEquals(workers.map(({ run }) => run.done), [1, 1]);
  assertEquals(total.run.done, 2);
});

Deno.test("Stats.since() throws for what is not earlier, of another runtime, or no stats", () => {
  const { read } = newRuntime(1);
  const before = read();
  const after = read();
  const other = newRuntime(1).read();
  assertThrows(() => before.since(after), RangeError);
  assertThrows(() => after.since(other), RangeError);
  assertThrows(() => other.since(after), RangeError);
  assertThrows(() => after.since(before).since(before), RangeError);
  assertThrows(() => after.since(after.since(before)), RangeError);
  for (
    const bad of [undefined, null, 5, {}, JSON.parse(JSON.stringify(before))]
  ) {
    assertThrows(() => after.since(bad), TypeError);
  }
});

Deno.test("Stats do not change any more", () => {
  const { workers: [worker], read } = newRuntime(1);
  const stats = read();
  worker!.done(worker!.started());
  assertEquals(stats.total.run.done, 0);
  assertThrows(() => {
    (stats as { elapsed: number }).elapsed = 1;
  }, TypeError);
  assertThrows(() => {
    (stats.workers as unknown[]).push(1);
  }, TypeError);
  assertThrows(() => {
    (stats.total.run as { done: number }).done = 1;
  }, TypeError);
});

Deno.test("Stats.toJSON() has all numbers, in all and of each thread", () => {
  const { workers, read } = newRuntime(2);
  workers[0]!.done(workers[0]!.started());
  workers[1]!.failed(workers[1]!.started());
  const stats = read();
  const json = JSON.parse(JSON.stringify(stats));
  assertEquals(json, JSON.parse(JSON.stringify(stats.toJSON())));
  assertEquals(json.total.run.started, 2);
  assertEquals(json.total.runTimes.count, 2);
  assertEquals(json.workers.map(({ worker }: { worker: number }) => worker), [
    0,
    1,
  ]);
  assertEquals(json.workers[1].run.failed, 1);
  assertEquals(json.starter.worker, null);
  assertEquals(json.starter.latencies.p99, null);
  assert(Math.abs(json.time - Date.now()) < 60_000);
});

Deno.test("Stats.toString() is a table with a line for each thread", () => {
  const { workers, starter, read } = newRuntime(2);
  for (let k = 0; k < 42; k++) workers[1]!.done(workers[1]!.started());
  starter.frameOut(5 * 1024 ** 2);
  starter.bounded(16, 64, undefined);
  const lines = String(read()).split("\n");
  assertEquals(lines.length, 6);
  const [, header, first, second, mine, all] = lines;
  assertStringIncludes(header!, "done");
  assert(/^worker 0 +0 /.test(first!));
  assert(/^worker 1 +42 /.test(second!));
  assertStringIncludes(mine!, "5 MiB");
  assert(/ 1 +16\/16\/16 /.test(mine!));
  assert(/^in all +42 /.test(all!));
  // Columns end where their heads end.
  const end = header!.indexOf("done") + "done".length;
  assertEquals(second!.slice(end - 2, end), "42");
});

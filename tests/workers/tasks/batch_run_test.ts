import { assert, assertEquals } from "@std/assert";
import type { AnyFunction } from "../../../workers/functions/portable.ts";
import { type BatchPort, runBatch } from "../../../workers/tasks/batch_run.ts";
import { withClock } from "../stats/clock.ts";

/** A port that notes what it is told; `ended` resolves with the last of that. */
function notes(): {
  port: BatchPort & { isGivenUp: boolean };
  log: unknown[];
  ended: Promise<void>;
} {
  const log: unknown[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const port = {
    isGivenUp: false,
    enter: <R>(run: () => R) => run(),
    done: ({ values }: { values: readonly unknown[] }) => {
      log.push(["done", ...values]);
      resolve();
    },
    part: (index: number, value: unknown) => {
      if (typeof value === "symbol") throw new TypeError("not portable");
      log.push(["part", index, value]);
    },
    stop: (error: unknown) => void log.push(["stop", String(error)]),
    failed: (error: unknown) => {
      log.push(["failed", String(error)]);
      resolve();
    },
  };
  return { port, log, ended };
}

/** Starts all items, however long this thread has to wait for a processor. */
function runAll(
  run: AnyFunction,
  items: readonly unknown[],
  port: BatchPort,
): void {
  withClock(() => runBatch(run, items, port));
}

const later = (value: unknown, ms: number) =>
  new Promise((resolve) => setTimeout(() => resolve(value), ms));

Deno.test("runBatch() gives the results of all items, together", async () => {
  await later(0, 0); // the first timer takes longer than a batch may
  for (const run of [(n: number) => 2 * n, (n: number) => later(2 * n, 0)]) {
    const { port, log, ended } = notes();
    runAll(run, [1, 2, 3], port);
    await ended;
    if (log.length === 1) assertEquals(log, [["done", 2, 4, 6]]);
    else { // a timer of 0 ms may come after 1 ms
      const told = log.flatMap((line) => (line as unknown[]).slice(-1));
      assertEquals(new Set(told), new Set([2, 4, 6]));
    }
  }
});

Deno.test("runBatch() starts no more once an item took long, or nobody waits", async () => {
  const slow = (n: number) => {
    const end = performance.now() + (n === 2 ? 3 : 0);
    while (performance.now() < end);
    return n;
  };
  const one = notes();
  runBatch(slow, [2, 1, 3], one.port);
  await one.ended;
  assertEquals(one.log, [["done", 2]]);
  const two = notes();
  const run = (n: number) => {
    two.port.isGivenUp = n === 2;
    return n;
  };
  runBatch(run, [2, 1], two.port);
  assertEquals(two.log, [["done", 2]]);
});

Deno.test("runBatch() tells results that came while others take long, and goes on", async () => {
  const { port, log, ended } = notes();
  let go!: (value: string) => void;
  const slow = new Promise((resolve) => go = resolve);
  runAll((n: number) => n === 1 ? slow : n, [0, 1, 2], port);
  await later(0, 10);
  assertEquals(log, [["part", 0, 0], ["part", 2, 2]]);
  go("at last");
  await ended;
  assertEquals(log.at(-1), ["done", "at last"]);
});

Deno.test("runBatch() that fails waits for all that was started, and tells it to end", async () => {
  const { port, log, ended } = notes();
  let hasEnded = false;
  let tell!: () => void;
  const told = new Promise<void>((resolve) => tell = resolve);
  const first = told.then(() => hasEnded = true);
  const stop = port.stop;
  port.stop = (error) => {
    stop(error);
    tell();
  };
  runAll(
    (n: number) => {
      if (n === 1) throw new RangeError("one");
      return first;
    },
    [0, 1, 2],
    port,
  );
  await ended;
  assert(hasEnded);
  assertEquals(log, [["stop", "RangeError: one"], [
    "failed",
    "RangeError: one",
  ]]);
});

Deno.test("runBatch() fails with a rejection, and with what cannot be sent", async () => {
  const one = notes();
  const rejected = () => Promise.reject(new RangeError("no"));
  runAll(rejected, [1, 2], one.port);
  await one.ended;
  assertEquals(one.log, [["stop", "RangeError: no"], [
    "failed",
    "RangeError: no",
  ]]);
  const two = notes();
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  two.port.stop = () => tell();
  runAll((n: number) => n === 0 ? Symbol() : told, [0, 1], two.port);
  await two.ended;
  assertEquals(two.log.at(-1), ["failed", "TypeError: not portable"]);
  const three = notes();
  runBatch(
    () => {
      throw new RangeError("at once");
    },
    [1],
    three.port,
  );
  assertEquals(three.log, [["failed", "RangeError: at once"]]);
});

import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Desync } from "../../desync/mod.ts";
import { AfterStep } from "../../desync/after_step.ts";
import { JobLine } from "../../desync/job_line.ts";
import { DeadlockError } from "../../sync/mod.ts";
import { isSettled } from "../batching/echo.ts";
import { rest } from "./rest.ts";

const timeout = 20_000;

/** A job that lasts until it is let go. */
function held(): { job: () => Promise<void>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { job: () => promise, end: resolve };
}

Deno.test("Desync.sync() and join() run here what nobody else would while the thread is blocked (D14)", () => {
  const object = new Desync<number[]>([]);
  const future = object.futureDesync((o) => o.value.push(1));
  object.desync((o) => o.value.push(2));
  assertStrictEquals(future.join(), 1, "and not those behind it");
  assertEquals(object.sync((o) => [...o.value]), [1, 2]);
});

Deno.test("Desync.sync() runs before the jobs that are asked for while it makes way", () => {
  const object = new Desync<string[]>([]);
  object.desync((o) => {
    o.value.push("first");
    object.desync((o) => o.value.push("asked for later"));
  });
  assertStrictEquals(object.sync((o) => o.value.push("sync")), 2);
  assertEquals(object.sync((o) => o.value), [
    "first",
    "sync",
    "asked for later",
  ]);
});

Deno.test("Desync.sync() makes way once, also where `onError` does the same (D18)", () => {
  const object: Desync<string[]> = new Desync<string[]>([], {
    onError: (error) => object.sync((o) => o.value.push(`${error}`)),
  });
  object.desync(() => {
    throw new Error("first");
  });
  object.desync((o) => o.value.push("second"));
  assertStrictEquals(object.sync((o) => o.value.push("third")), 3);
  assertEquals(object.sync((o) => o.value), [
    "second",
    "Error: first",
    "third",
  ]);
});

Deno.test("Desync.after() is woken by what happens elsewhere (D14)", {
  timeout,
}, async () => {
  const object = new Desync(0);
  const timer = new Promise<number>((resolve) =>
    setTimeout(() => resolve(1), 1)
  );
  assertStrictEquals(await object.after(timer, (o, n) => o.value += n), 1);
});

Deno.test("Desync.sync() passes suspensions that are over (D16)", () => {
  const object = new Desync(1);
  object.suspend().resume();
  assertStrictEquals(object.sync((o) => o.value), 1);
});

Deno.test("JobLine.sync() passes after() where the promise is settled already", async () => {
  const line = new JobLine([], {});
  const results: unknown[] = [];
  const push = (result: unknown) => results.push(result);
  const steps = [
    new AfterStep(line, Promise.resolve("settled"), push, []),
    new AfterStep(line, Promise.reject("rejected"), push, []),
  ];
  for (const step of steps) step.resolves((result) => results.push(result));
  await rest();
  for (const step of steps) line.add(step);
  line.sync(push, ["sync"]);
  const [settled, length, rejected, last] = results;
  assertEquals([settled, length, last], ["settled", 1, "sync"]);
  assertStrictEquals(
    await (rejected as Promise<never>).catch((reason) => reason),
    "rejected",
  );
});

Deno.test("Desync: jobs may ask for jobs of their own object, but not wait for them (D25)", async () => {
  const object = new Desync<string[]>([]);
  const waits = object.futureDesync((o) => o.value.push("future"));
  object.sync((o) => {
    object.desync((o) => o.value.push("asked for inside"));
    assertThrows(() => object.sync((o) => o.value), DeadlockError);
    const inside = object.futureDesync(() => {});
    assertThrows(() => inside.join(), DeadlockError);
    assertEquals(object.trySync((o) => o.value), { state: "busy" });
    o.value.push("sync");
  });
  object.desync(async (o) => {
    await Promise.resolve();
    assertThrows(() => object.sync((o) => o.value), DeadlockError);
    o.value.push("later");
  });
  await waits;
  assertEquals(await object.futureSync((o) => o.value), [
    "future",
    "sync",
    "asked for inside",
    "later",
  ]);
});

Deno.test("Desync.sync() in a cycle of objects is a DeadlockError of the one that closes it (D25)", () => {
  const [a, b] = [new Desync(1), new Desync(2)];
  const seen = a.sync((x) =>
    b.sync((y) => {
      assertThrows(() => a.sync((x) => x.value), DeadlockError);
      return x.value + y.value;
    })
  );
  assertStrictEquals(seen, 3);
});

Deno.test("Desync.sync() behind a job that waits for a promise is a DeadlockError, and does not run (D25)", async () => {
  const object = new Desync<string[]>([]);
  const { job, end } = held();
  object.desync((o) => o.value.push("before"));
  object.desync(job);
  const behind = object.futureDesync((o) => o.value.push("behind"));
  assertThrows(() => object.sync((o) => o.value.push("sync")), DeadlockError);
  assertThrows(() => object.sync((o) => o.value.push("sync")), DeadlockError);
  assertThrows(() => behind.join(), DeadlockError);
  end();
  assertStrictEquals(await behind, 2);
  assertEquals(object.sync((o) => o.value), ["before", "behind"]);
});

Deno.test("Desync.sync() of a job that returns a promise is a DeadlockError, and the job holds the object (D25)", async () => {
  const errors: unknown[] = [];
  const object = new Desync(0, { onError: (error) => errors.push(error) });
  for (const door of ["sync", "trySync"] as const) {
    const { promise, reject } = Promise.withResolvers<void>();
    assertThrows(() => object[door](() => promise), DeadlockError);
    const next = object.futureSync(() => {});
    assert(!await isSettled(next));
    reject(door);
    await next;
  }
  assertEquals(errors, ["sync", "trySync"]);
});

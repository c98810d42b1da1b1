import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Desync } from "../../desync/mod.ts";
import { isSettled } from "../batching/echo.ts";
import { rest } from "./rest.ts";

/** A job that lasts until it is let go. */
function held(): { job: () => Promise<void>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { job: () => promise, end: resolve };
}

Deno.test("Desync.sync() may write to variables of its caller (D1)", () => {
  const object = new Desync("text");
  let length = 0;
  object.sync((o) => {
    length = o.value.length;
  });
  assertStrictEquals(length, 4);
});

Deno.test("Desync: only sync() and trySync() run a job before they return", async () => {
  const object = new Desync(0);
  const started: string[] = [];
  object.desync(() => void started.push("desync"));
  void object.futureSync(() => void started.push("futureSync"));
  void object.futureDesync(() => void started.push("futureDesync"));
  void object.after(Promise.resolve(), () => void started.push("after"));
  assertEquals(started, []);
  await rest();
  assertEquals(started, ["desync", "futureSync", "futureDesync", "after"]);
});

Deno.test("SyncFuture.cancel() tells a job that runs, and the next one waits until it ends (D7)", async () => {
  const object = new Desync<string[]>([]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const future = object.futureSync(async (o) => {
    o.signal.addEventListener("abort", () => o.value.push(o.signal.reason));
    await promise;
    o.value.push("end");
  });
  const next = object.futureSync((o) => {
    assert(!o.signal.aborted, "the signal is that of another job");
    return o.value.push("next");
  });
  await rest();
  assert(future.cancel("told"));
  assertStrictEquals(await future.catch((reason) => reason), "told");
  assert(!await isSettled(next));
  resolve();
  assertStrictEquals(await next, 3);
  assertEquals(object.sync((o) => o.value), ["told", "end", "next"]);
});

Deno.test("Desync.trySync() is busy while a job waits for its turn or for a promise (D12)", async () => {
  const object = new Desync(1);
  const { job, end } = held();
  object.desync(job);
  assertEquals(object.trySync((o) => o.value = 2), { state: "busy" });
  await rest();
  assertEquals(object.trySync((o) => o.value = 2), { state: "busy" });
  end();
  await rest();
  assertEquals(object.trySync((o) => o.value), { state: "ok", value: 1 });
});

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Desync } from "../../desync/mod.ts";
import { isSettled } from "../batching/echo.ts";
import { rest } from "./rest.ts";

const timeout = 20_000;

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

Deno.test("Desync: jobs of two objects run beside each other (D5)", async () => {
  const [a, b] = [new Desync(0), new Desync(0)];
  const toB = Promise.withResolvers<string>();
  const toA = Promise.withResolvers<string>();
  const ofA = a.futureSync(() => {
    toB.resolve("from a");
    return toA.promise;
  });
  const ofB = b.futureSync(async () => {
    const heard = await toB.promise;
    toA.resolve("from b");
    return heard;
  });
  assertEquals(await Promise.all([ofA, ofB]), ["from b", "from a"]);
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

for (const outer of ["futureSync", "futureDesync"] as const) {
  for (const inner of ["futureSync", "futureDesync"] as const) {
    Deno.test(
      `Desync.${outer}() may await ${inner}() of another object, 1000 times (D10)`,
      {
        timeout,
      },
      async () => {
        const [a, b] = [new Desync(0), new Desync(0)];
        for (let k = 0; k < 1000; k++) {
          const from = k % 2 === 0 ? a : b;
          const to = k % 2 === 0 ? b : a;
          const result = from[outer](async (x) => {
            x.value = await to[inner]((y) => ++y.value);
            return x.value;
          });
          const beside = to[outer]((y) => y.value);
          assertEquals([await result, await beside], [k + 1, k]);
        }
      },
    );
  }
}

Deno.test("Three objects may await one object, and are read by sync() then (D11)", async () => {
  const core = new Desync(0);
  const initiators = [1, 2, 3].map((n) => {
    const initiator = new Desync(0);
    initiator.desync(async (o) => {
      o.value = await core.futureDesync((c) => c.value += n);
    });
    return initiator;
  });
  await Promise.all(initiators.map((o) => o.futureSync(() => {})));
  assertEquals(initiators.map((o) => o.sync((v) => v.value)), [1, 3, 6]);
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

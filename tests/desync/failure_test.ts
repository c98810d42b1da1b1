import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Desync, DesyncPoisonedError, JobQueue } from "../../desync/mod.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { rest } from "./rest.ts";

/** What a call throws. */
function attempt(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}

/** Throws whatever it is. */
function throwing(thrown: unknown): never {
  throw thrown;
}

Deno.test("SyncFuture.cancel() leaves no rejection that nobody handles (D7)", async () => {
  using unhandled = new UnhandledRejections();
  const queue = new JobQueue();
  queue.futureSync(() => {}).cancel();
  const running = queue.futureSync(async () => {
    await rest();
    throw new Error("after it was given up");
  });
  await rest();
  assert(running.cancel());
  await queue.futureSync(rest);
  assertEquals(unhandled.reasons, []);
});

Deno.test("Desync: what a job throws that nobody waits for goes to `onError`, once (D18)", async () => {
  const errors: unknown[] = [];
  const object = new Desync(0, { onError: (error) => errors.push(error) });
  object.desync(() => throwing(1));
  object.desync(() => Promise.reject(2));
  object.futureDesync(() => Promise.reject(3)).detach();
  const awaited = object.futureSync(() => Promise.reject(4));
  assertStrictEquals(await awaited.catch((error) => error), 4);
  assertEquals(errors, [1, 2, 3]);
});

Deno.test("Desync: without `onError` it is an unhandled rejection, and so is what that throws (D18)", async () => {
  using unhandled = new UnhandledRejections();
  new Desync(0).desync(() => throwing("job"));
  new JobQueue({
    onError: (error) => throwing(`${error} handler`),
  }).desync(() => Promise.reject("job and"));
  void new JobQueue().futureDesync(() => throwing("future"));
  await rest();
  assertEquals(unhandled.reasons.sort(), ["future", "job", "job and handler"]);
});

Deno.test("DesyncFuture.join() has told of a failure, so it is no unhandled rejection (D6)", async () => {
  using unhandled = new UnhandledRejections();
  const future = new JobQueue().futureDesync(() => throwing("failed"));
  assertStrictEquals(attempt(() => future.join()), "failed");
  await rest();
  assertEquals(unhandled.reasons, []);
});

Deno.test("DesyncFuture.detach() still settles the promise for who awaits it", async () => {
  const errors: unknown[] = [];
  const queue = new JobQueue({ onError: (error) => errors.push(error) });
  const future = queue.futureDesync(() => Promise.reject("failed"));
  future.detach();
  assertStrictEquals(await future.catch((reason) => reason), "failed");
  future.detach();
  assertEquals(errors, ["failed"]);
});

Deno.test("Desync.sync() that makes way gets the error which poisons its object, and does not run (D18)", () => {
  const errors: unknown[] = [];
  const object = new Desync(0, {
    onFailure: "poison",
    onError: (error) => errors.push(error),
  });
  object.desync((o) => o.value = 1);
  object.desync(() => {
    throw new RangeError("half done");
  });
  object.desync((o) => o.value = 2);
  const refusal = assertThrows(
    () => object.sync((o) => o.value = 3),
    DesyncPoisonedError,
  );
  assertStrictEquals(refusal.cause, errors[0]);
  assertInstanceOf(refusal.cause, RangeError);
  assertStrictEquals(errors.length, 1);
  object.clearPoison();
  assertStrictEquals(object.sync((o) => o.value), 1);
  object.desync((o) => o.value = 4);
  assertStrictEquals(object.sync((o) => o.value), 4, "as ever");
});

Deno.test("Desync.sync() does not run behind a failure that `onError` repairs at once (D18)", () => {
  const object: Desync<number> = new Desync(0, {
    onFailure: "poison",
    onError: () => object.clearPoison(),
  });
  object.desync(() => throwing("half done"));
  object.desync((o) => o.value = 1);
  const refusal = assertThrows(
    () => object.sync((o) => o.value = 2),
    DesyncPoisonedError,
  );
  assertStrictEquals(refusal.cause, "half done");
  assertStrictEquals(object.sync((o) => o.value), 0);
});

Deno.test("Desync.sync() and trySync() poison the object by what their own job throws, which they throw (D18)", () => {
  for (const door of ["sync", "trySync"] as const) {
    const object = new Desync(0, { onFailure: "poison" });
    const failure = new TypeError("mine");
    const thrown = assertThrows(() =>
      object[door](() => {
        throw failure;
      })
    );
    assertStrictEquals(thrown, failure);
    assert(object.isPoisoned);
  }
});

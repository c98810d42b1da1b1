import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  Desync,
  JobQueue,
  type OrderedOptions,
  type Reference,
} from "../../desync/mod.ts";

const timeout = 20_000;

Deno.test(
  "JobQueue: jobs of a queue that nobody keeps run (D26)",
  { timeout },
  async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    new JobQueue().desync(resolve, "ran");
    assertStrictEquals(await promise, "ran");
  },
);

Deno.test("JobQueue gives its jobs what it was made with, then the arguments", async () => {
  const list = (...args: unknown[]) => args;
  const none = new JobQueue();
  const two = new JobQueue<[string, string]>({}, "x", "y");
  for (const args of [[], [1], [1, 2], [1, 2, 3]]) {
    assertEquals(none.sync(list, ...args), args);
    assertEquals(await none.futureSync(list, ...args), args);
    assertEquals(two.sync(list, ...args), ["x", "y", ...args]);
    assertEquals(
      await two.after(Promise.resolve(0), list, ...args),
      ["x", "y", 0, ...args],
    );
  }
});

Deno.test("JobQueue awaits whatever can be awaited, also if that fails", async () => {
  const queue = new JobQueue();
  const thenable = { then: (resolve: (value: number) => void) => resolve(5) };
  assertStrictEquals(await queue.futureSync(() => thenable), 5);
  const broken = {
    get then(): never {
      throw new RangeError("no then");
    },
  };
  await assertRejects(
    () => queue.futureSync(() => broken as unknown).then(),
    RangeError,
  );
  assertThrows(() => queue.sync(() => broken as unknown), RangeError);
  const odd = Promise.resolve(1);
  Object.defineProperty(odd, "constructor", { get: () => broken.then });
  await assertRejects(() => queue.futureSync(() => odd).then(), RangeError);
  assertStrictEquals(queue.sync(() => 1), 1);
});

Deno.test("Futures are promises, and what is made of them is no future", async () => {
  const queue = new JobQueue();
  for (
    const future of [
      queue.futureSync(() => 1),
      queue.futureDesync(() => 1),
    ]
  ) {
    assertInstanceOf(future, Promise);
    assertStrictEquals(Object.getPrototypeOf(future.then()), Promise.prototype);
    assertStrictEquals(await future, 1);
  }
  assertStrictEquals(String(queue.futureSync(() => 1)), "[object SyncFuture]");
});

Deno.test("DesyncFuture.join() refuses a timeout that is none", () => {
  const future = new JobQueue().futureDesync(() => 1);
  for (const timeout of [-1, NaN, "1" as unknown as number]) {
    assertThrows(() => future.join({ timeout }), RangeError);
  }
  assertStrictEquals(future.join({ timeout: 0 }), 1, "it is done here at once");
});

Deno.test("Desync refuses jobs and options of the wrong kind before it changes anything", () => {
  const object = new Desync(1);
  const wrong = "no job" as unknown as () => void;
  for (
    const door of [
      () => object.desync(wrong),
      () => object.sync(wrong),
      () => object.trySync(wrong),
      () => object.futureSync(wrong),
      () => object.futureDesync(wrong),
      () => object.after(Promise.resolve(), wrong),
    ]
  ) assertThrows(door, TypeError, "no job");
  assertEquals(object.trySync((o) => o.value), { state: "ok", value: 1 });
  for (
    const options of [
      { onFailure: "stop" },
      { onError: 1 },
      { dispose: {} },
    ] as unknown as OrderedOptions<[Reference<number>]>[]
  ) assertThrows(() => new Desync(1, options), TypeError);
});

/**
 * What the documentation of the package `dataloader` promises, as tests.
 */

import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import DefaultLoader, {
  type BatchLoadFn,
  DataLoader,
  type Options,
} from "../../batching/dataloader.ts";
import { isSettled } from "./echo.ts";

/** A loader that gives each key itself, and the keys that it was asked for. */
function idLoader<C = number>(
  options?: Options<number, number, C>,
): [DataLoader<number, number, C>, number[][]] {
  const calls: number[][] = [];
  const loader = new DataLoader<number, number, C>((keys) => {
    calls.push([...keys]);
    return Promise.resolve(keys);
  }, options);
  return [loader, calls];
}

Deno.test("DataLoader is the default export, too", () => {
  assertStrictEquals(DefaultLoader, DataLoader);
});

Deno.test("DataLoader.load() gives the value of a key, as a promise", async () => {
  const [loader] = idLoader();
  const promise = loader.load(1);
  assertInstanceOf(promise, Promise);
  assertStrictEquals(await promise, 1);
});

Deno.test("DataLoader calls the batch function with itself as 'this'", async () => {
  let self: unknown;
  const loader: DataLoader<number, number> = new DataLoader(function (
    this: unknown,
    keys,
  ) {
    self = this;
    return Promise.resolve(keys);
  } as BatchLoadFn<number, number>);
  await loader.load(1);
  assertStrictEquals(self, loader);
});

Deno.test("DataLoader joins the loads of a frame of execution to a batch", async () => {
  const [loader, calls] = idLoader();
  assertEquals(await Promise.all([loader.load(1), loader.load(2)]), [1, 2]);
  assertEquals(calls, [[1, 2]]);
});

Deno.test("DataLoader joins loads that are made in promises of the same frame", async () => {
  const [loader, calls] = idLoader();
  await Promise.all([
    loader.load(1),
    Promise.resolve().then(() => Promise.resolve()).then(() => loader.load(2)),
    Promise.resolve().then(() => Promise.resolve()).then(() =>
      Promise.resolve()
    ).then(() => loader.load(3)),
  ]);
  assertEquals(calls, [[1, 2, 3]]);
});

Deno.test("DataLoader needs two batches for two levels of dependent loads", async () => {
  const [loader, calls] = idLoader();
  const twoLevels = async (key: number) =>
    await loader.load(await loader.load(key) + 10);
  assertEquals(await Promise.all([twoLevels(1), twoLevels(2)]), [11, 12]);
  assertEquals(calls, [[1, 2], [11, 12]]);
});

Deno.test("DataLoader takes as many keys at once as there are", async () => {
  const [loader, calls] = idLoader();
  const keys = Array.from({ length: 5000 }, (_, key) => key);
  assertEquals(await loader.loadMany(keys), keys);
  assertEquals(calls.map(({ length }) => length), [5000]);
});

Deno.test("DataLoader with 'maxBatchSize' makes several batches", async () => {
  const [loader, calls] = idLoader({ maxBatchSize: 2 });
  assertEquals(await loader.loadMany([1, 2, 3]), [1, 2, 3]);
  assertEquals(calls, [[1, 2], [3]]);
});

Deno.test("DataLoader with 'maxBatchSize' does not count keys that are remembered", async () => {
  let scheduled = 0;
  const [loader, calls] = idLoader({
    maxBatchSize: 2,
    batchScheduleFn: (callback) => {
      scheduled++;
      setTimeout(callback, 0);
    },
  });
  loader.prime(1, 1);
  assertEquals(await loader.loadMany([1, 2, 1, 3, 4]), [1, 2, 1, 3, 4]);
  assertEquals(calls, [[2, 3], [4]]);
  assertStrictEquals(scheduled, 2);
});

Deno.test("DataLoader with 'batch' false loads keys one by one", async () => {
  const [loader, calls] = idLoader({ batch: false });
  assertEquals(await loader.loadMany([1, 2]), [1, 2]);
  assertEquals(calls, [[1], [2]]);
});

Deno.test("DataLoader with 'batchScheduleFn' loads when it is told to", async () => {
  const callbacks: (() => void)[] = [];
  const [loader, calls] = idLoader({
    batchScheduleFn: (callback) => void callbacks.push(callback),
  });
  const first = loader.load(1);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const second = loader.load(2);
  assertStrictEquals(await isSettled(first), false);
  assertEquals(calls, []);
  assertStrictEquals(callbacks.length, 1);
  for (const callback of callbacks) callback();
  assertEquals(await Promise.all([first, second]), [1, 2]);
  assertEquals(calls, [[1, 2]]);
});

Deno.test("DataLoader asks for a key once", async () => {
  const [loader, calls] = idLoader();
  assertEquals(await Promise.all([loader.load(1), loader.load(1)]), [1, 1]);
  assertEquals(await loader.loadMany([1, 2]), [1, 2]);
  assertEquals(await loader.load(2), 2);
  assertEquals(calls, [[1], [2]]);
});

Deno.test("DataLoader resolves a key that is remembered together with the batch that grows", async () => {
  const gate = Promise.withResolvers<void>();
  const calls: (readonly number[])[] = [];
  const loader = new DataLoader<number, number>(async (keys) => {
    calls.push(keys);
    await gate.promise;
    return keys;
  });
  loader.prime(1, 1);
  // Before there is a batch, and when there is one.
  const loads = [1, 2, 1].map((key) => loader.load(key));
  assertEquals(await Promise.all(loads.map(isSettled)), [false, false, false]);
  gate.resolve();
  assertEquals(await Promise.all(loads), [1, 2, 1]);
  assertEquals(calls, [[2]]);
});

Deno.test("DataLoader needs as few batches for dependent loads as if nothing were remembered", async () => {
  const calls: (readonly number[])[] = [];
  const users = new DataLoader<number, { friend: number }>(async (ids) => {
    calls.push(ids);
    await null;
    return ids.map((id) => ({ friend: id + 2 }));
  });
  users.prime(1, { friend: 3 });
  const friendOf = async (id: number) =>
    await users.load((await users.load(id)).friend);
  await Promise.all([friendOf(1), friendOf(2)]);
  assertEquals(calls.map((keys) => keys.toSorted()), [[2], [3, 4]]);
});

Deno.test("DataLoader does not call the batch function if all keys are remembered", async () => {
  const [loader, calls] = idLoader();
  loader.prime(1, 10).prime(2, 20);
  assertEquals(await loader.loadMany([1, 2]), [10, 20]);
  assertEquals(calls, []);
});

Deno.test("DataLoader.clear() forgets a key, and gives the loader", async () => {
  const [loader, calls] = idLoader();
  await loader.loadMany([1, 2]);
  assertStrictEquals(loader.clear(1), loader);
  await loader.loadMany([1, 2]);
  assertEquals(calls, [[1, 2], [1]]);
  loader.clear(99);
});

Deno.test("DataLoader.clearAll() forgets all keys, and gives the loader", async () => {
  const [loader, calls] = idLoader();
  await loader.loadMany([1, 2]);
  assertStrictEquals(loader.clearAll(), loader);
  await loader.loadMany([1, 2]);
  assertEquals(calls, [[1, 2], [1, 2]]);
});

Deno.test("DataLoader may be cleared in the batch function: unique keys, and nothing remembered", async () => {
  const calls: (readonly number[])[] = [];
  const loader: DataLoader<number, number> = new DataLoader((keys) => {
    loader.clearAll();
    calls.push(keys);
    return Promise.resolve(keys);
  });
  await loader.loadMany([1, 1]);
  await loader.load(1);
  assertEquals(calls, [[1], [1]]);
});

Deno.test("DataLoader.prime() remembers a value unless there is one, and gives the loader", async () => {
  const [loader, calls] = idLoader();
  assertStrictEquals(loader.prime(1, 10), loader);
  loader.prime(1, 11);
  assertStrictEquals(await loader.load(1), 10);
  await loader.load(2);
  loader.prime(2, 20);
  assertStrictEquals(await loader.load(2), 2);
  loader.clear(2).prime(2, 20);
  assertStrictEquals(await loader.load(2), 20);
  loader.prime(3, Promise.resolve(30));
  assertStrictEquals(await loader.load(3), 30);
  assertEquals(calls, [[2]]);
});

Deno.test("DataLoader.prime() remembers an Error as a failure, which nobody needs to handle", async () => {
  const [loader, calls] = idLoader();
  const failure = new Error("not there");
  loader.prime(1, failure);
  await isSettled(Promise.resolve());
  assertStrictEquals(await loader.load(1).catch((error) => error), failure);
  assertEquals(calls, []);
});

Deno.test("DataLoader rejects the keys whose values are errors, and remembers that", async () => {
  const calls: (readonly number[])[] = [];
  const loader = new DataLoader<number, number>((keys) => {
    calls.push(keys);
    return Promise.resolve(
      keys.map((key) => key % 2 === 0 ? key : new Error(`odd ${key}`)),
    );
  });
  const [odd, even] = [loader.load(1), loader.load(2)];
  await assertRejects(() => odd, Error, "odd 1");
  assertStrictEquals(await even, 2);
  await assertRejects(() => loader.load(1), Error, "odd 1");
  assertEquals(calls, [[1, 2]]);
  loader.clear(1);
  await assertRejects(() => loader.load(1), Error, "odd 1");
  assertEquals(calls, [[1, 2], [1]]);
});

Deno.test("DataLoader does not remember keys of a batch that has failed", async () => {
  let count = 0;
  const loader = new DataLoader<number, number>((keys) =>
    ++count === 1 ? Promise.reject(new Error("down")) : Promise.resolve(keys)
  );
  const both = [loader.load(1), loader.load(2)];
  for (const promise of both) await assertRejects(() => promise, Error, "down");
  assertEquals(await loader.loadMany([1, 2]), [1, 2]);
  assertStrictEquals(count, 2);
});

Deno.test("DataLoader.loadMany() gives errors in the places of their keys", async () => {
  const failure = new Error("bad");
  const loader = new DataLoader<string, string>((keys) =>
    Promise.resolve(keys.map((key) => key === "bad" ? failure : key))
  );
  assertEquals(await loader.loadMany(["a", "bad", "b"]), ["a", failure, "b"]);
  assertEquals(await loader.loadMany([]), []);
  const arrayLike = { length: 2, 0: "x", 1: "y" };
  assertEquals(await loader.loadMany(arrayLike), ["x", "y"]);
});

Deno.test("DataLoader with 'cache' false asks for each key as often as it is loaded", async () => {
  for (
    const options of [{ cache: false }, { cacheMap: null }] satisfies Options<
      number,
      number
    >[]
  ) {
    const [loader, calls] = idLoader(options);
    assertEquals(await loader.loadMany([1, 2, 1]), [1, 2, 1]);
    await loader.load(1);
    loader.prime(3, 30).clear(1).clearAll();
    assertStrictEquals(await loader.load(3), 3);
    assertEquals(calls, [[1, 2, 1], [1], [3]]);
  }
});

Deno.test("DataLoader with 'cacheKeyFn' takes keys for the same that have the same cache key", async () => {
  const calls: (readonly { id: number }[])[] = [];
  const loader = new DataLoader<{ id: number }, number, number>((keys) => {
    calls.push(keys);
    return Promise.resolve(keys.map(({ id }) => id));
  }, { cacheKeyFn: ({ id }) => id });
  assertEquals(await loader.loadMany([{ id: 1 }, { id: 1 }]), [1, 1]);
  loader.prime({ id: 2 }, 20);
  assertStrictEquals(await loader.load({ id: 2 }), 20);
  loader.clear({ id: 1 });
  await loader.load({ id: 1 });
  assertEquals(calls, [[{ id: 1 }], [{ id: 1 }]]);
});

Deno.test("DataLoader takes objects as keys by identity", async () => {
  const [a, b] = [{}, {}];
  let asked = 0;
  const loader = new DataLoader<object, object>((keys) => {
    asked += keys.length;
    return Promise.resolve(keys);
  });
  const values = await loader.loadMany([a, b, a]);
  assertStrictEquals(values[0], a);
  assertStrictEquals(values[1], b);
  assertStrictEquals(asked, 2);
});

Deno.test("DataLoader with 'cacheMap' remembers promises there", async () => {
  const cacheMap = new Map<number, Promise<number>>();
  const [loader, calls] = idLoader({ cacheMap });
  await loader.loadMany([1, 2]);
  assertEquals([...cacheMap.keys()], [1, 2]);
  assertInstanceOf(cacheMap.get(1), Promise);
  loader.clear(1);
  assertEquals([...cacheMap.keys()], [2]);
  await loader.loadMany([1, 2]);
  loader.clearAll();
  assertStrictEquals(cacheMap.size, 0);
  assertEquals(calls, [[1, 2], [1]]);
});

Deno.test("DataLoader.name is the one given to it, or null", () => {
  assertStrictEquals(idLoader({ name: "users" })[0].name, "users");
  assertStrictEquals(idLoader()[0].name, null);
});

Deno.test("DataLoader.load() throws for a key that is none", () => {
  const [loader] = idLoader();
  for (const key of [null, undefined]) {
    assertThrows(() => loader.load(key as never), TypeError, `got: ${key}`);
  }
  assertStrictEquals(loader.load(0) instanceof Promise, true);
  for (const keys of [1, null, undefined, {}]) {
    assertThrows(() => loader.loadMany(keys as never), TypeError, "loadMany");
  }
});

Deno.test("new DataLoader() throws for what it cannot use", () => {
  const load = () => Promise.resolve([]);
  for (const fn of [undefined, null, {}, "x"]) {
    assertThrows(() => new DataLoader(fn as never), TypeError, String(fn));
  }
  for (
    const [option, value] of [
      ["maxBatchSize", 0],
      ["maxBatchSize", -1],
      ["maxBatchSize", null],
      ["maxBatchSize", "2"],
      ["batchScheduleFn", 7],
      ["cacheKeyFn", 7],
      ["cacheMap", {}],
      ["cacheMap", { get() {}, set() {}, clear() {} }],
    ] as const
  ) {
    const options = { [option]: value };
    assertThrows(
      () => new DataLoader(load, options as never),
      TypeError,
      option === "cacheMap" ? "delete" : option,
    );
  }
});

Deno.test("DataLoader rejects all keys if the batch function breaks its contract", async () => {
  const broken: [unknown, string][] = [
    [() => undefined, "did not return a Promise"],
    [(keys: unknown) => keys, "did not return a Promise"],
    [() => Promise.resolve(undefined), "Promise of an Array"],
    [() => Promise.resolve(7), "Promise of an Array"],
    [() => Promise.resolve([]), "same length"],
    [() => Promise.resolve([1, 2, 3]), "same length"],
    [() => {
      throw new Error("at once");
    }, "at once"],
  ];
  for (const [fn, part] of broken) {
    const loader = new DataLoader<number, number>(fn as never);
    const both = [loader.load(1), loader.load(2)];
    for (const promise of both) {
      await assertRejects(() => promise, TypeError, part);
    }
  }
});

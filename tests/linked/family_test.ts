import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type Caller,
  Family,
  type ForwardedCall,
  linked,
  PartialFailureError,
  type WorkerPicker,
} from "../../linked/mod.ts";

class Pool {
  readonly shared: unknown;
  constructor(shared: unknown) {
    this.shared = shared;
  }
  add(a: number, b: number): number {
    return a + b;
  }
  name(): string {
    return "here";
  }
  *count(): Generator<number> {}
}

const METHODS = ["add", "name", "*count"];

/** A runtime that keeps its calls until the test answers them. */
class FakeCaller implements Caller {
  readonly size: number;
  readonly calls: {
    worker: number;
    method: number;
    args: unknown[];
    resolve(value: unknown): void;
    reject(reason: unknown): void;
  }[] = [];
  next = 0;

  constructor(size: number) {
    this.size = size;
  }
  call(worker: number, method: number, args: unknown[]): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers();
    this.calls.push({ worker, method, args, resolve, reject });
    return promise;
  }
  async *stream(
    label: string,
    worker: number,
    method: number,
    args: unknown[],
  ): AsyncGenerator<unknown> {
    yield await Promise.resolve([label, worker, method, args]);
  }
  readonly picker: WorkerPicker = {
    pick: () => this.next,
    leastLoaded: () => 1,
    nextInTurn: () => this.turn++ % this.size,
    forKey: (key) => String(key).length % this.size,
    near: (node) => node ?? 2,
  };
  turn = 0;
  readonly forwarded: ForwardedCall[] = [];
  forward(call: ForwardedCall): void {
    this.forwarded.push(call);
  }
  /** The calls so far: worker, method and arguments. */
  get log(): [number, number, unknown[]][] {
    return this.calls.map(({ worker, method, args }) => [worker, method, args]);
  }
}

function familyOf(size: number): {
  caller: FakeCaller;
  family: Family<Pool>;
  shared: object;
} {
  const caller = new FakeCaller(size);
  const definition = linked("file:///pool.ts", "pool", {
    shared: () => "not this one",
    create: (shared: unknown) => new Pool(shared),
  });
  const shared = { state: 1 };
  const parts = { shared, methods: METHODS, caller };
  return { caller, family: new Family<Pool>(definition, parts), shared };
}

Deno.test("Family.on() calls the instance of that worker", async () => {
  const { caller, family } = familyOf(3);
  assertEquals(family.size, 3);
  const sum = family.on(2).add(1, 2);
  const name = family.on(0).name();
  assertEquals(caller.log, [[2, 0, [1, 2]], [0, 1, []]]);
  caller.calls[1]!.resolve("zero");
  caller.calls[0]!.resolve(3);
  assertEquals([await sum, await name], [3, "zero"]);
});

Deno.test("Family.on() refuses an index that no worker has", () => {
  const { family } = familyOf(3);
  for (const worker of [3, -1, 0.5, NaN, Infinity, 2 ** 32]) {
    const error = assertThrows(() => family.on(worker), RangeError);
    assertStringIncludes(error.message, String(worker));
  }
});

Deno.test("Family.any() calls the worker that the caller picks", () => {
  const { caller, family } = familyOf(3);
  for (const worker of [2, 0, 1]) {
    caller.next = worker;
    family.any().name();
  }
  assertEquals(caller.log, [[2, 1, []], [0, 1, []], [1, 1, []]]);
});

Deno.test("Family makes its calls in the order in which they are made", () => {
  const { caller, family } = familyOf(2);
  const expected: [number, number, unknown[]][] = [];
  for (let k = 0; k < 20; k++) {
    const worker = (k * 7) % 3 % 2;
    family.on(worker).add(k, k);
    expected.push([worker, 0, [k, k]]);
  }
  assertEquals(caller.log, expected);
});

Deno.test("Family.all() calls every worker and gives the results in their order", async () => {
  const { caller, family } = familyOf(3);
  const names = family.all().name();
  assertEquals(caller.log, [[0, 1, []], [1, 1, []], [2, 1, []]]);
  for (const worker of [2, 0, 1]) caller.calls[worker]!.resolve(`w${worker}`);
  assertEquals(await names, ["w0", "w1", "w2"]);
});

Deno.test("Family.all() waits for all and rejects with what became of each", async () => {
  const { caller, family } = familyOf(3);
  const names = family.all().name();
  const settled = names.then(() => "resolved", () => "rejected");
  const failure = new RangeError("broken");
  caller.calls[1]!.reject(failure);
  caller.calls[2]!.resolve("two");
  const early = new Promise((resolve) => setTimeout(resolve, 0, "pending"));
  assertEquals(await Promise.race([settled, early]), "pending");
  caller.calls[0]!.resolve("zero");

  const error = await assertRejects(() => names, PartialFailureError);
  assertInstanceOf(error, AggregateError);
  assertStrictEquals(error.name, "PartialFailureError");
  assertStrictEquals(error.errors.length, 1);
  assertStrictEquals(error.errors[0], failure);
  assertEquals(error.results, [
    { status: "fulfilled", value: "zero" },
    { status: "rejected", reason: failure },
    { status: "fulfilled", value: "two" },
  ]);
  for (const fragment of ["pool.name", "1 of 3", "broken"]) {
    assertStringIncludes(error.message, fragment);
  }
});

Deno.test("Family.all() rejects also if what was thrown is no error", async () => {
  for (const reason of [undefined, null, "text", 7, { code: 1 }]) {
    const { caller, family } = familyOf(2);
    const names = family.all().name();
    for (const call of caller.calls) call.reject(reason);
    const error = await assertRejects(() => names, PartialFailureError);
    assertEquals(error.errors, [reason, reason]);
  }
});

Deno.test("Family.here is one instance with the shared state, made when needed", () => {
  const { caller, family, shared } = familyOf(1);
  const { here } = family;
  assertInstanceOf(here, Pool);
  assertStrictEquals(here.shared, shared);
  assertStrictEquals(family.here, here);
  assertEquals(here.name(), "here");
  assertEquals(caller.log, []);
});

Deno.test("Family.create() makes another instance with the same shared state", () => {
  const { family, shared } = familyOf(1);
  const [one, other] = [family.create(), family.create()];
  assert(one !== other && one !== family.here);
  assertStrictEquals(one.shared, shared);
  assertStrictEquals(other.shared, shared);
});

Deno.test("Family makes no instance by itself", () => {
  let made = 0;
  const definition = linked("file:///pool.ts", "pool", {
    create: () => (made++, new Pool(0)),
  });
  const caller = new FakeCaller(2);
  const family = new Family<Pool>(definition, {
    shared: undefined,
    methods: METHODS,
    caller,
  });
  family.any().name();
  family.all().name();
  assertEquals(made, 0);
  family.here;
  assertEquals(made, 1);
});

Deno.test("Family.all() rejects with PartialFailureError whatever was thrown", async () => {
  // Both are portable or can come from an inline runtime.
  for (const reason of [Object.create(null), Symbol("s")]) {
    const family = new Family(
      linked("file:///a.ts", "pool", { create: () => ({ m() {} }) }),
      {
        shared: undefined,
        methods: ["m"],
        caller: Object.assign(new FakeCaller(1), {
          call: () => Promise.reject(reason),
        }),
      },
    );
    await assertRejects(() => family.all().m(), PartialFailureError);
  }
});

Deno.test("Family: methods that are generators are streams, one for each worker", async () => {
  const { family } = familyOf(2);
  const asked = family.on(1).count() as AsyncIterable<unknown>;
  assertEquals(await Array.fromAsync(asked), [["pool.count", 1, 2, []]]);
  const all = family.all().count() as AsyncIterable<unknown>[];
  assertEquals(await Promise.all(all.map((each) => Array.fromAsync(each))), [
    [["pool.count", 0, 2, []]],
    [["pool.count", 1, 2, []]],
  ]);
});

Deno.test("Family.forward() names the workers, and who is told of a failure", () => {
  const { caller, family } = familyOf(3);
  const onFailure = () => {};
  const forward = family.forward({ onFailure });
  forward.on(2).add(1, 2);
  forward.all().name();
  assertEquals(
    caller.forwarded.map(({ workers, method, args }) => [
      workers,
      method,
      args,
    ]),
    [[[2], 0, [1, 2]], [[0, 1, 2], 1, []]],
  );
  assertStrictEquals(caller.forwarded[0]!.onFailure, onFailure);
  assertEquals(caller.calls, []);
});

Deno.test("Family.forward() throws at once what calls would reject with", () => {
  const { caller, family } = familyOf(2);
  const one = family.forward().on(0) as unknown as Record<string, () => void>;
  assertThrows(() => one["nope"]!(), TypeError, "'nope'");
  assertThrows(() => one["count"]!(), TypeError, "generator");
  const { name } = family.forward().on(0);
  assertThrows(() => name(), TypeError, "without its instance");
  assertEquals(caller.forwarded, []);
});

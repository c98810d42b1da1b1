import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Closure,
  closure,
  type ClosureMut,
  closureMut,
  type ClosureOnce,
  closureOnce,
  currentTask,
  manualAffinities,
  relocate,
  Runtime,
  SharedCounter,
} from "../../mod.ts";
import { copyOf } from "../codec/support.ts";
import { gross } from "../../examples/prices.ts";
import { Point } from "./fixtures/point.ts";

const timeout = 30_000;
const [here, there] = manualAffinities([1, 1]);

Deno.test("closure(), closureMut() and closureOnce() are called with their data (T8)", () => {
  const constant = closure({ a: 1 }, ({ a }, b: number) => a + b);
  assertEquals([constant(1), constant(2)], [2, 3]);
  const mutable = closureMut([0], (data, by: number) => data[0]! += by);
  assertEquals([mutable(1), mutable(2)], [1, 3]);
  const once = closureOnce("x", (data, by: string) => data + by);
  assertEquals(once("y"), "xy");
  assertThrows(() => once("y"), TypeError, "called before");
});

Deno.test("closure(), closureMut() and closureOnce() take async functions (T8)", async () => {
  const constant = closure({ a: 1 }, async ({ a }, b: number) => {
    await null;
    return a + b;
  });
  assertEquals(await Promise.all([constant(1), constant(2)]), [2, 3]);
  const mutable = closureMut([0], async (data, by: number) => {
    await null;
    return data[0]! += by;
  });
  assertEquals([await mutable(1), await mutable(2)], [1, 3]);
  const once = closureOnce("x", async (data) => {
    await null;
    return data;
  });
  assertEquals(await once(), "x");
  assertThrows(() => once(), TypeError, "called before");
});

Deno.test("relocate() tells the data of a closure of each kind (T8)", async () => {
  const makers = [closure, closureMut, closureOnce];
  for (const make of makers) {
    const point = new Point(3, 4);
    const sync = make({ point }, ({ point }) => point.told.length);
    const [same] = relocate([sync], here!, there!);
    assertEquals(same, sync);
    assertEquals([sync(), point.told], [1, [[here, there]]]);
    const late = make({ point }, async ({ point }) => {
      await null;
      return point.told.length;
    });
    relocate(late, there!, here!);
    assertEquals(await late(), 2);
  }
});

Deno.test("relocate() puts into a closure what takes the place of its data (T8)", () => {
  const data = { relocated: () => ({ next: true }) };
  // deno-lint-ignore no-explicit-any -- data that can be told, but not sent
  const tell = closure(data as any, (data) => data);
  relocate(tell, here!, there!);
  assertEquals(tell(), { next: true });
});

Deno.test("a closure can stand where a weaker one is asked for (T8)", () => {
  const once = (run: ClosureOnce<[number], number>) => run(1);
  const mut = (run: ClosureMut<[number], number>) => run(1) + run(1);
  const many = (run: Closure<[number], number>) => run(1) + run(1);
  const constant = closure(1, (data, by: number) => data + by);
  const mutable = closureMut([0], (data, by: number) => data[0]! += by);
  const single = closureOnce(5, (data, by: number) => data + by);
  assertEquals([once(constant), mut(constant), many(constant)], [2, 4, 4]);
  assertEquals([once(mutable), mut(mutable)], [1, 5]);
  assertEquals(once(single), 6);
  // @ts-expect-error It can be called once only.
  assertThrows(() => mut(single.clone()) + mut(single), TypeError, "before");
  // @ts-expect-error It changes its data.
  assertEquals(many(mutable), 9);
});

Deno.test("clones of a closure have data of their own (T8)", () => {
  const counter = new SharedCounter();
  const next = closureMut({ last: 0, counter }, (data) => {
    data.counter.add(1);
    return ++data.last;
  });
  next();
  const clone = next.clone();
  assertEquals([next(), next(), clone(), clone()], [2, 3, 2, 3]);
  assertEquals(counter.value, 5); // what is in shared memory is the same
  const once = closureOnce([1], (data) => data.push(2));
  const again = once.clone();
  assertEquals([once(), again()], [2, 2]);
  assertThrows(() => once.clone(), TypeError, "called before");
});

Deno.test("a clone of a closure is not told anything (T8)", () => {
  const tell = closure(new Point(1, 2), (point) => point.told.length);
  assertEquals(tell.clone()(), 0);
  relocate(tell, here!, there!);
  assertEquals(tell.clone()(), 1);
});

Deno.test("closureMut() refuses a call while another goes on", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = closureMut({ n: 0 }, async (data) => {
    await promise;
    return ++data.n;
  });
  const first = slow();
  assertThrows(slow, TypeError, "last call goes on");
  resolve();
  assertEquals([await first, await slow()], [1, 2]);
  const again: ClosureMut<[], number> = closureMut({ n: 0 }, () => again());
  assertThrows(again, TypeError, "last call goes on");
  assertThrows(again, TypeError, "last call goes on"); // the first has ended
  const throwing = closureMut({}, () => {
    throw new RangeError("no");
  });
  assertThrows(throwing, RangeError);
  assertThrows(throwing, RangeError);
  const failing = closureMut({}, async () => {
    await null;
    throw new RangeError("no");
  });
  await assertRejects(failing, RangeError);
  await assertRejects(failing, RangeError);
});

Deno.test(
  "a closure tells its data where it arrives, once, and keeps its identity (T8)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const tell = closure(
      { point: new Point(3, 4) },
      ({ point }) => [point.norm, point.told.length],
    );
    const there = await runtime.spawn(
      (a: Closure<[], number[]>, b: Closure<[], number[]>) => [
        a === b,
        a(),
        b(),
      ],
      tell,
      tell,
    );
    assertEquals(there, [true, [5, 1], [5, 1]]);
    const back = await runtime.spawn(
      (tell: Closure<[], number[]>) => tell,
      tell,
    );
    assertEquals([back(), tell()], [[5, 2], [5, 0]]);
  },
);

Deno.test(
  "spawn(), stream() and broadcast() run closures, map() says how to (T8)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const add = closure({ by: 2 }, function add({ by }, n: number) {
      return n + by;
    });
    assertEquals(await runtime.spawn(add, 1), 3);
    assertEquals(runtime.spawn(add, 2).join(), 4);
    assertEquals(runtime.spawn(add, 2).name, "add");
    assertEquals(await runtime.broadcast(add, 3), [5]);
    const late = closureOnce([1], async (data) => {
      await null;
      return data.length;
    });
    assertEquals(await runtime.spawn(late), 1);
    const count = closure({ end: 3 }, function* ({ end }, from: number) {
      for (let n = from; n < end; n++) yield n;
    });
    assertEquals(await Array.fromAsync(runtime.stream(count, 1)), [1, 2]);
    await assertRejects(
      () => Array.fromAsync(runtime.map([1], add)),
      TypeError,
      "function 'add' to a worker as it is a closure",
    );
  },
);

Deno.test("a closure of an exported function imports its module (T8)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const price = closure(100, gross);
  const call = (price: Closure<[], number>) => price();
  assertEquals([price(), await runtime.spawn(call, price)], [125, 125]);
});

Deno.test("closures are sent by a worker to another, and on (T8)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const next = closureMut({ last: 0 }, (data) => ++data.last);
  const both = await runtime.on(0).spawn(
    async (next: ClosureMut<[], number>) => {
      next();
      const there = await currentTask().runtime.on(1).spawn(
        (next: ClosureMut<[], number>) => {
          next();
          return next;
        },
        next,
      );
      return [next(), there(), there] as const;
    },
    next,
  );
  assertEquals([both[0], both[1], both[2](), next()], [2, 3, 4, 1]);
});

Deno.test("a closure refuses to be sent if it was spent, or its function or data cannot be", () => {
  const once = closureOnce(1, (data) => data);
  once();
  assertThrows(() => copyOf([once]), TypeError, "'[0]' is a closure that was");
  assertThrows(() => copyOf(closure(1, Math.abs)), TypeError, "no source");
  const bad = { f: () => {} };
  // deno-lint-ignore no-explicit-any -- the compiler refuses it, too
  const captures = closure(bad as any, () => 1);
  assertThrows(() => copyOf({ captures }), TypeError, "is a function");
  // deno-lint-ignore no-explicit-any -- who has no types may give anything
  assertThrows(() => closure(1, undefined as any), TypeError, "'fn'");
});

Deno.test("a closure that contains itself is refused", () => {
  const data: unknown[] = [];
  const knot = closure(data, (data) => data.length);
  data.push(knot);
  assertThrows(() => copyOf(knot), TypeError, "contains itself");
});

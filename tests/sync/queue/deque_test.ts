import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { Deque, type DequeOrder, MpmcQueue } from "../../../sync/mod.ts";
import { struct } from "../../../sync/record/struct.ts";
import {
  arrayOf,
  GOOD,
  KINDS,
  PlainRecords,
  withNumber,
  withNumbers,
} from "../bounded_records.ts";

const TIMEOUT = { timeout: 120_000 };
const ORDERS: readonly DequeOrder[] = ["lifo", "fifo"];

/** Puts an empty deque to where its positions start; before it is owned. */
function moveTo(deque: Deque, position: number): void {
  const { buffer, byteOffset } = deque.handle;
  const words = new Int32Array(buffer, byteOffset);
  // An owner that finds none goes on by one.
  words[32] = words[64] = position - 1;
}

/** A deque with these records, and its owner. */
function dequeOf(order: DequeOrder, ...records: number[]) {
  const deque = new Deque("i32", 16, { order });
  const owner = deque.owner();
  assertEquals(owner.pushMany(Int32Array.from(records)), records.length);
  return { deque, owner };
}

Deno.test("Deque smoke", () => {
  for (const order of ORDERS) {
    const deque = new Deque("i32", 4, { order });
    const owner = deque.owner();
    assertEquals([owner.tryPop(), deque.trySteal()], [undefined, undefined]);
    assert(owner.tryPush(1));
    assertEquals(owner.tryPop(), 1);
    assertEquals([owner.tryPop(), deque.trySteal()], [undefined, undefined]);
    assert(owner.tryPush(2));
    assertEquals(deque.trySteal(), 2);
    assertEquals([deque.trySteal(), owner.tryPop()], [undefined, undefined]);
    for (const record of [3, 4, 5]) assert(owner.tryPush(record));
    assertEquals(deque.trySteal(), 3);
    assertEquals(owner.tryPop(), order === "lifo" ? 5 : 4);
    assertEquals(deque.trySteal(), order === "lifo" ? 4 : 5);
    assertEquals(deque.trySteal(), undefined);
  }
});

Deno.test("Deque refuses other orders, in handles too", () => {
  for (const order of ["LIFO", "", null, 1]) {
    assertThrows(
      () => new Deque("i32", 2, { order: order as never }),
      TypeError,
    );
  }
  assertEquals(new Deque("i32", 2).order, "lifo");
  const { handle } = new Deque("i32", 2, { order: undefined as never });
  assertEquals(handle.order, "lifo");
  const attach = (order: string) =>
    Deque.from({ ...handle, order: order as DequeOrder });
  assertThrows(() => attach("fifo"), RangeError);
  assertThrows(() => attach("filo"), TypeError);
});

Deno.test("DequeOwner.tryPop() gives back every number of the deque's kind", () => {
  for (const kind of KINDS) {
    const deque = new Deque(kind, 16);
    const owner = deque.owner();
    for (const value of GOOD[kind]) {
      owner.push(value);
      assert(Object.is(owner.tryPop(), value));
    }
    assertEquals(deque.size, 0);
  }
});

Deno.test("Deque of structs takes all of a batch or none of it", () => {
  const Task = struct({ id: "u32", weight: "f64" });
  const deque = new Deque(Task, 4);
  const owner = deque.owner();
  const task = (id: number) => ({ id, weight: id / 2 });
  assertThrows(() => owner.pushMany([task(1), task(-1)]), RangeError);
  assertThrows(() => owner.pushMany(new Float64Array(2) as never), TypeError);
  assertEquals(deque.size, 0);
  assertEquals(owner.pushMany([1, 2, 3, 4, 5].map(task)), 4);
  assertEquals(deque.trySteal(), task(1));
  const into = task(0);
  assert(owner.tryPop(into) === into);
  assertEquals(into, task(4));
  const same = Deque.from<typeof into>(deque.handle);
  using mine = new Deque(Task, 4).owner();
  assertEquals(same.stealBatchAndPop(mine), task(2));
  assertEquals(deque.steal(), task(3));
  // A getter that pushes, too.
  const greedy = {
    get id() {
      owner.tryPush(task(7));
      return 8;
    },
    weight: 0,
  };
  assertEquals(owner.pushMany([task(6), greedy, task(9)]), 3);
  const ids: number[] = [];
  for (let next; (next = deque.trySteal()) !== undefined;) ids.push(next.id);
  assertEquals(ids, [7, 6, 8, 9]);
});

for (const order of ORDERS) {
  Deno.test(`Deque steal_${order}: a thief gets the oldest record (U14)`, () => {
    const { deque, owner } = dequeOf(order, 1, 2, 3);
    assertEquals([1, 2, 3].map(() => deque.trySteal()), [1, 2, 3]);
    // Empty is `undefined`; a lost race is never seen, for it is run again.
    assertEquals(deque.trySteal(), undefined);
    assertEquals(owner.tryPop(), undefined);
  });
  for (const into of ORDERS) {
    // As in crossbeam: they come out as they would have come out before.
    const [first, second] = order === "fifo" ? [1, 2] : [2, 1];
    Deno.test(`Deque steal_batch_${order}_${into} keeps the order (U14)`, () => {
      const { deque } = dequeOf(order, 1, 2, 3, 4);
      const mine = dequeOf(into);
      assertEquals(deque.stealBatch(mine.owner), 2);
      assertEquals(mine.owner.tryPop(), first);
      assertEquals(mine.owner.tryPop(), second);
      assertEquals(mine.owner.tryPop(), undefined);
      assertEquals(deque.size, 2);
    });
    Deno.test(`Deque steal_batch_and_pop_${order}_${into} keeps the order (U14)`, () => {
      const { deque } = dequeOf(order, 1, 2, 3, 4);
      const mine = dequeOf(into);
      assertEquals(deque.stealBatchAndPop(mine.owner), first);
      assertEquals(mine.owner.tryPop(), second);
      assertEquals(mine.owner.tryPop(), undefined);
      assertEquals(deque.size, 2);
    });
  }
  Deno.test(`DequeOwner.takeBatch() into ${order}: steal_batch_injector keeps the order (U14)`, () => {
    const injector = new MpmcQueue("i32", 8);
    const { owner, deque } = dequeOf(order);
    assertEquals(owner.takeBatch(injector), 0);
    injector.pushMany(Int32Array.of(1, 2, 3, 4, 5));
    assertEquals(owner.takeBatch(injector), 3);
    assertEquals([owner.tryPop(), owner.tryPop(), owner.tryPop()], [1, 2, 3]);
    assertEquals(owner.takeBatch(injector, { limit: 1 }), 1);
    assertEquals(owner.tryPop(), 4);
    assertEquals([injector.size, deque.size], [1, 0]);
  });
}

Deno.test("Deque.stealBatch() takes half, at most the limit, and what there is room for", () => {
  for (const order of ORDERS) {
    const deque = new Deque("i32", 128, { order });
    const owner = deque.owner();
    const mine = new Deque("i32", 64, { order });
    using me = mine.owner();
    assertEquals(deque.stealBatch(me), 0);
    assertEquals(deque.stealBatchAndPop(me), undefined);
    owner.pushMany(Int32Array.from({ length: 128 }, (_, k) => k));
    assertEquals(deque.stealBatch(me), 32);
    assertEquals(deque.stealBatch(me, { limit: 5 }), 5);
    assertEquals(deque.stealBatchAndPop(me, { limit: 1 }), 37);
    assertEquals(deque.size, 90);
    assertEquals(mine.size, 37);
    assertEquals(deque.stealBatch(me), 27);
    assert(mine.isFull);
    assertEquals(deque.stealBatch(me), 0);
    // There is always room for the one that is returned.
    assertEquals(deque.stealBatchAndPop(me), 65);
    assertEquals([deque.size, mine.size], [62, 64]);
    for (const limit of [0, 33, -1, 1.5, NaN, "1"]) {
      const options = { limit: limit as number };
      assertThrows(() => deque.stealBatch(me, options), RangeError);
      assertThrows(() => deque.stealBatchAndPop(me, options), RangeError);
      assertThrows(
        () => me.takeBatch(new MpmcQueue("i32", 2), options),
        RangeError,
      );
    }
    assertEquals([deque.size, mine.size], [62, 64]);
  }
});

Deno.test("Deque.stealBatch() refuses a deque of other records, and leaves its own alone", () => {
  const { deque, owner } = dequeOf("lifo", 1, 2);
  using other = new Deque("u32", 4).owner();
  assertThrows(() => deque.stealBatch(other), TypeError);
  assertThrows(() => deque.stealBatchAndPop(other), TypeError);
  assertThrows(() => other.takeBatch(new MpmcQueue("i32", 2)), TypeError);
  assertEquals(deque.stealBatch(owner), 0);
  assertEquals(deque.stealBatchAndPop(owner), 2);
  assertEquals(deque.size, 1);
});

type Step =
  | readonly ["tryPush", number]
  | readonly ["pushMany", readonly number[]]
  | readonly ["tryPop" | "trySteal" | "release"]
  | readonly ["stealBatch" | "stealBatchAndPop", number];

const step: fc.Arbitrary<Step> = fc.oneof(
  withNumber("tryPush"),
  withNumbers("pushMany", 9),
  fc.tuple(fc.constantFrom("tryPop", "trySteal", "release")),
  fc.tuple(
    fc.constantFrom("stealBatch", "stealBatchAndPop"),
    fc.integer({ min: 1, max: 32 }),
  ),
);

Deno.test("Deque does what an array does, wherever its positions start", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.constantFrom(...ORDERS),
      fc.constantFrom(...ORDERS),
      fc.constantFrom(1, 2, 4, 8),
      fc.constantFrom(0, 2 ** 31, 2 ** 32),
      fc.nat(10),
      fc.array(step, { maxLength: 60 }),
      (kind, order, into, capacity, wrap, before, steps) => {
        const deque = new Deque(kind, capacity, { order });
        if (wrap > 0) moveTo(deque, wrap - before);
        let owner = deque.owner();
        const plain = new PlainRecords(capacity);
        const model = plain.records;
        const pops = (from: number[], by: DequeOrder) =>
          by === "fifo" ? from.shift() : from.pop();
        for (const [name, argument] of steps) {
          switch (name) {
            case "tryPush":
              assertEquals(owner.tryPush(argument), plain.tryPush(argument));
              break;
            case "pushMany":
              assertEquals(
                owner.pushMany(arrayOf(kind, argument)),
                plain.pushMany(argument),
              );
              break;
            case "tryPop":
              assertEquals(owner.tryPop(), pops(model, order));
              break;
            case "trySteal":
              assertEquals(deque.trySteal(), model.shift());
              break;
            case "release":
              owner.release();
              owner = deque.owner();
              break;
            default: {
              using mine = new Deque(kind, 2, { order: into }).owner();
              const options = { limit: argument };
              const half = Math.min((model.length + 1) >> 1, argument);
              const room = name === "stealBatch" ? 2 : 3;
              const batch = model.splice(0, Math.min(half, room));
              const { length } = batch;
              const result = deque[name](mine, options);
              if (name === "stealBatch") assertEquals(result, length);
              else assertEquals(result, pops(batch, order));
              for (let more; (more = pops(batch, order)) !== undefined;) {
                assertEquals(mine.tryPop(), more);
              }
              assertEquals(mine.tryPop(), undefined);
            }
          }
          assertEquals(deque.size, model.length);
        }
      },
    ),
    { numRuns: 400 },
  );
});

Deno.test(
  "DequeOwner.pushAsync() adds nothing once its end was given back",
  TIMEOUT,
  async () => {
    const deque = new Deque("i32", 1);
    const first = deque.owner();
    first.push(1);
    const push = first.pushAsync(2);
    first.release();
    const owner = deque.owner();
    const later = owner.pushAsync(3);
    assertEquals(deque.trySteal(), 1);
    await assertRejects(() => push, TypeError);
    await later;
    assertEquals([deque.trySteal(), deque.trySteal()], [3, undefined]);
    owner.push(4);
    assertThrows(() => first.push(5, { timeout: 1000 }), TypeError);
  },
);

Deno.test("Deque.stealBatch() knows its own end, whatever the handle", () => {
  for (const order of ORDERS) {
    const { deque, owner } = dequeOf(order, 1, 2, 3, 4);
    const same = Deque.from(structuredClone(deque.handle));
    assertEquals(same.stealBatch(owner), 0);
    assertEquals(same.stealBatchAndPop(owner), order === "lifo" ? 4 : 1);
    assertEquals(deque.size, 3);
    const other = dequeOf(order);
    assertEquals(same.stealBatch(other.owner), 2);
  }
});

Deno.test("Deque refuses to move records to or from what is no deque or queue", () => {
  const { deque, owner } = dequeOf("lifo", 1);
  for (const bad of [{}, undefined, null, 5, deque]) {
    const errors = [
      () => deque.stealBatch(bad as never),
      () => deque.stealBatchAndPop(bad as never),
      () => owner.takeBatch(bad as never),
    ].map((call) => assertThrows(call, TypeError));
    for (const { message } of errors) assertStringIncludes(message, "Cannot");
  }
  assertEquals(deque.size, 1);
});

import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { TAIL } from "../../../sync/batch/batch_layout.ts";
import { startAt } from "../../../sync/batch/batch_memory.ts";
import type { BatchRegion } from "../../../sync/batch/batch_region.ts";
import { BatchRing, MAX_BATCH_CAPACITY, struct } from "../../../sync/mod.ts";
import type { RecordArray, RecordKind } from "../../../sync/mod.ts";
import { currentThread, indexOf } from "../../../sync/thread/thread.ts";
import { arrayOf, GOOD, KINDS, refusesOthers } from "../bounded_records.ts";
import { randomFrom } from "../random.ts";
import {
  type ConsumerStep,
  consumerStep,
  PlainBatches,
} from "./plain_batches.ts";

const TIMEOUT = { timeout: 120_000 };
const TASKS = 65_536;

/** An empty ring whose positions start there. */
function ringFrom<T = number>(
  position: number,
  ring: BatchRing<T>,
): BatchRing<T> {
  startAt(new Int32Array(ring.handle.buffer, ring.handle.byteOffset), position);
  return ring;
}

function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, k) => from + k);
}

Deno.test("BatchRing: 65,536 records in random chunks through 64 places come out once, in order (Q1)", () => {
  const ring = new BatchRing("u32", 64);
  using consumer = ring.consumer();
  const random = randomFrom(1);
  let next = 0;
  let seen = 0;
  let sum = 0;
  while (seen < TASKS) {
    const chunk = Math.min(random(8192), TASKS - next);
    next += ring.pushMany(Uint32Array.from(range(chunk, next)));
    using batch = consumer.bound();
    for (const slice of batch?.slices() ?? []) {
      for (const record of slice) {
        assertEquals(record, seen++);
        sum += record;
      }
    }
  }
  assertEquals(sum, TASKS * (TASKS - 1) / 2);
  assertEquals([ring.size, consumer.openSize], [0, 0]);
});

Deno.test("BatchRing: 65,536 cycles of one record (Q2)", () => {
  const ring = new BatchRing("i32", 64);
  using consumer = ring.consumer();
  for (let k = 0; k < TASKS; k++) {
    assert(ring.tryPush(k, -k));
    using batch = consumer.bound()!;
    if (batch.length !== 1 || batch.at(0) !== k || batch.ticketOf(0) !== -k) {
      throw new Error(`cycle ${k}: ${batch.toArray()}`);
    }
  }
  assertEquals(ring.size, 0);
});

Deno.test("BatchConsumer.bound() takes all that was pushed before, what comes later is in the next one (Q8)", () => {
  const ring = new BatchRing("i32", 64);
  using consumer = ring.consumer();
  assertEquals(consumer.bound(), undefined);
  ring.push(1);
  assertEquals(consumer.openSize, 1);
  ring.push(2);
  assertEquals(consumer.wait(), 2);
  const first = consumer.bound()!;
  assertEquals([consumer.openSize, consumer.bound()], [0, undefined]);
  ring.push(3);
  const second = consumer.bound()!;
  assertEquals([first.toArray(), second.toArray()], [[1, 2], [3]]);
  assertEquals(second.start, (first.start + 2) % 2 ** 32);
});

/** How many atomic operations, and which, an action does. */
function atomicsOf(action: () => void): string[] {
  const real = globalThis.Atomics;
  const names: string[] = [];
  globalThis.Atomics = new Proxy(real, {
    get: (target, name) => {
      names.push(String(name));
      return Reflect.get(target, name);
    },
  });
  try {
    action();
  } finally {
    globalThis.Atomics = real;
  }
  return names;
}

Deno.test("BatchConsumer.bound() is a load and one store, whatever the size (Q9)", () => {
  const ring = new BatchRing("i32", 2 ** 17);
  using consumer = ring.consumer();
  for (const size of [1, 10, 100_000]) {
    assertEquals(ring.pushMany(new Int32Array(size)), size);
    let batch: BatchRegion | undefined;
    const names = atomicsOf(() => batch = consumer.bound());
    assertEquals(names, ["load", "store"]);
    assertEquals(batch?.length, size);
    batch?.free();
  }
});

Deno.test("BatchRing.tryPush() is two exchanges while nobody waits, wherever its positions are", () => {
  for (const position of [0, 2 ** 31 - 4, 2 ** 32 - 4]) {
    const ring = ringFrom(position, new BatchRing("i32", 64));
    ring.push(0);
    for (let k = 0; k < 40; k++) {
      const names = atomicsOf(() => ring.push(k));
      assertEquals(names, ["compareExchange", "exchange"]);
    }
  }
});

const Task = struct({ id: "u32", weight: "f64" });
const taskOf = (id: number) => ({ id, weight: id / 2 });

Deno.test("BatchRegion.slices() of a batch that wraps around are two, in order, in the ring's memory (Q10)", () => {
  for (const kind of KINDS) {
    const ring = ringFrom(-3, new BatchRing(kind, 64));
    using consumer = ring.consumer();
    assertEquals(ring.pushMany(arrayOf(kind, range(8))), 8);
    using batch = consumer.bound()!;
    const slices = batch.slices() as RecordArray[];
    assertEquals(slices.map((slice) => [...slice]), [
      [0, 1, 2],
      [3, 4, 5, 6, 7],
    ]);
    for (const slice of slices) {
      assertStrictEquals(slice.buffer, ring.handle.buffer as never);
      assert(slice instanceof arrayOf(kind, []).constructor);
    }
    ring.pushMany(arrayOf(kind, [9]));
    assertEquals(consumer.bound()!.slices().map((slice) => [...slice]), [[9]]);
  }
  const ring = ringFrom(2 ** 31 - 2, new BatchRing(Task, 64));
  using consumer = ring.consumer();
  assertEquals(ring.pushMany([1, 2, 3].map(taskOf), 2 ** 31 - 2), 3);
  using batch = consumer.bound()!;
  const [first, second] = batch.slices();
  assertEquals([...first!], [taskOf(1), taskOf(2)]);
  assertEquals([...second!], [taskOf(3)]);
  assertEquals([first!.at(-1), first!.at(2), second!.at(0)], [
    taskOf(2),
    undefined,
    taskOf(3),
  ]);
  const into = taskOf(0);
  assertStrictEquals(batch.at(2, into), into);
  assertEquals(into, taskOf(3));
  // Tickets wrap around as other 32-bit integers do.
  assertEquals(range(3).map((k) => batch.ticketOf(k)), [
    2 ** 31 - 2,
    2 ** 31 - 1,
    -(2 ** 31),
  ]);
});

Deno.test(
  "BatchRing full: tryPush() refuses, push() and pushAsync() wait for room and add once (Q11)",
  TIMEOUT,
  async () => {
    const ring = new BatchRing("i32", 64);
    using consumer = ring.consumer();
    assertEquals(ring.pushMany(Int32Array.from(range(70))), 64);
    assertFalse(ring.tryPush(64));
    assertEquals(ring.pushMany(Int32Array.of(64)), 0);
    assertThrows(() => ring.push(64, { timeout: 0 }), DOMException);
    const batch = consumer.bound()!;
    // Bounding makes no room, freeing does.
    assertFalse(ring.tryPush(64));
    const stop = new AbortController();
    const given = ring.pushAsync(-1, { signal: stop.signal });
    const waits = range(10, 64).map((value) =>
      ring.pushAsync(value, { ticket: value })
    );
    stop.abort(new Error("enough"));
    await assertRejects(() => given, Error, "enough");
    batch.free();
    await Promise.all(waits);
    ring.push(74);
    using next = consumer.bound()!;
    assertEquals(next.toArray().toSorted(), range(11, 64));
    assertEquals(next.ticketOf(0), next.at(0));
  },
);

Deno.test("BatchRegion.free() in any order: room comes back with the oldest (Q12)", () => {
  const ring = new BatchRing("i32", 64);
  using consumer = ring.consumer();
  const batches = range(4).map((k) => {
    assertEquals(ring.pushMany(new Int32Array(16).fill(k)), 16);
    return consumer.bound()!;
  });
  const sizes = [2, 1, 0, 3].map((k) => {
    batches[k]!.free();
    batches[k]!.free();
    return ring.size;
  });
  assertEquals(sizes, [64, 64, 16, 0]);
  // What is not free was not disturbed by what came into the room.
  const kept = range(3).map((k) => {
    ring.pushMany(new Int32Array(16).fill(10 + k));
    return consumer.bound()!;
  });
  kept[0]!.free();
  assertEquals(ring.pushMany(new Int32Array(64)), 32);
  assertEquals([...new Set(kept[1]!.toArray())], [11]);
  assertEquals([...new Set(kept[2]!.toArray())], [12]);
});

Deno.test("BatchRegion: a batch that is dropped gives its room back, and cannot be read (Q13)", () => {
  const ring = new BatchRing("f64", 64);
  using consumer = ring.consumer();
  ring.pushMany(new Float64Array(64));
  // The open one, and then a bounded one in the middle of being read.
  consumer.bound()?.free();
  assertEquals(ring.size, 0);
  ring.push(0.5);
  const batch = consumer.bound()!;
  {
    using dropped = batch;
    assertEquals(dropped.at(0), 0.5);
  }
  assertEquals([batch.isFreed, ring.size], [true, 0]);
  for (
    const read of [
      () => batch.at(0),
      () => batch.senderOf(0),
      () => batch.ticketOf(0),
      () => batch.slices(),
      () => batch.toArray(),
    ]
  ) assertThrows(read, TypeError, "was freed");
  const structs = new BatchRing(Task, 64);
  structs.push(taskOf(1));
  using end = structs.consumer();
  const bounded = end.bound()!;
  const [slice] = bounded.slices();
  bounded.free();
  assertThrows(() => slice!.at(0), TypeError, "was freed");
});

Deno.test("BatchRing refuses capacities that are no power of two from 64 on (Q14)", () => {
  for (
    const capacity of [
      0,
      1,
      32,
      63,
      65,
      96,
      -64,
      64.5,
      NaN,
      Infinity,
      2 * MAX_BATCH_CAPACITY,
      "64" as unknown as number,
    ]
  ) {
    assertThrows(
      () => new BatchRing("i32", capacity),
      RangeError,
      String(capacity),
    );
  }
  assertThrows(() => new BatchRing("i8" as never, 64), TypeError, '"i8"');
  for (const capacity of [64, 4096]) {
    const { handle } = new BatchRing("i32", capacity);
    assertEquals(BatchRing.from(handle).capacity, capacity);
    const other = { ...handle, capacity: capacity / 2 };
    assertThrows(() => BatchRing.from(other), RangeError);
  }
});

Deno.test("BatchRing: thousands of unfinished batches, freed in any order (Q19)", () => {
  const ring = ringFrom(2 ** 32 - 1000, new BatchRing("u32", 4096));
  using consumer = ring.consumer();
  const random = randomFrom(7);
  for (let round = 0; round < 3; round++) {
    const batches = range(4096).map((k) => {
      ring.push(k);
      return consumer.bound()!;
    });
    assertFalse(ring.tryPush(0));
    const [oldest, ...others] = batches;
    while (others.length > 0) {
      const [batch] = others.splice(random(others.length), 1);
      assertEquals(batch!.length, 1);
      batch!.free();
    }
    assertEquals([ring.size, oldest!.at(0)], [4096, 0]);
    oldest!.free();
    assertEquals(ring.size, 0);
  }
});

Deno.test("BatchRing: 256 records through 64 places, bounded whenever it is full (Q20)", () => {
  for (const position of [0, 2 ** 31 - 100, 2 ** 32 - 100]) {
    const ring = ringFrom(position, new BatchRing(Task, 64));
    using consumer = ring.consumer();
    const seen: number[] = [];
    for (let k = 0; k < 256; k++) {
      while (!ring.tryPush(taskOf(k), k)) {
        using batch = consumer.bound()!;
        seen.push(...batch.toArray().map(({ id }) => id));
      }
    }
    using batch = consumer.bound()!;
    seen.push(...batch.toArray().map(({ id }) => id));
    assertEquals(seen, range(256));
  }
});

Deno.test("BatchRing keeps every number of its kind as it is, and refuses others", async () => {
  for (const kind of KINDS) {
    const ring = new BatchRing(kind, 64);
    using consumer = ring.consumer();
    for (const value of GOOD[kind]) ring.push(value);
    await refusesOthers(kind, [
      (value) => ring.tryPush(value),
      (value) => ring.push(value),
    ], [(value) => ring.pushAsync(value)]);
    const others = KINDS.filter((other) => other !== kind);
    for (const other of others) {
      const numbers = arrayOf(other, [1]);
      assertThrows(() => ring.pushMany(numbers), TypeError, "records");
    }
    using batch = consumer.bound()!;
    assertEquals(batch.toArray(), [...GOOD[kind]]);
    for (const index of [-1, GOOD[kind].length, 0.5, NaN]) {
      assertThrows(() => batch.at(index), RangeError, String(index));
    }
  }
});

Deno.test("BatchRing refuses tickets that are no 32-bit integers, and adds nothing", async () => {
  const ring = new BatchRing("i32", 64);
  for (const ticket of [2 ** 31, 0.5, NaN, "1", null, 1n] as number[]) {
    const error = typeof ticket === "number" ? RangeError : TypeError;
    assertThrows(() => ring.tryPush(1, ticket), error, "ticket");
    assertThrows(() => ring.push(1, { ticket }), error, "ticket");
    assertThrows(() => ring.pushMany(Int32Array.of(1), ticket), error);
    await assertRejects(() => ring.pushAsync(1, { ticket }), error, "ticket");
  }
  for (const timeout of [-1, NaN, "1"] as number[]) {
    assertThrows(() => ring.push(1, { timeout }), RangeError, "timeout");
    await assertRejects(() => ring.pushAsync(1, { timeout }), RangeError);
    using consumer = ring.consumer();
    assertThrows(() => consumer.wait({ timeout }), RangeError, "timeout");
    await assertRejects(() => consumer.waitAsync({ timeout }), RangeError);
  }
  assertEquals(ring.size, 0);
});

Deno.test("BatchRing.pushMany() of structs adds none if one is refused, or a getter pushes in between", () => {
  const ring = new BatchRing(Task, 64);
  using consumer = ring.consumer();
  const bad = { id: -1, weight: 0 };
  assertThrows(() => ring.pushMany([taskOf(1), bad]), RangeError);
  assertEquals(ring.size, 0);
  const pushing = {
    get id() {
      ring.push(taskOf(7));
      return 2;
    },
    weight: 1,
  };
  assertEquals(ring.pushMany([taskOf(1), pushing]), 2);
  using batch = consumer.bound()!;
  assertEquals(batch.toArray(), [taskOf(7), taskOf(1), taskOf(2)]);
});

type Step =
  | readonly ["push", number]
  | readonly ["pushMany", number]
  | ConsumerStep;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant("push" as const), fc.nat(1000)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant("pushMany" as const), fc.nat(70)),
  },
  { weight: 3, arbitrary: consumerStep },
);

/** Does a step with a ring of 64 numbers, and with what it must hold. */
function act(
  ring: BatchRing,
  kind: RecordKind,
  plain: PlainBatches<number>,
  step: Step,
): void {
  const room = 64 - plain.taken.length;
  if (step[0] === "push") {
    assertEquals(ring.tryPush(step[1], plain.next), room > 0);
    if (room > 0) plain.add([step[1]]);
  } else if (step[0] === "pushMany") {
    const values = range(step[1], plain.next);
    const count = Math.min(step[1], room);
    assertEquals(ring.pushMany(arrayOf(kind, values), plain.next), count);
    plain.add(values.slice(0, count));
  } else plain.do(step);
}

Deno.test("BatchRing does what arrays of batches do, wherever its positions start", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.constantFrom(0, 2 ** 31, 2 ** 32),
      fc.nat(100),
      fc.array(step, { maxLength: 60 }),
      (kind, wrap, before, steps) => {
        const ring = ringFrom((wrap - before) | 0, new BatchRing(kind, 64));
        const plain = new PlainBatches(ring);
        for (const each of steps) {
          act(ring, kind, plain, each);
          plain.check();
        }
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("BatchRing of the largest capacity finds its tail in every lap, also after claims that were lost", () => {
  const ring = ringFrom(
    2 ** 32 - 1000,
    new BatchRing("i32", MAX_BATCH_CAPACITY),
  );
  const { buffer, byteOffset } = ring.handle;
  const words = new Int32Array(buffer, byteOffset);
  using consumer = ring.consumer();
  const values = new Int32Array(MAX_BATCH_CAPACITY);
  for (let lap = 0; lap < 9; lap++) {
    // As a full stack leaves it in the middle of a call.
    words[TAIL]! |= indexOf(currentThread().id) + 1;
    assertEquals(ring.pushMany(values), MAX_BATCH_CAPACITY);
    assertEquals([ring.size, consumer.openSize], [
      MAX_BATCH_CAPACITY,
      MAX_BATCH_CAPACITY,
    ]);
    assertFalse(ring.tryPush(1));
    using batch = consumer.bound()!;
    assertEquals([batch.length, consumer.openSize], [MAX_BATCH_CAPACITY, 0]);
    batch.free();
    ring.push(lap);
    using one = consumer.bound()!;
    assertEquals(one.toArray(), [lap]);
  }
  assertEquals(ring.size, 0);
});

Deno.test("BatchConsumer.bound() takes no more than `most` records, the oldest, and leaves the others open (Q8)", () => {
  const ring = new BatchRing("u32", 64);
  using consumer = ring.consumer();
  ring.pushMany(Uint32Array.from({ length: 64 }, (_, k) => k));
  const sizes = [];
  for (let batch; (batch = consumer.bound(25)) !== undefined;) {
    assertEquals(batch.at(0), 25 * sizes.length);
    sizes.push(batch.length);
    batch.free();
  }
  assertEquals([sizes, ring.size], [[25, 25, 14], 0]);
  for (const most of [0, -1, 0.5, NaN, "1" as never]) {
    assertThrows(() => consumer.bound(most), RangeError);
  }
});

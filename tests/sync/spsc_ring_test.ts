import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import type { RecordKind } from "../../sync/record.ts";
import {
  MAX_RING_CAPACITY,
  RingEndLostError,
  SpscRing,
} from "../../sync/spsc_ring.ts";
import { currentThread } from "../../sync/thread.ts";
import { runWorkers } from "./crew.ts";
import type {
  RecordRingOutcome,
  RecordRingTask,
} from "./fixtures/spsc_ring_worker.ts";
import { sliceOf } from "./memory.ts";
import { claimOther, runAs } from "./other_thread.ts";

const TIMEOUT = { timeout: 20_000 };
const KINDS: readonly RecordKind[] = ["i32", "u32", "f64"];
const ARRAYS = { i32: Int32Array, u32: Uint32Array, f64: Float64Array };

/** Puts an empty ring to where its positions start. */
function moveTo(ring: SpscRing, position: number): void {
  const { buffer, byteOffset } = ring.handle;
  const words = new Int32Array(buffer, byteOffset);
  words[32] = words[64] = position;
}

Deno.test("SpscRing smoke", () => {
  const ring = new SpscRing("i32", 1);
  const producer = ring.producer();
  const consumer = ring.consumer();
  for (const value of [7, 8]) {
    assert(producer.tryPush(value));
    assertFalse(producer.tryPush(9));
    assertEquals(consumer.tryPop(), value);
    assertEquals(consumer.tryPop(), undefined);
  }
});

Deno.test("SpscRing capacity is what was asked for, and zero_capacity is refused", () => {
  for (const capacity of [1, 2, 4, 1024]) {
    const ring = new SpscRing("f64", capacity);
    assertEquals(ring.capacity, capacity);
    assertEquals(SpscRing.from(ring.handle).capacity, capacity);
  }
  const none = [0, -1, 1.5, 3, 100, NaN, Infinity, 2 * MAX_RING_CAPACITY];
  for (const capacity of none) {
    const error = assertThrows(() => new SpscRing("i32", capacity), RangeError);
    assertStringIncludes(error.message, String(capacity));
  }
  assertThrows(() => new SpscRing("i64" as never, 2), TypeError);
});

Deno.test("SpscRing refuses handles of something else, too small or of another form", () => {
  const { handle } = new SpscRing("i32", 4);
  const from = (changes: object) =>
    SpscRing.from({ ...handle, ...changes } as typeof handle);
  assertThrows(() => from({ kind: "MpmcQueue" }), TypeError);
  assertThrows(() => from({ buffer: new ArrayBuffer(4096) }), TypeError);
  assertThrows(() => SpscRing.from(null as never), TypeError);
  assertThrows(() => from({ byteOffset: handle.byteOffset + 8 }), RangeError);
  assertThrows(() => from(sliceOf(768 + 4 * 4 - 4)), RangeError);
  assertThrows(() => from({ capacity: 2 }), RangeError);
  assertThrows(() => from({ capacity: 3 }), RangeError);
  assertThrows(() => from({ record: "u32" }), RangeError);
  assertThrows(() => from({ record: "i64" }), TypeError);
  assertEquals(from({}).capacity, 4);
});

Deno.test("SpscRing len_empty_full", () => {
  const ring = new SpscRing("i32", 2);
  const producer = ring.producer();
  const look = () => [ring.size, ring.isEmpty, ring.isFull];
  assertEquals(look(), [0, true, false]);
  producer.tryPush(1);
  assertEquals(look(), [1, false, false]);
  producer.tryPush(2);
  assertEquals(look(), [2, false, true]);
  ring.consumer().tryPop();
  assertEquals(look(), [1, false, false]);
});

Deno.test("SpscRing keeps every number of its kind, and refuses others", () => {
  const good: Record<RecordKind, number[]> = {
    i32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
    u32: [0, 1, 2 ** 31, 2 ** 32 - 1],
    f64: [0, -0, 0.1, -1e300, 5e-324, NaN, Infinity, 2 ** 53],
  };
  const bad: Record<RecordKind, unknown[]> = {
    i32: [0.5, 2 ** 31, NaN, "1", undefined, 1n],
    u32: [-1, 2 ** 32, 0.5, null],
    f64: ["1", undefined, 1n],
  };
  for (const kind of KINDS) {
    const ring = new SpscRing(kind, 16);
    const producer = ring.producer();
    const consumer = ring.consumer();
    for (const value of bad[kind] as number[]) {
      const type = typeof value === "number" ? RangeError : TypeError;
      assertThrows(() => producer.tryPush(value), type);
      assertThrows(() => producer.push(value), type);
    }
    assertThrows(() => producer.pushMany([1] as never), TypeError);
    assertThrows(() => consumer.popMany(new Int8Array(1) as never), TypeError);
    for (const value of good[kind]) producer.push(value);
    for (const value of good[kind]) assert(Object.is(consumer.pop(), value));
    assertEquals(ring.size, 0);
  }
});

Deno.test("SpscRing gives each end to one thread at a time", () => {
  const ring = new SpscRing("i32", 2);
  using other = claimOther();
  const producer = ring.producer();
  assertThrows(() => ring.producer(), TypeError);
  runAs(other.id, () => assertThrows(() => ring.producer(), TypeError));
  producer.tryPush(1);
  producer.release();
  const next = runAs(other.id, () => ring.producer());
  next.tryPush(2);
  // Not of this thread: it cannot give back what another one has.
  producer.release();
  assertThrows(() => ring.producer(), TypeError);
  using consumer = ring.consumer();
  assertEquals([consumer.tryPop(), consumer.tryPop()], [1, 2]);
});

Deno.test("SpscProducer.release() gives back once what it took", () => {
  const ring = new SpscRing("i32", 2);
  const former = ring.producer();
  former.release();
  using _ = ring.producer();
  former.release();
  assertThrows(() => ring.producer(), TypeError);
});

Deno.test("SpscRing lets the end of a lost thread be taken", () => {
  const ring = new SpscRing("i32", 2);
  using other = claimOther();
  runAs(other.id, () => ring.producer().tryPush(1));
  currentThread().threads.markLost(other.id);
  using consumer = ring.consumer();
  assertEquals(consumer.pop(), 1);
  assertThrows(() => consumer.pop({ timeout: 1000 }), RingEndLostError);
  using producer = ring.producer();
  assert(producer.tryPush(2));
  assertEquals(consumer.pop(), 2);
});

type Step =
  | readonly ["push", number]
  | readonly ["pushMany", readonly number[]]
  | readonly ["pop"]
  | readonly ["popMany", number];

const value = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant("push" as const), value),
  fc.tuple(
    fc.constant("pushMany" as const),
    fc.array(value, { maxLength: 70 }),
  ),
  fc.tuple(fc.constant("pop" as const)),
  fc.tuple(fc.constant("popMany" as const), fc.nat(70)),
);

Deno.test("SpscRing does what an array does, wherever its positions start", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.constantFrom(1, 2, 8, 64, 128),
      fc.constantFrom(0, 2 ** 31, 2 ** 32),
      fc.nat(100),
      fc.array(step, { maxLength: 60 }),
      (kind, capacity, wrap, before, steps) => {
        const ring = new SpscRing(kind, capacity);
        if (wrap > 0) moveTo(ring, wrap - before);
        const producer = ring.producer();
        const consumer = ring.consumer();
        const model: number[] = [];
        for (const [name, argument] of steps) {
          if (name === "push") {
            const fits = model.length < capacity;
            if (fits) model.push(argument);
            assertEquals(producer.tryPush(argument), fits);
          } else if (name === "pushMany") {
            const fits = Math.min(capacity - model.length, argument.length);
            model.push(...argument.slice(0, fits));
            const count = producer.pushMany(ARRAYS[kind].from(argument));
            assertEquals(count, fits);
          } else if (name === "pop") {
            assertEquals(consumer.tryPop(), model.shift());
          } else {
            const target = new ARRAYS[kind](argument);
            const taken = model.splice(0, argument);
            assertEquals(consumer.popMany(target), taken.length);
            assertEquals([...target.subarray(0, taken.length)], taken);
          }
          assertEquals(ring.size, model.length);
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("SpscRing: waits give up in time and change nothing", async () => {
  const ring = new SpscRing("i32", 1);
  const producer = ring.producer();
  const consumer = ring.consumer();
  for (const timeout of [0, 2]) {
    assertThrows(() => consumer.pop({ timeout }), DOMException);
    await assertRejects(() => consumer.popAsync({ timeout }), DOMException);
  }
  producer.push(1, { timeout: 0 });
  for (const timeout of [0, 2]) {
    assertThrows(() => producer.push(2, { timeout }), DOMException);
    await assertRejects(() => producer.pushAsync(2, { timeout }), DOMException);
  }
  for (const timeout of [-1, NaN]) {
    assertThrows(() => consumer.pop({ timeout }), RangeError);
    assertThrows(() => producer.push(1, { timeout }), RangeError);
    await assertRejects(() => consumer.popAsync({ timeout }), RangeError);
    await assertRejects(() => producer.pushAsync(1, { timeout }), RangeError);
  }
  assertEquals([consumer.tryPop(), consumer.tryPop()], [1, undefined]);
});

Deno.test(
  "SpscConsumer.popAsync() ends with the reason of its signal",
  TIMEOUT,
  async () => {
    const ring = new SpscRing("i32", 1);
    const consumer = ring.consumer();
    const controller = new AbortController();
    const { signal } = controller;
    const givenUp = consumer.popAsync({ signal });
    const reason = new Error("enough");
    controller.abort(reason);
    assertEquals(await givenUp.catch((error) => error), reason);
    const next = consumer.popAsync();
    ring.producer().tryPush(7);
    assertEquals(await next, 7);
  },
);

for (
  const { capacity, records } of [
    { capacity: 1, records: 3000 },
    { capacity: 64, records: 100_000 },
  ]
) {
  Deno.test(
    `SpscRing spsc: one of ${capacity} brings each record to a worker once and in order`,
    TIMEOUT,
    async () => {
      const ring = new SpscRing("f64", capacity);
      moveTo(ring, 2 ** 31 - 1000);
      const task = { ring: ring.handle, records };
      const done = await runWorkers<RecordRingTask, RecordRingOutcome>(
        "spsc_ring_worker.ts",
        [
          { ...task, end: "producer", seed: capacity },
          { ...task, end: "consumer", seed: capacity + 1 },
        ],
      );
      assertEquals(done, [records, records]);
      assert(ring.isEmpty);
    },
  );
}

Deno.test(
  "SpscRing: a wait of an end that was given back is refused",
  TIMEOUT,
  async () => {
    const ring = new SpscRing("i32", 1);
    const producer = ring.producer();
    const first = ring.consumer();
    const pop = first.popAsync();
    first.release();
    const consumer = ring.consumer();
    const next = consumer.popAsync();
    producer.push(1);
    await assertRejects(() => pop, TypeError);
    assertEquals(await next, 1);
    assertThrows(() => first.pop({ timeout: 1000 }), TypeError);
    await assertRejects(() => first.popAsync(), TypeError);

    producer.push(2);
    const push = producer.pushAsync(3);
    producer.release();
    const last = ring.producer();
    const later = last.pushAsync(4);
    assertEquals(consumer.pop(), 2);
    await assertRejects(() => push, TypeError);
    await later;
    assertEquals([consumer.tryPop(), consumer.tryPop()], [4, undefined]);
    assert(last.tryPush(5));
    assertThrows(() => producer.push(6, { timeout: 1000 }), TypeError);
  },
);

Deno.test(
  "SpscRing: a wait of an end that another thread took over is refused",
  TIMEOUT,
  async () => {
    const ring = new SpscRing("i32", 1);
    const consumer = ring.consumer();
    const pop = consumer.popAsync();
    const { buffer, byteOffset } = ring.handle;
    const words = new Int32Array(buffer, byteOffset);
    using other = claimOther();
    words[97] = other.id;
    ring.producer().push(1);
    await assertRejects(() => pop, TypeError);
    assertEquals(ring.size, 1);
    consumer.release();
    assertEquals(words[97], other.id);
  },
);

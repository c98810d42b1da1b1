import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import type { RecordArray } from "../../../sync/record/record.ts";
import { SpscRing } from "../../../sync/queue/spsc_ring.ts";
import {
  arrayOf,
  KINDS,
  PlainRecords,
  withNumber,
  withNumbers,
} from "../bounded_records.ts";
import { runWorkers } from "../crew.ts";
import type {
  RecordRingOutcome,
  RecordRingTask,
} from "../fixtures/spsc_ring_worker.ts";
import { claimOther } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

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

type Step =
  | readonly ["push", number]
  | readonly ["pushMany", readonly number[]]
  | readonly ["pop"]
  | readonly ["popMany", number];

const step: fc.Arbitrary<Step> = fc.oneof(
  withNumber("push"),
  withNumbers("pushMany", 70),
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
        const plain = new PlainRecords(capacity);
        const popMany = (target: RecordArray) => consumer.popMany(target);
        for (const [name, argument] of steps) {
          if (name === "push") {
            assertEquals(producer.tryPush(argument), plain.tryPush(argument));
          } else if (name === "pushMany") {
            const count = producer.pushMany(arrayOf(kind, argument));
            assertEquals(count, plain.pushMany(argument));
          } else if (name === "pop") {
            assertEquals(consumer.tryPop(), plain.records.shift());
          } else {
            plain.isTakenFrom(popMany, kind, argument);
          }
          assertEquals(ring.size, plain.records.length);
        }
      },
    ),
    { numRuns: 300 },
  );
});

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

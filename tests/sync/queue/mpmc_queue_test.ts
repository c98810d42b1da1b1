import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EVENT_COUNT_SIZE } from "../../../sync/thread/event_count.ts";
import { LINE } from "../../../sync/memory/memory.ts";
import { Barrier, Deque, SharedCounter } from "../../../sync/mod.ts";
import { MpmcQueue } from "../../../sync/queue/mpmc_queue.ts";
import type { RecordArray } from "../../../sync/record/record.ts";
import {
  arrayOf,
  KINDS,
  PlainRecords,
  refusesOthers,
  withNumber,
  withNumbers,
} from "../bounded_records.ts";
import { runWorkers } from "../crew.ts";
import type { QueueOutcome, QueueTask } from "../fixtures/mpmc_queue_worker.ts";
import { claimOther } from "../other_thread.ts";
import { type Sleep, sleepingBy } from "../sleeping.ts";
import {
  becomeThread,
  currentThread,
  ThreadRegistry,
} from "../../../sync/thread/thread.ts";
import { mortal } from "../../model/mortal.ts";
import type { ModelThread } from "../../model/explorer.ts";

const TIMEOUT = { timeout: 120_000 };
const PER_PRODUCER = 2 ** 20;

// In words.
const HEAD = (LINE + 2 * EVENT_COUNT_SIZE) / 4;
const TAIL = HEAD + LINE / 4;
const SLOTS = TAIL + LINE / 4;

/** Puts an empty queue to where its positions start. */
function moveTo(queue: MpmcQueue, position: number): void {
  const { buffer, byteOffset, capacity } = queue.handle;
  const words = new Int32Array(buffer, byteOffset);
  words[HEAD] = words[TAIL] = position;
  for (let k = 0; k < capacity; k++) {
    const at = SLOTS + 4 * ((position + k) % capacity);
    words[at] = words[at + 1] = (2 * (position + k)) % 2 ** 31;
  }
}

Deno.test("MpmcQueue smoke", () => {
  const queue = new MpmcQueue("i32", 1);
  assert(queue.tryPush(7));
  assertEquals(queue.tryPop(), 7);
  assert(queue.tryPush(8));
  assertEquals(queue.tryPop(), 8);
  assertEquals(queue.tryPop(), undefined);
});

Deno.test("MpmcQueue full: tryPush() refuses, forcePush() replaces the oldest record (U15)", () => {
  const queue = new MpmcQueue("i32", 2);
  assertEquals([1, 2, 3].map((value) => queue.tryPush(value)), [
    true,
    true,
    false,
  ]);
  assertEquals([4, 5].map((value) => queue.forcePush(value)), [1, 2]);
  assert(queue.isFull);
  assertEquals([queue.tryPop(), queue.tryPop()], [4, 5]);
  assertEquals(queue.forcePush(6), undefined);
  assertEquals([queue.size, queue.tryPop(), queue.tryPop()], [1, 6, undefined]);
});

Deno.test("MpmcQueue spsc_ring_buffer: a record comes back each time", () => {
  const queue = new MpmcQueue("u32", 1);
  for (let k = 0; k < 1000; k++) {
    assertEquals(queue.forcePush(k), undefined);
    assertEquals(queue.forcePush(k + 1), k);
    assertEquals(queue.tryPop(), k + 1);
  }
});

Deno.test("MpmcQueue into_iter: popMany() takes what is left, in order", () => {
  const queue = new MpmcQueue("i32", 128);
  for (let k = 0; k < 100; k++) queue.tryPush(k);
  const rest = new Int32Array(128);
  assertEquals(queue.popMany(rest), 100);
  assertEquals(
    [...rest.subarray(0, 100)],
    Array.from({ length: 100 }, (_, k) => k),
  );
  assert(queue.isEmpty);
});

Deno.test("MpmcQueue len through many laps", () => {
  const capacity = 128;
  const queue = new MpmcQueue("i32", capacity);
  for (let lap = 0; lap < 10; lap++) {
    for (let k = 0; k < 50; k++) {
      assert(queue.tryPush(k));
      assertEquals(queue.size, k + 1);
    }
    for (let k = 0; k < 50; k++) {
      assertEquals(queue.tryPop(), k);
      assertEquals(queue.size, 50 - k - 1);
    }
  }
  for (let k = 0; k < capacity; k++) assert(queue.tryPush(k));
  assertEquals(queue.size, capacity);
});

Deno.test("MpmcQueue.forcePush() refuses what is not of its kind and changes nothing", async () => {
  for (const kind of KINDS) {
    const queue = new MpmcQueue(kind, 1);
    await refusesOthers(kind, [(value) => queue.forcePush(value)]);
    assertEquals(queue.size, 0);
  }
});

type Step =
  | readonly ["tryPush" | "forcePush", number]
  | readonly ["pushMany", readonly number[]]
  | readonly ["tryPop"]
  | readonly ["popMany", number];

const step: fc.Arbitrary<Step> = fc.oneof(
  withNumber("tryPush"),
  withNumber("forcePush"),
  withNumbers("pushMany", 6),
  fc.tuple(fc.constant("tryPop" as const)),
  fc.tuple(fc.constant("popMany" as const), fc.nat(6)),
);

Deno.test("MpmcQueue does what an array does, wherever its positions start (U15)", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.constantFrom(1, 2, 4, 8),
      fc.constantFrom(0, 2 ** 30, 2 ** 31, 2 ** 32),
      fc.nat(10),
      fc.array(step, { maxLength: 60 }),
      (kind, capacity, wrap, before, steps) => {
        const queue = new MpmcQueue(kind, capacity);
        if (wrap > 0) moveTo(queue, wrap - before);
        const plain = new PlainRecords(capacity);
        const model = plain.records;
        for (const [name, argument] of steps) {
          if (name === "tryPush") {
            assertEquals(queue.tryPush(argument), plain.tryPush(argument));
          } else if (name === "forcePush") {
            const oldest = model.length === capacity
              ? model.shift()
              : undefined;
            model.push(argument);
            assertEquals(queue.forcePush(argument), oldest);
          } else if (name === "pushMany") {
            assertEquals(
              queue.pushMany(arrayOf(kind, argument)),
              plain.pushMany(argument),
            );
          } else if (name === "tryPop") {
            assertEquals(queue.tryPop(), model.shift());
          } else {
            const popMany = (target: RecordArray) => queue.popMany(target);
            plain.isTakenFrom(popMany, kind, argument);
          }
          assertEquals(queue.size, model.length);
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("MpmcQueue frees a slot that a lost thread claimed", TIMEOUT, () => {
  const queue = new MpmcQueue("i32", 1);
  const { buffer, byteOffset } = queue.handle;
  const words = new Int32Array(buffer, byteOffset);
  const { threads } = currentThread();
  using lost = claimOther();
  // As a producer leaves it that stops after its claim.
  words[SLOTS] = -lost.id;
  threads.markLost(lost.id);
  assertEquals(queue.tryPop(), undefined);
  assert(queue.tryPush(1));
  // And a consumer.
  words[SLOTS] = -lost.id;
  assertFalse(queue.tryPush(2));
  assertEquals(queue.tryPop(), 1);
});

/** Runs producers and consumers; returns what each consumer took. */
async function stress(
  producers: number,
  consumers: number,
  records: number,
  capacity: number,
): Promise<number[][]> {
  const queue = new MpmcQueue("f64", capacity);
  moveTo(queue, 2 ** 31 - records);
  const shared = {
    queue: queue.handle,
    start: new Barrier(producers + consumers).handle,
    taken: new SharedCounter().handle,
    records,
    total: producers * records,
  };
  const outcomes = await runWorkers<QueueTask, QueueOutcome>(
    "mpmc_queue_worker.ts",
    Array.from({ length: producers + consumers }, (_, k): QueueTask => ({
      ...shared,
      role: k < producers ? "producer" : "consumer",
      producer: k,
      seed: k + 1,
    })),
  );
  // The mark by which the consumers told each other of the end.
  assertEquals(queue.tryPop(), -1);
  assertEquals(queue.tryPop(), undefined);
  return outcomes.slice(producers);
}

for (
  const { name, producers, consumers, records, capacity } of [
    { name: "spsc", producers: 1, consumers: 1, records: 20_000, capacity: 4 },
    { name: "mpmc", producers: 2, consumers: 2, records: 8000, capacity: 8 },
    {
      name: "mpmc_ring_buffer",
      producers: 2,
      consumers: 2,
      records: 1000,
      capacity: 1,
    },
  ]
) {
  Deno.test(
    `MpmcQueue ${name}: workers get each record once, each producer's in order (U9)`,
    TIMEOUT,
    async () => {
      const taken = await stress(producers, consumers, records, capacity);
      const all = taken.flat().toSorted((a, b) => a - b);
      const pushed = Array.from(
        { length: producers * records },
        (_, k) => Math.floor(k / records) * PER_PRODUCER + k % records,
      );
      assertEquals(all.length, pushed.length);
      assert(all.every((record, k) => record === pushed[k]));
      for (const records of taken) {
        const last = new Map<number, number>();
        for (const record of records) {
          const producer = Math.floor(record / PER_PRODUCER);
          assert(record > (last.get(producer) ?? -1));
          last.set(producer, record);
        }
      }
    },
  );
}

Deno.test(
  "MpmcQueue linearizable: workers that have pushed find a record",
  TIMEOUT,
  async () => {
    // A power of two that has room for a record of each.
    const workers = 4;
    const queue = new MpmcQueue("f64", workers);
    const task = {
      role: "both" as const,
      queue: queue.handle,
      start: new Barrier(workers).handle,
      taken: new SharedCounter().handle,
      producer: 0,
      records: 10_000,
      total: 0,
    };
    await runWorkers<QueueTask, QueueOutcome>(
      "mpmc_queue_worker.ts",
      Array.from({ length: workers }, (_, k) => ({ ...task, seed: k + 1 })),
    );
    assert(queue.isEmpty);
  },
);

Deno.test("MpmcQueue.size is right after a thread was lost at any step of a call", () => {
  const me = currentThread();
  const threads = new ThreadRegistry(4);
  try {
    for (const pops of [false, true]) {
      let lost = 0;
      for (let steps = 0; steps < 8; steps++) {
        const [one, other] = [threads.claim(), threads.claim()];
        becomeThread({ threads, id: other });
        const queue = new MpmcQueue("i32", 1);
        if (pops) assert(queue.tryPush(1));
        becomeThread({ threads, id: one });
        const same = MpmcQueue.from(queue.handle);
        const victim = mortal<void>(
          steps,
          () => pops ? same.tryPop() : same.tryPush(1),
          () => threads.markLost(one),
        );
        if (victim(undefined, { index: 0 } as ModelThread) === "lost") lost++;
        becomeThread({ threads, id: other });
        const { size, isEmpty, isFull } = queue;
        const owner = new Deque("i32", 1).owner();
        assertEquals(owner.takeBatch(queue), size);
        assertEquals([isEmpty, isFull], [size === 0, size === 1]);
        assertEquals(owner.tryPop(), size === 0 ? undefined : 1);
        assert(queue.isEmpty);
        for (const id of [one, other]) {
          threads.leave(id);
          threads.retire(id);
        }
      }
      assert(lost > 2);
    }
  } finally {
    becomeThread(me);
  }
});

Deno.test("MpmcQueue goes on after a call of this thread that was cut off", () => {
  for (const taken of [false, true]) {
    const queue = new MpmcQueue("i32", 1);
    const { buffer, byteOffset } = queue.handle;
    const words = new Int32Array(buffer, byteOffset);
    if (taken) assert(queue.tryPush(1));
    // As a stack leaves it that is full in the middle of a call.
    words[SLOTS] = -currentThread().id;
    assertEquals(queue.size, Number(taken));
    words[SLOTS] = -currentThread().id;
    assertEquals(queue.tryPush(2), !taken);
    assertEquals(queue.tryPop(), taken ? 1 : 2);
  }
});

Deno.test("MpmcQueue leaves the processor to a claimer that is stopped", () => {
  const queue = new MpmcQueue("i32", 1);
  const { buffer, byteOffset } = queue.handle;
  const words = new Int32Array(buffer, byteOffset);
  using other = claimOther();
  words[SLOTS] = -other.id;
  const { pause } = Atomics;
  let pauses = 0;
  let naps = 0;
  const nap: Sleep = (view, at, value) => {
    assertEquals(Atomics.load(view, at), value);
    if (++naps === 3) Atomics.store(view, at, 0);
    return "timed-out";
  };
  try {
    Atomics.pause = () => {
      assert(++pauses < 10_000);
    };
    assert(sleepingBy(nap, () => queue.tryPush(7)));
  } finally {
    Atomics.pause = pause;
  }
  assertEquals(naps, 3);
  assertEquals(queue.tryPop(), 7);
});

Deno.test("MpmcQueue: a wait with a timeout of 0 tries and does not spin", () => {
  const queue = new MpmcQueue("i32", 1);
  const { pause } = Atomics;
  let pauses = 0;
  try {
    Atomics.pause = () => {
      pauses++;
    };
    assertThrows(() => queue.pop({ timeout: 0 }), DOMException);
    queue.push(1, { timeout: 0 });
    assertThrows(() => queue.push(2, { timeout: 0 }), DOMException);
    assertEquals(queue.pop({ timeout: 0 }), 1);
  } finally {
    Atomics.pause = pause;
  }
  assertEquals(pauses, 0);
});

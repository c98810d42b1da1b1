import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { MpmcQueue } from "../../../sync/queue/mpmc_queue.ts";
import { struct } from "../../../sync/record/struct.ts";
import type {
  Item,
  QueueVictimOutcome,
  QueueVictimTask,
} from "../fixtures/queue_victim.ts";
import { Mortal } from "../mortal.ts";
import { type Random, randomFrom } from "../random.ts";

const TIMEOUT = { timeout: 120_000 };
const PRODUCERS = 2;
const RECORDS = 400;

const ItemType = struct({ producer: "u8", index: "u32", check: "f64" });

/** What became of the queue's records. */
interface Outcome {
  /** Those that a producer has pushed and nobody took. */
  readonly missing: number;
  readonly taken: number;
}

/**
 * Two producers and two consumers, of which one each is lost: in the middle of a
 * call, or by being terminated wherever it is.
 */
async function loseTwo(
  capacity: number,
  inCall: boolean,
  random: Random,
): Promise<Outcome> {
  const queue = new MpmcQueue<Item>(ItemType, capacity);
  const stop = new SharedArrayBuffer(4);
  const shared = {
    queue: queue.handle,
    records: RECORDS,
    taken: new SharedArrayBuffer(PRODUCERS * RECORDS),
    pushed: new SharedArrayBuffer(4 * PRODUCERS),
    stop,
  };
  using stack = new DisposableStack();
  const start = (
    role: QueueVictimTask["role"],
    producer: number,
    isVictim: boolean,
  ) => {
    const dies = inCall && isVictim ? 50 + random(1500) : 0;
    const task: QueueVictimTask = {
      ...shared,
      role,
      producer,
      dies,
      seed: random(2 ** 30),
    };
    const worker = new Mortal<QueueVictimOutcome>("queue_victim.ts", task);
    return stack.use(worker);
  };
  const victims = [start("producer", 0, true), start("consumer", 0, true)];
  const producer = start("producer", 1, false);
  const consumer = start("consumer", 1, false);
  await Promise.all(victims.map(async (victim) => {
    if (inCall) await Promise.race([victim.done, producer.done]);
    else {
      const pause = 5 + random(40);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    await victim.lose();
  }));
  await producer.done;
  Atomics.store(new Int32Array(stop), 0, 1);
  const items = await consumer.done;
  assert(items !== "died");
  // Each producer's records came in order, as far as this one got them.
  const last = [-1, -1];
  for (const { producer, index } of items) {
    assert(index > last[producer]!);
    last[producer] = index;
  }
  assertEquals(queue.tryPop(), undefined);
  assert(queue.isEmpty);
  for (let k = 0; k < capacity; k++) {
    assert(queue.tryPush({ producer: 9, index: k, check: 0 }));
  }
  assert(queue.isFull);
  for (let k = 0; k < capacity; k++) assertEquals(queue.tryPop()!.index, k);
  const taken = new Uint8Array(shared.taken);
  const pushed = new Int32Array(shared.pushed);
  assertEquals(pushed[1], RECORDS);
  assert(taken.every((times) => times < 2));
  let missing = 0;
  for (let k = 0; k < PRODUCERS; k++) {
    const records = taken.subarray(k * RECORDS, (k + 1) * RECORDS);
    const done = records.subarray(0, pushed[k]);
    missing += done.reduce((sum, times) => sum + 1 - times, 0);
    // The one that it had in its hands may be there.
    const more = records.subarray(pushed[k]! + 1);
    assert(more.every((times) => times === 0));
  }
  return { missing, taken: items.length };
}

for (const inCall of [true, false]) {
  Deno.test(
    `MpmcQueue: workers that are ${
      inCall ? "lost in the middle of calls" : "terminated"
    } lose what they had in their hands, and nothing else`,
    TIMEOUT,
    async () => {
      const random = randomFrom(inCall ? 1 : 2);
      let taken = 0;
      for (const capacity of [1, 4, 64]) {
        const outcome = await loseTwo(capacity, inCall, random);
        // Only the consumer took something without telling.
        assertLessOrEqual(outcome.missing, 1);
        taken += outcome.taken;
      }
      assert(taken > RECORDS);
    },
  );
}

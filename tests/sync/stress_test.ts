import {
  assert,
  assertEquals,
  assertGreater,
  assertStrictEquals,
} from "@std/assert";
import { DOORBELL_SIZE } from "../../sync/mail/doorbell.ts";
import { frameRingSize, longestFrame } from "../../sync/queue/frame_ring.ts";
import { Barrier, BarrierBrokenError, SharedCounter } from "../../sync/mod.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { runWorkers } from "./crew.ts";
import type { BarrierOutcome, BarrierTask } from "./fixtures/barrier_worker.ts";
import type { CounterOutcome, CounterTask } from "./fixtures/counter_worker.ts";
import type { RingOutcome, RingTask } from "./fixtures/frame_ring_worker.ts";
import { sliceOf } from "./memory.ts";

const TIMEOUT = { timeout: 120_000 };

interface Meeting {
  readonly workers: number;
  readonly rounds: number;
  readonly asyncOneIn: number;
}

/** Lets workers meet; the rules are checked by each of them. */
async function meetings(
  { workers, rounds, asyncOneIn }: Meeting,
): Promise<void> {
  const barrier = new Barrier(workers);
  const leaders = new SharedCounter();
  const shared = {
    barrier: barrier.handle,
    arrivals: new SharedCounter().handle,
    leaders: leaders.handle,
    rounds,
    asyncOneIn,
  };
  const tasks = Array.from(
    { length: workers },
    (_, k): BarrierTask => ({ ...shared, seed: k + 1 }),
  );
  const led = await runWorkers<BarrierTask, BarrierOutcome>(
    "barrier_worker.ts",
    tasks,
  );
  assertEquals(led.reduce((sum, each) => sum + each), rounds);
  assertEquals(leaders.value, rounds);
  assert(!barrier.broken);
}

Deno.test(
  "Barrier.wait() lets 2 workers meet and nobody run ahead",
  TIMEOUT,
  () => meetings({ workers: 2, rounds: 20_000, asyncOneIn: 0 }),
);

Deno.test(
  "Barrier.wait() lets 3 workers meet and nobody run ahead",
  TIMEOUT,
  () => meetings({ workers: 3, rounds: 5000, asyncOneIn: 0 }),
);

Deno.test(
  "Barrier lets workers meet by both of its doors",
  TIMEOUT,
  () => meetings({ workers: 3, rounds: 1500, asyncOneIn: 3 }),
);

Deno.test(
  "Barrier breaks for a blocked worker when another thread is lost",
  TIMEOUT,
  async () => {
    const { threads, id } = currentThread();
    const lost = threads.claim();
    const barrier = new Barrier(2, { members: [id, lost] });
    const counter = new SharedCounter();
    const worker = runWorkers<BarrierTask, BarrierOutcome>(
      "barrier_worker.ts",
      [{
        barrier: barrier.handle,
        arrivals: counter.handle,
        leaders: counter.handle,
        rounds: 1,
        asyncOneIn: 0,
        seed: 1,
      }],
    );
    threads.markLost(lost);
    const error = await worker.then(() => undefined, (error) => error);
    threads.retire(lost);
    assert(barrier.broken);
    assert(String(error).includes(BarrierBrokenError.name), String(error));
  },
);

Deno.test(
  "SharedCounter.add() loses nothing and gives no value twice",
  TIMEOUT,
  async () => {
    const workers = 3;
    const additions = 30_000;
    const start = new Barrier(workers);
    const tickets = new SharedCounter();
    const total = new SharedCounter();
    const outcomes = await runWorkers<CounterTask, CounterOutcome>(
      "counter_worker.ts",
      Array.from({ length: workers }, (_, k) => ({
        start: start.handle,
        tickets: tickets.handle,
        total: total.handle,
        additions,
        seed: k + 1,
      })),
    );
    assertStrictEquals(
      total.value,
      outcomes.reduce((sum, outcome) => sum + outcome.sum, 0),
    );
    const seen = new Set(outcomes.flatMap((outcome) => outcome.tickets));
    assertEquals(tickets.value, workers * additions);
    assertEquals(seen.size, workers * additions);
  },
);

for (
  const { capacity, frames } of [
    { capacity: 64, frames: 20_000 },
    { capacity: 512, frames: 30_000 },
    { capacity: 64 * 1024, frames: 2000 },
  ]
) {
  Deno.test(
    `A frame ring of ${capacity} bytes brings each frame to a worker once and in order`,
    TIMEOUT,
    async () => {
      const task = {
        ring: sliceOf(frameRingSize(capacity)),
        capacity,
        producerBell: sliceOf(DOORBELL_SIZE),
        consumerBell: sliceOf(DOORBELL_SIZE),
        frames,
        longest: longestFrame(capacity),
        seed: capacity,
      };
      // Counters that wrap on the way.
      const control = new Int32Array(task.ring.buffer);
      control[0] = control[32] = 2 ** 31 - 8 * 1024;
      const [producer, consumer] = await runWorkers<RingTask, RingOutcome>(
        "frame_ring_worker.ts",
        [{ ...task, end: "producer" }, { ...task, end: "consumer" }],
      );
      assertEquals([producer!.frames, consumer!.frames], [frames, frames]);
      assertEquals([producer!.unwoken, consumer!.unwoken], [0, 0]);
      // Else this was no test of the ends' sleep.
      assertGreater(producer!.sleeps, 0);
      assertGreater(consumer!.sleeps, 0);
    },
  );
}

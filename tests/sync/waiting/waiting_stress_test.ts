import { assert, assertEquals, assertGreater } from "@std/assert";
import { AutoResetEvent } from "../../../sync/waiting/auto_reset_event.ts";
import { Latch } from "../../../sync/waiting/latch.ts";
import { SharedCounter } from "../../../sync/mod.ts";
import { Once } from "../../../sync/waiting/once.ts";
import { Parker } from "../../../sync/waiting/parker.ts";
import { Semaphore } from "../../../sync/waiting/semaphore.ts";
import { runWorkers } from "../crew.ts";
import type {
  WaitingOutcome,
  WaitingTask,
} from "../fixtures/waiting_worker.ts";

for (
  const { workers, permits } of [
    { workers: 2, permits: 1 },
    { workers: 4, permits: 3 },
  ]
) {
  Deno.test(
    `${workers} workers wait for ${permits} permits, an event, and tokens, and nothing is lost`,
    { timeout: 120_000 },
    async () => {
      const semaphore = new Semaphore(permits, { maxWaiters: workers });
      // A few rounds before tickets and laps start again.
      const words = new Int32Array(
        semaphore.handle.buffer,
        semaphore.handle.byteOffset,
        128 + 2 * workers,
      );
      words[32] = words[64] = -workers;
      for (let k = 0; k < workers; k++) words[128 + 2 * k] = 0x3ff << 22;
      const lock = new AutoResetEvent({ set: true });
      const once = new Once();
      const total = new SharedArrayBuffer(4);
      const parkers = Array.from({ length: workers }, () => new Parker());
      const start = new Latch(workers);
      const held = new SharedCounter();
      const runs = new SharedCounter();
      const outcomes = await runWorkers<WaitingTask, WaitingOutcome>(
        "waiting_worker.ts",
        parkers.map((parker, k): WaitingTask => ({
          semaphore: semaphore.handle,
          permits,
          held: held.handle,
          start: start.handle,
          once: once.handle,
          runs: runs.handle,
          lock: lock.handle,
          total,
          parkers: [parker.handle, parkers[(k + 1) % workers]!.handle],
          first: k === 0,
          rounds: 10_000,
          time: 800,
          seed: k + 1,
        })),
      );
      const additions = outcomes.reduce((sum, each) => sum + each.additions, 0);
      assertGreater(additions, 0);
      assertEquals(new Int32Array(total)[0], additions);
      assertEquals(semaphore.available, permits);
      assertEquals(semaphore.acquire(permits).count, permits);
      assertEquals(held.value, 0);
      assert(lock.tryWait());
      assert(once.isDone);
    },
  );
}

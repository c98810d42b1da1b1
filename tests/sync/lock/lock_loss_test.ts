import { assert, assertEquals, assertFalse, assertGreater } from "@std/assert";
import { Mutex } from "../../../sync/lock/mutex.ts";
import { RwLock } from "../../../sync/lock/rw_lock.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { whenGone } from "../../../workers/life/life.ts";
import { runWorkers } from "../crew.ts";
import type { Job } from "../fixtures/introduce.ts";
import type { SurvivorTask } from "../fixtures/lock_survivor.ts";
import type { VictimTask } from "../fixtures/lock_victim.ts";
import { claimOther } from "../other_thread.ts";
import { randomFrom } from "../random.ts";

const VICTIM = new URL("../fixtures/lock_victim.ts", import.meta.url).href;

/** Starts a worker, terminates it at a random moment, and marks it lost. */
async function lose(
  task: Omit<VictimTask, "life">,
  cell: Int32Array<SharedArrayBuffer>,
  pause: number,
): Promise<void> {
  const { threads } = currentThread();
  using other = claimOther();
  const life = `victim ${crypto.randomUUID()}`;
  Atomics.store(cell, 4, 0);
  const worker = new Worker(VICTIM, { type: "module" });
  const job: Job<VictimTask> = {
    threads: threads.handle,
    id: other.id,
    task: { ...task, life },
  };
  worker.postMessage(job);
  const begun = Atomics.waitAsync(cell, 4, 0, 20_000);
  if (begun.async) assertEquals(await begun.value, "ok");
  await new Promise((resolve) => setTimeout(resolve, pause));
  worker.terminate();
  // A record is marked when its thread has ended.
  await whenGone(life);
  assert(threads.markLost(other.id));
}

Deno.test(
  "Mutex and RwLock outlive workers that are terminated while they hold them (U3)",
  { timeout: 120_000 },
  async () => {
    const mutex = new Mutex();
    const lock = new RwLock();
    const cell = new SharedArrayBuffer(32);
    const view = new Int32Array(cell);
    const common = { mutex: mutex.handle, lock: lock.handle, cell };
    const survivors = runWorkers<SurvivorTask, number>(
      "lock_survivor.ts",
      [1, 2].map((seed) => ({ ...common, seed })),
    );
    try {
      const random = randomFrom(1);
      const found = (at: number) => Atomics.load(view, 5 + at);
      for (let seed = 1; seed <= 6 || !(found(0) && found(1)); seed++) {
        await lose({ ...common, seed }, view, random(20));
      }
    } finally {
      Atomics.store(view, 7, 1);
    }
    for (const held of await survivors) assertGreater(held, 0);
    mutex.lock({ timeout: 5000, evenIfPoisoned: true });
    mutex.unlock();
    lock.write({ timeout: 5000, evenIfPoisoned: true });
    lock.unlockWrite();
    assertEquals(lock.readers, 0);
    assertFalse(lock.isWriteLocked);
  },
);

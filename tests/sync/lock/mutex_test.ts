import {
  assert,
  assertEquals,
  assertFalse,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { wordsOf } from "../../../sync/memory/memory.ts";
import { Mutex } from "../../../sync/lock/mutex.ts";
import { runWorkers } from "../crew.ts";
import type { MutexOutcome, MutexTask } from "../fixtures/mutex_worker.ts";
import { refusesHandles } from "../handles.ts";
import { TIMEOUT } from "../locks.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { type Sleep, sleepingBy } from "../sleeping.ts";

/** The same mutex, as another thread holds it. */
function heldBy(id: number, mutex: Mutex): Mutex {
  return runAs(id, () => {
    const theirs = Mutex.from(mutex.handle);
    theirs.lock({ evenIfPoisoned: true });
    return theirs;
  });
}

Deno.test("Mutex.from() refuses handles of something else or too small", () => {
  const { handle } = new Mutex();
  const attach = refusesHandles(handle, Mutex.from, 3 * 128);
  assertThrows(() => Mutex.from(undefined as never), TypeError);
  assertThrows(() => attach({ kind: "Barrier" }), TypeError);
});

Deno.test(
  "Mutex.lockAsync() serves the tasks of a thread in their order",
  TIMEOUT,
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        async (aborted) => {
          const mutex = new Mutex();
          const held = await mutex.lockAsync();
          const order: number[] = [];
          const controller = new AbortController();
          const tasks = aborted.map(async (abort, number) => {
            const options = abort ? { signal: controller.signal } : {};
            try {
              using _guard = await mutex.lockAsync(options);
              order.push(number);
            } catch (error) {
              assertStrictEquals(error, controller.signal.reason);
            }
          });
          controller.abort();
          held[Symbol.dispose]();
          await Promise.all(tasks);
          assertEquals(
            order,
            aborted.map((_, number) => number).filter((k) => !aborted[k]),
          );
          assertFalse(mutex.isLocked);
        },
      ),
      { numRuns: 30 },
    );
  },
);

Deno.test(
  "Mutex.lockAsync() serves a thousand tasks of one thread",
  TIMEOUT,
  async () => {
    const mutex = new Mutex();
    let inside = 0;
    let done = 0;
    await Promise.all(Array.from({ length: 1000 }, async () => {
      using _guard = await mutex.lockAsync();
      assertEquals(++inside, 1);
      await Promise.resolve();
      inside--;
      done++;
    }));
    assertEquals(done, 1000);
  },
);

Deno.test(
  "Mutex: wake-ups of tasks may be counted past 2^31 and 2^32",
  TIMEOUT,
  async () => {
    for (const wakeUps of [0x7ffffffa, -6]) {
      const { handle } = new Mutex();
      const words = new Int32Array(handle.buffer, handle.byteOffset, 96);
      words[64] = wakeUps;
      using other = claimOther();
      const mutex = Mutex.from(handle);
      for (let round = 0; round < 8; round++) {
        const theirs = heldBy(other.id, mutex);
        const wait = mutex.lockAsync({ timeout: 5000 });
        theirs.unlock();
        (await wait)[Symbol.dispose]();
      }
      assert(words[64]! < 0 !== wakeUps < 0, String(words[64]));
    }
  },
);

const STRESS = { timeout: 120_000 };

async function fights(
  workers: number,
  asyncOneIn: number,
): Promise<void> {
  const mutex = new Mutex();
  const cell = new SharedArrayBuffer(8);
  const outcomes = await runWorkers<MutexTask, MutexOutcome>(
    "mutex_worker.ts",
    Array.from({ length: workers }, (_, k) => ({
      mutex: mutex.handle,
      cell,
      duration: 500,
      asyncOneIn,
      seed: k + 1,
    })),
  );
  const view = new Int32Array(cell);
  const held = outcomes.reduce((sum, each) => sum + each.held, 0);
  assertEquals([view[0], view[1]], [held, held]);
  for (const { held } of outcomes) assert(held > 0);
  assertFalse(mutex.isLocked);
  assertFalse(mutex.isPoisoned);
}

Deno.test(
  "Mutex.lock() lets one of 2 workers in at a time",
  STRESS,
  () => fights(2, 0),
);

Deno.test(
  "Mutex lets one of 3 workers in at a time, by any door",
  STRESS,
  () => fights(3, 4),
);

/** A mutex that was handed to another thread, as it asked for. */
function handedTo(claim: number): { mutex: Mutex; words: Int32Array } {
  const mutex = new Mutex();
  const words = wordsOf(mutex.handle, 96);
  mutex.lock();
  mutex.unlock();
  Atomics.store(words, 32, claim);
  Atomics.store(words, 0, 1 << 31 | 1);
  return { mutex, words };
}

Deno.test("Mutex.tryLock() takes what was handed to a task that does not come", () => {
  using other = claimOther();
  const { mutex, words } = handedTo(1 << 31 | other.id);
  assert(mutex.tryLock() !== undefined);
  // It has to ask again.
  assertEquals(Atomics.load(words, 32), 0);
  mutex.unlock();
});

Deno.test("Mutex.lock() waits no longer than a moment for a task that was handed it, once", () => {
  using other = claimOther();
  const { mutex, words } = handedTo(1 << 31 | other.id);
  const sleeps: number[] = [];
  const nap: Sleep = (_words, _index, _value, timeout) => {
    sleeps.push(timeout);
    return "timed-out";
  };
  sleepingBy(nap, () => mutex.lock());
  assertEquals(sleeps, [1]);
  assertEquals(Atomics.load(words, 32), 0);
  mutex.unlock();
  assertEquals(Atomics.load(words, 0), 0);
});

Deno.test("Mutex.lock() waits for a thread that was handed it for a slice, and not for less", () => {
  using other = claimOther();
  const { mutex, words } = handedTo(other.id);
  assertEquals(mutex.tryLock(), undefined);
  for (const timeout of [0, 1, 10]) {
    assertThrows(() => mutex.lock({ timeout }), DOMException);
  }
  mutex.lock({ timeout: 20_000 });
  assertEquals(Atomics.load(words, 32), 0);
  mutex.unlock();
});

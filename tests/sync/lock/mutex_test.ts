import {
  assert,
  assertEquals,
  assertFalse,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { DeadlockError } from "../../../sync/lock/lock_errors.ts";
import { wordsOf } from "../../../sync/memory/memory.ts";
import { Mutex } from "../../../sync/lock/mutex.ts";
import { runWorkers } from "../crew.ts";
import type { MutexOutcome, MutexTask } from "../fixtures/mutex_worker.ts";
import { refusesHandles } from "../handles.ts";
import {
  endsByAbort,
  isPoisonedByThrowing,
  isRecoveredFrom,
  refusesAborted,
  SOON,
  TIMEOUT,
  withoutBlocking,
} from "../locks.ts";
import { claimOther, runAs } from "../other_thread.ts";

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

Deno.test("Mutex.lock() refuses a timeout that is none, and changes nothing", async () => {
  const mutex = new Mutex();
  for (const timeout of [-1, NaN, "1"]) {
    const options = { timeout: timeout as number };
    assertThrows(() => mutex.lock(options), RangeError);
    await assertRejects(() => mutex.lockAsync(options), RangeError);
    assertFalse(mutex.isLocked);
  }
});

Deno.test("Mutex.unlock() refuses what this thread does not hold", () => {
  const mutex = new Mutex();
  assertThrows(() => mutex.unlock(), TypeError);
  mutex.lock();
  mutex.unlock();
  assertThrows(() => mutex.unlock(), TypeError);
  using other = claimOther();
  const theirs = heldBy(other.id, mutex);
  assertThrows(() => mutex.unlock(), TypeError);
  assert(mutex.isLocked);
  theirs.unlock();
  assertFalse(mutex.isLocked);
});

Deno.test("Mutex.unlock() works by another object of the thread", () => {
  const mutex = new Mutex();
  mutex.lock();
  Mutex.from(mutex.handle).unlock();
  assertFalse(mutex.isLocked);
});

Deno.test(
  "Mutex.lock() by the thread that holds it is an error and no hang",
  TIMEOUT,
  async () => {
    const mutex = new Mutex();
    {
      using _guard = await mutex.lockAsync();
      assertThrows(() => mutex.lock(), DeadlockError);
      assertThrows(() => mutex.withLock(() => {}), DeadlockError);
      assertEquals(mutex.tryLock(), undefined);
      assert(mutex.isLocked);
    }
    assertFalse(mutex.isLocked);
    assertFalse(mutex.isPoisoned);
  },
);

Deno.test("Mutex.tryLock() takes a free mutex only", () => {
  const mutex = new Mutex();
  using other = claimOther();
  {
    using guard = mutex.tryLock();
    assert(guard !== undefined);
    assertEquals(
      runAs(other.id, () => Mutex.from(mutex.handle).tryLock()),
      undefined,
    );
  }
  assertFalse(mutex.isLocked);
});

Deno.test(
  "Mutex.lockAsync() gives a guard that unlocks once",
  TIMEOUT,
  async () => {
    const mutex = new Mutex();
    const guard = await mutex.lockAsync();
    guard[Symbol.dispose]();
    const next = await mutex.lockAsync();
    guard[Symbol.dispose]();
    assert(mutex.isLocked);
    next[Symbol.dispose]();
    assertFalse(mutex.isLocked);
  },
);

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

Deno.test("Mutex: a wait ends when its time is up", TIMEOUT, async () => {
  const mutex = new Mutex();
  using other = claimOther();
  const theirs = heldBy(other.id, mutex);
  for (const timeout of [0, 30, 150]) {
    const start = performance.now();
    const error = assertThrows(() => mutex.lock({ timeout }), DOMException);
    assertEquals(error.name, "TimeoutError");
    const late = await assertRejects(
      () => mutex.lockAsync({ timeout }),
      DOMException,
    );
    assertEquals(late.name, "TimeoutError");
    const waited = performance.now() - start;
    assertGreaterOrEqual(waited, 2 * timeout - 4);
    assertLess(waited, 2 * timeout + SOON);
  }
  theirs.unlock();
  mutex.lock({ timeout: 0 });
  mutex.unlock();
});

Deno.test(
  "Mutex.lockAsync() ends with the reason of its signal",
  TIMEOUT,
  async () => {
    const mutex = new Mutex();
    const held = await mutex.lockAsync();
    await refusesAborted((options) => mutex.lockAsync(options));
    await endsByAbort((options) => mutex.lockAsync(options));
    held[Symbol.dispose]();
    assertFalse(mutex.isLocked);
  },
);

Deno.test("Mutex.withLock() returns what the function returns, and unlocks", async () => {
  const mutex = new Mutex();
  assertEquals(mutex.withLock(() => mutex.isLocked), true);
  assertEquals(
    await mutex.withLockAsync(() => Promise.resolve(mutex.isLocked)),
    true,
  );
  assertFalse(mutex.isLocked);
});

Deno.test("Mutex is poisoned by a critical section that throws, until it is cleared (U3)", async () => {
  const mutex = new Mutex();
  await isPoisonedByThrowing({
    get isPoisoned() {
      return mutex.isPoisoned;
    },
    under: (action) => mutex.withLock(action),
    underAsync: (action) => mutex.withLockAsync(action),
    doors: [
      () => mutex.lock(),
      () => mutex.tryLock(),
      () => mutex.withLock(() => {}),
    ],
    asyncDoors: [() => mutex.lockAsync()],
    isFree: () => assertFalse(mutex.isLocked),
    repair: () => {
      {
        using _guard = mutex.lock({ evenIfPoisoned: true });
        mutex.clearPoison();
      }
      using _guard = mutex.lock();
    },
  });
});

Deno.test(
  "Mutex.lock() recovers the lock of a lost thread, poisoned (U3)",
  TIMEOUT,
  async () => {
    const doors: ((mutex: Mutex) => unknown)[] = [
      (mutex) => mutex.lock(),
      (mutex) => mutex.tryLock(),
      (mutex) => mutex.lockAsync(),
    ];
    for (const door of doors) {
      const mutex = new Mutex();
      using other = claimOther();
      heldBy(other.id, mutex);
      await isRecoveredFrom(
        other.id,
        () => door(mutex),
        () => mutex.lockAsync(),
      );
      assert(mutex.isPoisoned);
      assertFalse(mutex.isLocked);
    }
  },
);

Deno.test("Mutex leaves nothing behind where the engine forbids to block", () => {
  const mutex = new Mutex();
  using other = claimOther();
  const theirs = heldBy(other.id, mutex);
  withoutBlocking(() => {
    assertThrows(() => mutex.lock(), TypeError);
    theirs.unlock();
    assertFalse(mutex.isLocked);
    mutex.lock();
  });
  mutex.unlock();
  assertFalse(mutex.isPoisoned);
});

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

const STRESS = { timeout: 60_000 };

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
  mutex.lock({ timeout: 50 });
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

import {
  assert,
  assertEquals,
  assertFalse,
  assertGreaterOrEqual,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Condition } from "../../../sync/lock/condition.ts";
import {
  DeadlockError,
  LockPoisonedError,
} from "../../../sync/lock/lock_errors.ts";
import { Mutex } from "../../../sync/lock/mutex.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { runWorkers } from "../crew.ts";
import type {
  ConditionOutcome,
  ConditionTask,
} from "../fixtures/condition_worker.ts";
import { refusesHandles } from "../handles.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { withoutBlocking } from "../sleeping.ts";

const TIMEOUT = { timeout: 120_000 };

Deno.test("Condition.from() refuses handles of something else or too small", () => {
  const { handle } = new Condition();
  const attach = refusesHandles(handle, Condition.from, 2 * 128);
  assertThrows(() => Condition.from(undefined as never), TypeError);
  assertThrows(() => attach({ kind: "Mutex" }), TypeError);
});

Deno.test("Condition: a wait is refused without the mutex, or with a bad timeout", async () => {
  const mutex = new Mutex();
  const condition = new Condition();
  assertThrows(() => condition.wait(mutex), TypeError);
  assertThrows(() => condition.waitFor(mutex, () => false), TypeError);
  await assertRejects(() => condition.waitAsync(mutex), TypeError);
  using _guard = mutex.lock();
  for (const timeout of [-1, NaN]) {
    assertThrows(() => condition.wait(mutex, { timeout }), RangeError);
    assertThrows(
      () => condition.waitFor(mutex, () => true, { timeout }),
      RangeError,
    );
    await assertRejects(
      () => condition.waitAsync(mutex, { timeout }),
      RangeError,
    );
    assert(mutex.isLocked);
  }
});

Deno.test(
  "Condition: a wait that times out holds the mutex again",
  TIMEOUT,
  async () => {
    const mutex = new Mutex();
    const condition = new Condition();
    using guard = mutex.lock();
    const never = () => false;
    for (const timeout of [0, 30, 150]) {
      const options = { timeout };
      for (
        const wait of [
          () => condition.wait(guard, options),
          () => condition.waitFor(guard, never, options),
          () => condition.waitAsync(guard, options),
          () => condition.waitForAsync(guard, never, options),
        ]
      ) {
        const start = performance.now();
        const error = await assertRejects(
          async () => await wait(),
          DOMException,
        );
        assertEquals(error.name, "TimeoutError");
        assertGreaterOrEqual(performance.now() - start, timeout - 2);
        assertThrows(() => mutex.lock(), DeadlockError);
      }
    }
  },
);

Deno.test("Condition.waitFor() does not wait if the predicate holds", () => {
  const mutex = new Mutex();
  using guard = mutex.lock();
  withoutBlocking(() =>
    new Condition().waitFor(guard, () => true, { timeout: 1000 })
  );
});

Deno.test(
  "Condition.waitForAsync() lets others have the mutex, and sees their change",
  TIMEOUT,
  async () => {
    const mutex = new Mutex();
    const condition = new Condition();
    let full = false;
    const waits = [1, 2, 3].map(async () => {
      using guard = await mutex.lockAsync();
      await condition.waitForAsync(guard, () => full);
      assert(mutex.isLocked);
    });
    await mutex.withLockAsync(() => {
      full = true;
    });
    condition.notifyAll();
    await Promise.all(waits);
    assertFalse(mutex.isLocked);
  },
);

Deno.test(
  "Condition.waitAsync() that is aborted holds the mutex again",
  TIMEOUT,
  async () => {
    const mutex = new Mutex();
    const condition = new Condition();
    const controller = new AbortController();
    const reason = { because: "test" };
    using guard = await mutex.lockAsync();
    const wait = condition.waitAsync(guard, { signal: controller.signal });
    assertFalse(mutex.isLocked);
    controller.abort(reason);
    assertStrictEquals(await wait.catch((error) => error), reason);
    assert(mutex.isLocked);
    const again = condition.waitAsync(guard, { signal: controller.signal });
    assertStrictEquals(await again.catch((error) => error), reason);
    assert(mutex.isLocked);
  },
);

Deno.test(
  "Condition: a wait holds a poisoned mutex when it throws",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    const mutex = new Mutex();
    const condition = new Condition();
    using other = claimOther();
    using guard = await mutex.lockAsync();
    const wait = condition.waitAsync(guard);
    runAs(other.id, () => Mutex.from(mutex.handle).lock());
    threads.markLost(other.id);
    condition.notify();
    await assertRejects(() => wait, LockPoisonedError);
    assert(mutex.isLocked);
    const options = { evenIfPoisoned: true, timeout: 0 };
    assertThrows(() => condition.wait(guard, options), DOMException);
    assertThrows(
      () => condition.wait(guard, { timeout: 0 }),
      LockPoisonedError,
    );
    mutex.clearPoison();
  },
);

Deno.test(
  "Condition brings each item to one of several workers, by either door",
  { timeout: 120_000 },
  async () => {
    const shared = {
      mutex: new Mutex().handle,
      condition: new Condition().handle,
      cell: new SharedArrayBuffer(8),
    };
    const giver = { ...shared, items: 4000 };
    const taker = { ...shared, items: 0 };
    const outcomes = await runWorkers<ConditionTask, ConditionOutcome>(
      "condition_worker.ts",
      [
        { ...giver, door: "gives" },
        { ...taker, door: "takes" },
        { ...taker, door: "takesAsync" },
      ],
    );
    assertEquals(outcomes.reduce((sum, each) => sum + each), 4000);
  },
);

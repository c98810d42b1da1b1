/** What holds for all locks that one thread has alone: mutexes, and writing. */

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
import {
  DeadlockError,
  LockPoisonedError,
  type ThreadId,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import {
  asyncDoorsOf,
  doorsOf,
  type Exclusive,
  LOCKS,
} from "../exclusive_locks.ts";
import {
  endsByAbort,
  refusesAborted,
  rejection,
  SOON,
  TIMEOUT,
} from "../locks.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { withoutBlocking } from "../sleeping.ts";

for (const [name, make] of Object.entries(LOCKS)) {
  /** The same lock, as another thread holds it. */
  const heldBy = (id: ThreadId, { handle }: Exclusive): Exclusive =>
    runAs(id, () => {
      const theirs = make(handle);
      theirs.lock({ evenIfPoisoned: true });
      return theirs;
    });

  Deno.test(`${name} refuses a timeout that is none, and changes nothing`, async () => {
    const lock = make();
    for (const timeout of [-1, NaN, "1"]) {
      const options = { timeout: timeout as number };
      assertThrows(() => lock.lock(options), RangeError);
      await assertRejects(() => lock.lockAsync(options), RangeError);
      assertFalse(lock.isLocked);
    }
  });

  Deno.test(`${name} refuses to unlock what this thread does not hold`, () => {
    const lock = make();
    assertThrows(() => lock.unlock(), TypeError);
    lock.lock();
    lock.unlock();
    assertThrows(() => lock.unlock(), TypeError);
    using other = claimOther();
    const theirs = heldBy(other.id, lock);
    assertThrows(() => lock.unlock(), TypeError);
    assert(lock.isLocked);
    theirs.unlock();
    assertFalse(lock.isLocked);
  });

  Deno.test(`${name} may be unlocked by another object of the thread`, () => {
    const lock = make();
    lock.lock();
    make(lock.handle).unlock();
    assertFalse(lock.isLocked);
  });

  Deno.test(
    `${name}: to block for it by the thread that holds it is an error and no hang`,
    TIMEOUT,
    async () => {
      const lock = make();
      {
        using _guard = await lock.lockAsync();
        assertThrows(() => lock.lock(), DeadlockError);
        assertThrows(() => lock.withLock(() => {}), DeadlockError);
        assertEquals(lock.tryLock(), undefined);
        assert(lock.isLocked);
      }
      assertFalse(lock.isLocked);
      assertFalse(lock.isPoisoned);
    },
  );

  Deno.test(`${name} is taken by a try only if it is free`, () => {
    const lock = make();
    using other = claimOther();
    const theirs = runAs(other.id, () => make(lock.handle));
    {
      using guard = lock.tryLock();
      assert(guard !== undefined);
      assertEquals(runAs(other.id, () => theirs.tryLock()), undefined);
    }
    assertFalse(lock.isLocked);
    assert(runAs(other.id, () => theirs.tryLock()) !== undefined);
    assertEquals(lock.tryLock(), undefined);
    theirs.unlock();
  });

  Deno.test(
    `${name}: a guard of the async door unlocks once`,
    TIMEOUT,
    async () => {
      const lock = make();
      const guard = await lock.lockAsync();
      guard[Symbol.dispose]();
      const next = await lock.lockAsync();
      guard[Symbol.dispose]();
      assert(lock.isLocked);
      next[Symbol.dispose]();
      assertFalse(lock.isLocked);
    },
  );

  Deno.test(`${name}: a wait ends when its time is up`, TIMEOUT, async () => {
    const lock = make();
    using other = claimOther();
    const theirs = heldBy(other.id, lock);
    for (const timeout of [0, 30, 150]) {
      const start = performance.now();
      const error = assertThrows(() => lock.lock({ timeout }), DOMException);
      assertEquals(error.name, "TimeoutError");
      const late = await assertRejects(
        () => lock.lockAsync({ timeout }),
        DOMException,
      );
      assertEquals(late.name, "TimeoutError");
      const waited = performance.now() - start;
      assertGreaterOrEqual(waited, 2 * timeout - 4);
      assertLess(waited, 2 * timeout + SOON);
    }
    theirs.unlock();
    lock.lock({ timeout: 0 });
    lock.unlock();
  });

  Deno.test(
    `${name}: an async wait ends with the reason of its signal`,
    TIMEOUT,
    async () => {
      const lock = make();
      const held = await lock.lockAsync();
      await refusesAborted((options) => lock.lockAsync(options));
      await endsByAbort((options) => lock.lockAsync(options));
      held[Symbol.dispose]();
      assertFalse(lock.isLocked);
    },
  );

  Deno.test(`${name}: a critical section returns what its function returns, and unlocks`, async () => {
    const lock = make();
    assertEquals(lock.withLock(() => lock.isLocked), true);
    assertEquals(
      await lock.withLockAsync(() => Promise.resolve(lock.isLocked)),
      true,
    );
    assertFalse(lock.isLocked);
  });

  Deno.test(`${name} is poisoned by a critical section that throws, and refuses all until it is cleared (U3)`, async () => {
    const lock = make();
    const reason = new Error("test");
    const fails = (): never => {
      throw reason;
    };
    const sections = [
      () => rejection(() => lock.withLockAsync(fails)),
      () => assertThrows(() => lock.withLock(fails)),
    ];
    for (const section of sections) {
      assertStrictEquals(await section(), reason);
      assert(lock.isPoisoned);
      for (let time = 0; time < 2; time++) {
        for (const door of doorsOf(lock)) assertThrows(door, LockPoisonedError);
        for (const door of asyncDoorsOf(lock)) {
          await assertRejects(door, LockPoisonedError);
        }
        assertFalse(lock.isLocked);
      }
      {
        using _guard = lock.lock({ evenIfPoisoned: true });
        lock.clearPoison();
      }
      using _again = lock.lock();
      assertFalse(lock.isPoisoned);
    }
  });

  Deno.test(
    `${name} of a lost thread is recovered, poisoned (U3)`,
    TIMEOUT,
    async () => {
      const doorsTo = (lock: Exclusive) => [
        ...doorsOf(lock),
        ...asyncDoorsOf(lock),
      ];
      for (const index of doorsTo(make()).keys()) {
        const lock = make();
        using other = claimOther();
        heldBy(other.id, lock);
        const waits = asyncDoorsOf(lock).map((door) =>
          assertRejects(door, LockPoisonedError)
        );
        currentThread().threads.markLost(other.id);
        const start = performance.now();
        const door = doorsTo(lock)[index]!;
        await assertRejects(async () => await door(), LockPoisonedError);
        await Promise.all(waits);
        assertLess(performance.now() - start, SOON);
        assert(lock.isPoisoned);
        assertFalse(lock.isLocked);
      }
    },
  );

  Deno.test(`${name} leaves nothing behind where the engine forbids to block`, () => {
    const lock = make();
    using other = claimOther();
    const theirs = heldBy(other.id, lock);
    withoutBlocking(() => {
      assertThrows(() => lock.lock(), TypeError);
      theirs.unlock();
      assertFalse(lock.isLocked);
      lock.lock();
    });
    lock.unlock();
    assertFalse(lock.isPoisoned);
  });
}

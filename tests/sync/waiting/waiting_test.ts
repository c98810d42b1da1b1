import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { AutoResetEvent } from "../../../sync/waiting/auto_reset_event.ts";
import { Latch, MAX_COUNT } from "../../../sync/waiting/latch.ts";
import { DeadlockError } from "../../../sync/lock/lock_errors.ts";
import { ManualResetEvent } from "../../../sync/waiting/manual_reset_event.ts";
import { Once, OncePoisonedError } from "../../../sync/waiting/once.ts";
import { Parker } from "../../../sync/waiting/parker.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { type SharedSlice, wordsOf } from "../../../sync/memory/memory.ts";
import type {
  WaitAsyncOptions,
  WaitOptions,
} from "../../../sync/thread/wait.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

/** Something to wait for, by both doors. */
interface Waited {
  readonly handle: SharedSlice;
  wait(options: WaitOptions): void;
  waitAsync(options: WaitAsyncOptions): Promise<void>;
}

/** One of each kind, for which nobody will end a wait. */
const ENDLESS: Readonly<Record<string, () => Waited>> = {
  Latch: () => new Latch(1),
  ManualResetEvent: () => new ManualResetEvent(),
  AutoResetEvent: () => new AutoResetEvent(),
  Parker: () => {
    const parker = new Parker();
    return {
      handle: parker.handle,
      wait: (options) => parker.park(options),
      waitAsync: (options) => parker.parkAsync(options),
    };
  },
};

for (const [name, make] of Object.entries(ENDLESS)) {
  Deno.test(
    `${name}: a wait ends by its timeout or its signal`,
    TIMEOUT,
    async () => {
      const waited = make();
      const word = () => Atomics.load(wordsOf(waited.handle, 1), 0);
      const before = word();
      for (const timeout of [0, 1, 5]) {
        const error = assertThrows(
          () => waited.wait({ timeout }),
          DOMException,
        );
        assertEquals(error.name, "TimeoutError");
        const late = await assertRejects(
          () => waited.waitAsync({ timeout }),
          DOMException,
        );
        assertEquals(late.name, "TimeoutError");
      }
      const reason = new Error("enough");
      const aborted = AbortSignal.abort(reason);
      assertEquals(
        await waited.waitAsync({ signal: aborted }).catch((error) => error),
        reason,
      );
      const controller = new AbortController();
      const { signal } = controller;
      const waits = [
        waited.waitAsync({ signal }),
        waited.waitAsync({ signal, timeout: 10_000 }),
      ];
      controller.abort(reason);
      for (const end of await Promise.allSettled(waits)) {
        assertEquals((end as PromiseRejectedResult).reason, reason);
      }
      assertEquals(word(), before);
    },
  );

  Deno.test(`${name} refuses timeouts that are none`, async () => {
    const waited = make();
    for (const timeout of [-1, NaN, "1" as unknown as number]) {
      const error = assertThrows(() => waited.wait({ timeout }), RangeError);
      assertStringIncludes(error.message, String(timeout));
      await assertRejects(() => waited.waitAsync({ timeout }), RangeError);
    }
  });
}

Deno.test("Latch.countDown() opens it once, and refuses to go below zero", () => {
  const latch = new Latch(3);
  assertFalse(latch.countDown(2));
  assertThrows(() => latch.countDown(2), RangeError);
  assertEquals(latch.count, 1);
  latch.add(4);
  assert(Latch.from(latch.handle).countDown(5));
  latch.wait({ timeout: 0 });
  assertThrows(() => latch.countDown(), RangeError);
  assertThrows(() => latch.add(), RangeError);
  new Latch(0).wait();
});

Deno.test(
  "Latch is a wait group: who is in it may bring in others, and all who wait are let go with the last (U16)",
  TIMEOUT,
  async () => {
    const group = new Latch(1);
    let done = 0;
    const waits = [group, Latch.from(group.handle)].map(async (latch) => {
      await latch.waitAsync();
      return done;
    });
    /** A task that starts two more, some levels deep. */
    const task = async (group: Latch, depth: number) => {
      await null;
      if (depth > 0) {
        group.add(2);
        for (let k = 0; k < 2; k++) {
          void task(Latch.from(group.handle), depth - 1);
        }
      }
      await null;
      done++;
      group.countDown();
    };
    void task(group, 4);
    assertThrows(() => group.wait({ timeout: 0 }), DOMException);
    assertEquals(await Promise.all(waits), [31, 31]);
    group.wait();
    // Whoever comes too late does not get in.
    assertThrows(() => group.add(), RangeError);
  },
);

Deno.test("Latch refuses counts that are none", () => {
  for (const count of [-1, 1.5, NaN, Infinity, MAX_COUNT + 1]) {
    const error = assertThrows(() => new Latch(count), RangeError);
    assertStringIncludes(error.message, String(count));
    const latch = new Latch(2);
    assertThrows(() => latch.countDown(count), RangeError);
    assertThrows(() => latch.add(count), RangeError);
    assertEquals(latch.count, 2);
  }
  assertThrows(() => new Latch(1).countDown(0), RangeError);
  const latch = new Latch(MAX_COUNT - 1);
  latch.add();
  assertEquals(latch.count, MAX_COUNT);
  assertThrows(() => latch.add(), RangeError);
  latch.countDown(MAX_COUNT);
  assertThrows(() => new Latch("2" as never), RangeError);
});

Deno.test("ManualResetEvent says whether a call changed it", () => {
  const event = new ManualResetEvent();
  assert(event.set());
  assertFalse(event.set());
  event.wait({ timeout: 0 });
  assert(event.isSet);
  assert(event.reset());
  assertFalse(event.reset());
  assertFalse(event.isSet);
  new ManualResetEvent({ set: true }).wait({ timeout: 0 });
});

Deno.test(
  "ManualResetEvent goes on when its count starts again",
  TIMEOUT,
  async () => {
    const event = new ManualResetEvent();
    Atomics.store(wordsOf(event.handle, 1), 0, 0x7ffffffe);
    const waits = [event.waitAsync(), event.waitAsync()];
    assert(event.set());
    assert(event.reset());
    await Promise.all(waits);
    assertFalse(event.isSet);
  },
);

Deno.test("AutoResetEvent stores one signal, and one waiter takes it", async () => {
  const event = new AutoResetEvent({ set: true });
  assert(event.isSet);
  assertFalse(event.set());
  event.wait({ timeout: 0 });
  assertFalse(event.isSet);
  assertFalse(event.tryWait());
  assert(event.set());
  assert(event.reset());
  assertFalse(event.reset());
  assert(event.set());
  await event.waitAsync({ timeout: 0 });
  assertThrows(() => event.wait({ timeout: 0 }), DOMException);
});

Deno.test("Parker.unpark() puts one token there, however often, and a park() after it returns at once (U1)", async () => {
  const parker = new Parker();
  assert(parker.unpark());
  assertFalse(parker.unpark());
  parker.park({ timeout: 0 });
  assertThrows(() => parker.park({ timeout: 0 }), DOMException);
  const parked = parker.parkAsync();
  assert(Parker.from(parker.handle).unpark());
  await parked;
});

Deno.test("Once.run() runs one function, and again only if it throws", async () => {
  const once = new Once();
  const problem = new Error("no");
  const fail = () => {
    throw problem;
  };
  assertEquals(assertThrows(() => once.run(fail)), problem);
  assertEquals(await once.runAsync(fail).catch((error) => error), problem);
  assertFalse(once.isDone);
  let runs = 0;
  assert(once.run(() => void runs++));
  assertFalse(once.run(() => void runs++));
  assertFalse(await Once.from(once.handle).runAsync(() => void runs++));
  assert(once.isDone);
  assertEquals(runs, 1);
});

Deno.test(
  "Once.runAsync() lets others wait for its end (U5)",
  TIMEOUT,
  async () => {
    const once = new Once();
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = once.runAsync(() => promise);
    const another = Once.from(once.handle);
    const others = [1, 2].map(() => Once.from(once.handle).runAsync(() => {}));
    // By another object of the thread it would wait for itself all the same.
    assertThrows(() => Once.from(once.handle).run(() => {}), DeadlockError);
    using other = claimOther();
    assertThrows(
      () => runAs(other.id, () => another.run(() => {}, { timeout: 1 })),
      DOMException,
    );
    await assertRejects(
      () => once.runAsync(() => {}, { timeout: 1 }),
      DOMException,
    );
    assertThrows(() => once.run(() => {}), DeadlockError);
    resolve();
    assert(await first);
    assertEquals(await Promise.all(others), [false, false]);
  },
);

Deno.test("Once.run() within itself is refused, and leaves it as it was", () => {
  const once = new Once();
  assert(once.run(() => {
    assertThrows(() => once.run(() => {}), DeadlockError);
  }));
  assert(once.isDone);
});

Deno.test(
  "Once is poisoned by a loss until that is cleared (U5)",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    const once = new Once();
    using other = claimOther();
    const started = runAs(
      other.id,
      () => once.runAsync(() => new Promise(() => {})),
    );
    assertFalse(once.isPoisoned);
    const waits = [once.runAsync(() => {}), once.runAsync(() => {})];
    threads.markLost(other.id);
    for (const end of await Promise.allSettled(waits)) {
      assert(
        (end as PromiseRejectedResult).reason instanceof OncePoisonedError,
      );
    }
    assert(once.isPoisoned);
    assert(once.clearPoison());
    assertFalse(once.clearPoison());
    assert(Once.from(once.handle).run(() => {}));
    void started;
  },
);

Deno.test("Once refuses other handles", () => {
  const { handle } = new Once();
  assertThrows(
    () => Once.from({ ...handle, kind: "Latch" as never }),
    TypeError,
  );
  assertThrows(() => Once.from(undefined as never), TypeError);
});

for (const Class of [Latch, ManualResetEvent, AutoResetEvent, Parker, Once]) {
  Deno.test(`${Class.name}.from() refuses what is no handle`, () => {
    for (const bad of [undefined, null, 5, "handle"]) {
      assertThrows(() => Class.from(bad as never), TypeError);
    }
  });
}

import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { wordsOf } from "../../../sync/memory/memory.ts";
import { Notify, SharedCounter } from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { runWorkers } from "../crew.ts";
import type { NotifyOutcome, NotifyTask } from "../fixtures/notify_worker.ts";
import { refusesHandles } from "../handles.ts";
import { Mortal } from "../mortal.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

/** Whether a promise has settled after some turns of the event loop. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true, () => done = true);
  for (let k = 0; k < 20 && !done; k++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  return done;
}

Deno.test("Notify.notifyOne() stores one permit if nobody waits (U18)", async () => {
  const notify = new Notify();
  assertFalse(notify.tryWait());
  assertFalse(notify.notifyOne());
  assertFalse(notify.notifyOne());
  assertFalse(notify.notifyLast());
  assert(notify.hasPermit);
  notify.wait({ timeout: 0 });
  assertFalse(notify.hasPermit);
  assertThrows(() => notify.wait({ timeout: 0 }), DOMException);
  Notify.from(notify.handle).notifyOne();
  await notify.waitAsync({ timeout: 0 });
  notify.notifyOne();
  assert(notify.tryWait());
  assertFalse(notify.tryWait());
});

Deno.test(
  "Notify wakes in the order of coming, notifyLast() the newest (U18)",
  TIMEOUT,
  async () => {
    const notify = new Notify();
    const woken: number[] = [];
    const waits = [0, 1, 2, 3].map((k) =>
      notify.waitAsync().then(() => woken.push(k))
    );
    assert(notify.notifyOne());
    await waits[0];
    assert(notify.notifyLast());
    await waits[3];
    assert(notify.notifyOne());
    assert(notify.notifyOne());
    await Promise.all(waits);
    assertEquals(woken, [0, 3, 1, 2]);
    assertFalse(notify.hasPermit);
  },
);

Deno.test(
  "Notify.notifyWaiters() wakes who waits and stores nothing (U18)",
  TIMEOUT,
  async () => {
    const notify = new Notify();
    assertEquals(notify.notifyWaiters(), 0);
    assertFalse(notify.tryWait());
    // They wait from the call on: nothing was awaited in between.
    const waits = [notify.waitAsync(), notify.waitAsync()];
    assertEquals(notify.notifyWaiters(), 2);
    const late = notify.waitAsync();
    await Promise.all(waits);
    assertFalse(await settled(late));
    notify.notifyOne();
    await late;
  },
);

Deno.test(
  "Notify: a waiter that gives up passes on what it was chosen for",
  TIMEOUT,
  async () => {
    const notify = new Notify();
    const reason = new Error("enough");
    const controllers = [new AbortController(), new AbortController()];
    const [first, second] = controllers.map(({ signal }) =>
      notify.waitAsync({ signal }).catch((error) => error)
    );
    const third = notify.waitAsync();
    notify.notifyOne();
    // Chosen, and not told yet.
    controllers[0]!.abort(reason);
    controllers[1]!.abort(reason);
    assertEquals(await Promise.all([first, second]), [reason, reason]);
    await third;
    // Without anybody it becomes a permit; from a notification for all it does not.
    for (const name of ["notifyOne", "notifyWaiters"] as const) {
      const controller = new AbortController();
      const wait = notify.waitAsync({ signal: controller.signal });
      notify[name]();
      controller.abort(reason);
      await wait.catch(() => {});
      assertEquals(notify.tryWait(), name === "notifyOne");
    }
  },
);

Deno.test(
  "Notify: a wait ends by its timeout or its signal",
  TIMEOUT,
  async () => {
    const notify = new Notify({ maxWaiters: 2 });
    for (const timeout of [0, 1, 5]) {
      const error = assertThrows(() => notify.wait({ timeout }), DOMException);
      assertEquals(error.name, "TimeoutError");
      const late = await assertRejects(
        () => notify.waitAsync({ timeout }),
        DOMException,
      );
      assertEquals(late.name, "TimeoutError");
    }
    const reason = new Error("enough");
    notify.notifyOne();
    const signal = AbortSignal.abort(reason);
    assertEquals(await notify.waitAsync({ signal }).catch((e) => e), reason);
    assert(notify.tryWait());
    // All places are free again.
    const both = [notify.waitAsync(), notify.waitAsync()];
    notify.notifyWaiters();
    await Promise.all(both);
  },
);

Deno.test(
  "Notify refuses more waiters than it has places for",
  TIMEOUT,
  async () => {
    const notify = new Notify({ maxWaiters: 2 });
    const both = [notify.waitAsync(), notify.waitAsync()];
    const error = await assertRejects(() => notify.waitAsync(), RangeError);
    assertStringIncludes(error.message, "2");
    assertThrows(() => notify.wait({ timeout: 0 }), RangeError);
    notify.notifyOne();
    await both[0];
    const third = notify.waitAsync();
    assertEquals(notify.notifyWaiters(), 2);
    await Promise.all([both[1], third]);
  },
);

Deno.test(
  "Notify: what a lost waiter was chosen for goes to the next within a slice",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    const notify = new Notify();
    /** Somebody waits in the second place, was chosen, and has not woken yet. */
    const choose = (id: number) => {
      const words = wordsOf(notify.handle, 48);
      Atomics.store(words, 37, id);
      Atomics.store(words, 3, 2);
      Atomics.store(words, 36, 2);
    };
    for (const waitsAlready of [true, false]) {
      using other = claimOther();
      const mine = waitsAlready ? notify.waitAsync() : undefined;
      choose(other.id);
      threads.markLost(other.id);
      if (mine) await mine;
      else notify.wait({ timeout: 0 });
      assertFalse(notify.tryWait());
    }
    // One that was not chosen is passed over.
    using other = claimOther();
    void runAs(other.id, () => notify.waitAsync()).catch(() => {});
    threads.markLost(other.id);
    assertFalse(notify.notifyOne());
    assert(notify.tryWait());
  },
);

Deno.test("Notify refuses numbers, timeouts and handles that are none", async () => {
  for (const maxWaiters of [0, -1, 1.5, NaN, Infinity, 0x4001, "2" as never]) {
    const error = assertThrows(() => new Notify({ maxWaiters }), RangeError);
    assertStringIncludes(error.message, String(maxWaiters));
  }
  const notify = new Notify({ maxWaiters: 4 });
  notify.notifyOne();
  for (const timeout of [-1, NaN, "1" as unknown as number]) {
    assertThrows(() => notify.wait({ timeout }), RangeError);
    await assertRejects(() => notify.waitAsync({ timeout }), RangeError);
  }
  assert(notify.tryWait());
  const { handle } = notify;
  const size = 128 + 4 * 16;
  const attach = refusesHandles(handle, Notify.from, size);
  assertThrows(() => Notify.from(undefined as never), TypeError);
  assertThrows(() => attach({ kind: "Latch" }), TypeError);
  for (const maxWaiters of [2, 0, undefined]) {
    assertThrows(() => attach({ maxWaiters }), RangeError);
  }
  assertEquals(Notify.from(handle).handle, handle);
});

Deno.test(
  "Notify does as a plain model with a queue does",
  TIMEOUT,
  async () => {
    const command = fc.oneof(
      fc.record({ name: fc.constant("wait" as const) }),
      fc.record({
        name: fc.constantFrom(
          "notifyOne" as const,
          "notifyLast" as const,
          "notifyWaiters" as const,
          "tryWait" as const,
        ),
      }),
      fc.record({ name: fc.constant("abort" as const), which: fc.nat(7) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 30 }),
        fc.constantFrom(0, 2 ** 31 - 3, -3),
        async (commands, ticket) => {
          const notify = new Notify({ maxWaiters: 32 });
          wordsOf(notify.handle, 3)[2] = ticket;
          let permit = false;
          let queue: number[] = [];
          const controllers: AbortController[] = [];
          const ends: (string | undefined)[] = [];
          const expected: (string | undefined)[] = [];
          for (const command of commands) {
            switch (command.name) {
              case "wait": {
                const k = controllers.length;
                const controller = new AbortController();
                controllers.push(controller);
                expected.push(undefined);
                ends.push(undefined);
                notify.waitAsync({ signal: controller.signal }).then(
                  () => ends[k] = "woken",
                  () => ends[k] = "aborted",
                );
                if (permit) expected[k] = "woken";
                else queue.push(k);
                permit = false;
                break;
              }
              case "abort": {
                const k = command.which % Math.max(1, controllers.length);
                controllers[k]?.abort();
                if (queue.includes(k)) expected[k] = "aborted";
                queue = queue.filter((other) => other !== k);
                break;
              }
              case "tryWait":
                assertEquals(notify.tryWait(), permit);
                permit = false;
                break;
              case "notifyWaiters":
                assertEquals(notify.notifyWaiters(), queue.length);
                for (const k of queue) expected[k] = "woken";
                queue = [];
                break;
              default: {
                const k = command.name === "notifyOne"
                  ? queue.shift()
                  : queue.pop();
                assertEquals(notify[command.name](), k !== undefined);
                if (k === undefined) permit = true;
                else expected[k] = "woken";
              }
            }
            // All that was caused is done.
            for (let turn = 0; turn < 100; turn++) {
              if (expected.every((end, k) => end === ends[k])) break;
              await new Promise((resolve) => setTimeout(resolve));
            }
            assertEquals(ends, expected);
            assertEquals(notify.hasPermit, permit);
          }
          controllers.forEach((controller) => controller.abort());
        },
      ),
      { numRuns: 40 },
    );
  },
);

for (const workers of [2, 3]) {
  Deno.test(
    `Notify hands one token round among ${workers} workers, by any door, and it is never lost or doubled`,
    { timeout: 120_000 },
    async () => {
      const notify = new Notify({ maxWaiters: workers });
      // Tickets wrap on the way.
      wordsOf(notify.handle, 3)[2] = 2 ** 31 - 100;
      const holders = new SharedCounter();
      const turns = new SharedCounter();
      notify.notifyOne();
      const outcomes = await runWorkers<NotifyTask, NotifyOutcome>(
        "notify_worker.ts",
        Array.from({ length: workers }, (_, k) => ({
          notify: notify.handle,
          holders: holders.handle,
          turns: turns.handle,
          time: 700,
          seed: k + 1,
        })),
      );
      assert(outcomes.every(({ turns }) => turns > 0));
      assertEquals(
        turns.value,
        outcomes.reduce((n, { turns }) => n + turns, 0),
      );
      assertEquals(holders.value, 0);
      assert(notify.tryWait());
      assertFalse(notify.tryWait());
    },
  );
}

Deno.test(
  "Notify goes on when workers are ended at random moments",
  { timeout: 120_000 },
  async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const notify = new Notify({ maxWaiters: 4 });
      const turns = new SharedCounter();
      const task: NotifyTask = {
        notify: notify.handle,
        holders: new SharedCounter().handle,
        turns: turns.handle,
        time: 10_000,
        seed,
        rests: 10,
      };
      notify.notifyOne();
      using worker = new Mortal("notify_worker.ts", task);
      while (turns.value < 40 * seed) {
        await notify.waitAsync({ timeout: 5000 });
        notify.notifyOne();
        // The worker needs this event loop to start.
        await new Promise((resolve) => setTimeout(resolve));
      }
      await worker.lose();
      // The token may have been in its hands: then it went with it.
      await notify.waitAsync({ timeout: 500 }).catch(() => {});
      assertFalse(notify.tryWait());
      assertFalse(notify.notifyOne());
      assert(notify.tryWait());
    }
  },
);

Deno.test("Notify: of many tasks that wait by one object, one looks for a loss", async () => {
  const tasks = 200;
  const notify = new Notify({ maxWaiters: tasks });
  const waits = Array.from(
    { length: tasks },
    () => notify.waitAsync({ timeout: 350 }).catch(() => {}),
  );
  const { load } = Atomics;
  let loads = 0;
  Atomics.load = ((words: Int32Array, index: number) => {
    loads++;
    return load(words, index);
  }) as typeof load;
  try {
    await Promise.all(waits);
  } finally {
    Atomics.load = load;
  }
  // Three slices: if each looked at all places, 120,000 at least.
  assert(loads < 60_000, `${loads} loads`);
});

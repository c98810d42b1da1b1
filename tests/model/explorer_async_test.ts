import { assert, assertEquals, assertMatch } from "@std/assert";
import { explore, type ModelThread } from "./explorer.ts";
import {
  counts,
  lockAsync,
  refuses,
  unlock,
  unlockAll,
  type Words,
  words,
} from "./futex_mutex.ts";

/** Counts under the lock unless it is aborted first. */
function countsAsync(leave: (w: Words) => void, name?: string) {
  return async (w: Words, thread: ModelThread) => {
    try {
      await lockAsync(w, thread.signal(name));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return "aborted";
    }
    w[1] = w[1]! + 1;
    leave(w);
    return "counted";
  };
}

Deno.test("explore() finds nothing wrong with an async mutex that wakes all", async () => {
  const seen = new Set<unknown>();
  for (const preemptions of [2, Infinity]) {
    const { complete } = await explore({
      setup: words(2),
      threads: [counts(unlockAll), counts(unlockAll), countsAsync(unlockAll)],
      preemptions,
      check: (w, [, , result]) => {
        seen.add(result);
        assertEquals(w[1], result === "aborted" ? 2 : 3);
      },
    });
    assert(complete);
  }
  assertEquals([...seen].sort(), ["aborted", "counted"]);
});

Deno.test("explore() finds a cancelled waiter that swallows a notify", async () => {
  const { message } = await refuses("deadlock", {
    setup: words(2),
    threads: [counts(unlock), counts(unlock), countsAsync(unlock)],
  });
  assertMatch(message, /T2 is told: abort/);
  assertMatch(message, /notify\[word 0\] 1 = 1, wakes T2/);
});

Deno.test("explore() wakes waiters in the order of their waiting", async () => {
  await explore({
    setup: words(3),
    threads: [
      async (w) => {
        const first = Atomics.waitAsync(w, 0, 0);
        const second = Atomics.waitAsync(w, 0, 0);
        Atomics.store(w, 1, 1);
        Atomics.notify(w, 1);
        const order: number[] = [];
        assert(first.async && second.async);
        await Promise.all([
          first.value.then((value) => order.push(value === "ok" ? 1 : 0)),
          second.value.then((value) => order.push(value === "ok" ? 2 : 0)),
        ]);
        return order;
      },
      (w) => {
        while (Atomics.load(w, 1) === 0) Atomics.wait(w, 1, 0);
        assertEquals(Atomics.notify(w, 0, 1), 1);
        assertEquals(Atomics.notify(w, 0, 5), 1);
        assertEquals(Atomics.notify(w, 0), 0);
      },
    ],
    check: (_, [order]) => assertEquals(order, [1, 2]),
  });
});

Deno.test("explore() aborts a named signal after a thread has asked for it", async () => {
  const program = {
    setup: words(1),
    threads: [
      async (w: Words, thread: ModelThread) => {
        const wait = Atomics.waitAsync(w, 0, 0);
        const signal = thread.signal("stop");
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve());
        });
        // Pauses in what the listener has started.
        return wait.async && Atomics.add(w, 0, 1) === 0;
      },
    ],
  };
  await refuses("deadlock", program);
  const { complete } = await explore({
    ...program,
    threads: [...program.threads, (_, thread) => thread.abort("stop")],
    check: (w, [result]) => assert(result === true && w[0] === 1),
  });
  assert(complete);
});

Deno.test("explore() lets nothing depend on an unnamed signal", async () => {
  await refuses("deadlock", {
    setup: words(1),
    threads: [async (w, thread) => {
      Atomics.load(w, 0);
      await new Promise((resolve) => {
        thread.signal().addEventListener("abort", resolve);
      });
    }],
  });
});

Deno.test("explore() pauses in the listener of a signal", async () => {
  await explore({
    setup: words(1),
    threads: [async (w, thread) => {
      const signal = thread.signal("stop");
      thread.abort("stop");
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => {
          Atomics.add(w, 0, 1);
          Atomics.add(w, 0, 1);
          resolve();
        })
      );
    }],
    check: (w) => assertEquals(w[0], 2),
  });
});

Deno.test("explore() tells a thread of its waits after it has returned", async () => {
  await explore({
    setup: words(2),
    threads: [
      // deno-lint-ignore require-await
      async (w) => {
        const wait = Atomics.waitAsync(w, 0, 0);
        if (wait.async) wait.value.then(() => Atomics.store(w, 1, 1));
        else Atomics.store(w, 1, 1);
      },
      (w) => {
        Atomics.store(w, 0, 1);
        Atomics.notify(w, 0);
        while (Atomics.load(w, 1) === 0) Atomics.pause();
      },
    ],
  });
});

Deno.test("explore() models timers and timeouts of signals", async () => {
  const seen = new Set<unknown>();
  await explore({
    setup: words(1),
    threads: [
      async (w, thread) => {
        const hold = setInterval(() => {}, 1000);
        const start = performance.now();
        const signal = AbortSignal.any([
          AbortSignal.timeout(50),
          thread.signal("never"),
        ]);
        try {
          while (Atomics.load(w, 0) === 0) {
            const wait = Atomics.waitAsync(w, 0, 0);
            if (!wait.async) continue;
            await new Promise<void>((resolve, reject) => {
              wait.value.then(() => resolve());
              signal.addEventListener("abort", () => reject(signal.reason));
            });
          }
          return "ok";
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          assertEquals(performance.now() - start, 50);
          return error.name;
        } finally {
          clearInterval(hold);
        }
      },
      (w) => {
        Atomics.store(w, 0, 1);
        Atomics.notify(w, 0);
      },
    ],
    check: (_, [result]) => void seen.add(result),
  });
  assertEquals([...seen].sort(), ["TimeoutError", "ok"]);
});

Deno.test("explore() lets a waitAsync time out, and not hide a lost wake-up", async () => {
  const program = {
    setup: words(1),
    threads: [
      async (w: Words) => {
        const wait = Atomics.waitAsync(w, 0, 0, 50);
        return wait.async ? await wait.value : wait.value;
      },
    ],
  };
  const { reason } = await refuses("deadlock", program);
  assertMatch(reason, /only a timeout/);
  await explore({
    ...program,
    expireTimeouts: true,
    check: (_, [result]) => assertEquals(result, "timed-out"),
  });
});

Deno.test("explore() reports a rejected thread", async () => {
  await refuses("exception", {
    setup: words(1),
    threads: [async (w) => {
      await null;
      Atomics.load(w, 0);
      throw new RangeError("no");
    }],
  });
});

Deno.test("explore() notices a thread that goes on after it counted as idle", async () => {
  await refuses("unsupported", {
    setup: words(1),
    threads: [async (w) => {
      Atomics.load(w, 0);
      for (let i = 0; i < 100; i++) await null;
      Atomics.load(w, 0);
    }, (w) => Atomics.load(w, 0)],
    ticks: 8,
  });
});

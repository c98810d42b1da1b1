import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  type Permits,
  SemaphoreClosedError,
} from "../../../sync/waiting/permits.ts";
import { MAX_PERMITS, Semaphore } from "../../../sync/waiting/semaphore.ts";
import { wordCountOf } from "../../../sync/waiting/semaphore_layout.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { refusesHandles } from "../handles.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

Deno.test("Semaphore refuses numbers that are out of range", async () => {
  for (const n of [-1, 1.5, NaN, Infinity, MAX_PERMITS + 1, "1" as never]) {
    const error = assertThrows(() => new Semaphore(n), RangeError);
    assertStringIncludes(error.message, String(n));
    assertThrows(() => new Semaphore(1, { max: n }), RangeError);
    assertThrows(() => new Semaphore(1, { maxWaiters: n }), RangeError);
    const semaphore = new Semaphore(1, { max: 2 });
    assertThrows(() => semaphore.tryAcquire(n), RangeError);
    assertThrows(() => semaphore.acquire(n), RangeError);
    await assertRejects(() => semaphore.acquireAsync(n), RangeError);
    assertThrows(() => semaphore.release(n), RangeError);
    assertEquals(semaphore.available, 1);
  }
  assertThrows(() => new Semaphore(3, { max: 2 }), RangeError);
  assertThrows(() => new Semaphore(1, { maxWaiters: 513 }), RangeError);
  assertThrows(() => new Semaphore(2).acquire(3), RangeError);
  assertThrows(() => new Semaphore(2).acquire(0), RangeError);
  assertEquals(
    new Semaphore(MAX_PERMITS).acquire(MAX_PERMITS).count,
    MAX_PERMITS,
  );
});

Deno.test("Semaphore refuses handles of something else or too small", () => {
  const { handle } = new Semaphore(1, { maxWaiters: 3 });
  assertEquals(handle.maxWaiters, 4);
  const attach = refusesHandles(handle, Semaphore.from, 4 * wordCountOf(4));
  assertThrows(() => attach({ kind: "Latch" }), TypeError);
  assertThrows(() => attach({ maxWaiters: 8 }), RangeError);
  assertThrows(() => attach({ maxWaiters: 0 }), RangeError);
  for (const bad of [undefined, 5, "Semaphore"]) {
    assertThrows(() => Semaphore.from(bad as never), TypeError);
  }
});

Deno.test("Semaphore.release() refuses more than the maximum", () => {
  const semaphore = new Semaphore(1, { max: 3 });
  assertThrows(() => semaphore.release(3), RangeError);
  semaphore.release(2);
  assertThrows(() => semaphore.release(), RangeError);
  assertEquals(semaphore.available, 3);
});

Deno.test("Semaphore: permits are given back once, unless they are forgotten", () => {
  const semaphore = new Semaphore(4);
  const permits = semaphore.acquire(3);
  assertEquals(semaphore.tryAcquire(2), undefined);
  permits[Symbol.dispose]();
  permits[Symbol.dispose]();
  assertEquals(semaphore.available, 4);
  assertEquals(semaphore.acquire(2).forget(), 2);
  assertEquals(semaphore.available, 2);
});

Deno.test(
  "Semaphore.acquireAsync() serves in order, the greedy one too",
  TIMEOUT,
  async () => {
    const semaphore = new Semaphore(0, { max: 4 });
    const order: number[] = [];
    const waits = [3, 1, 2].map((n, k) =>
      semaphore.acquireAsync(n).then(() => order.push(k))
    );
    semaphore.release(2);
    // Two are there, and nobody overtakes who wants three.
    assertEquals(semaphore.tryAcquire(), undefined);
    await turns();
    assertEquals(order, []);
    semaphore.release(1);
    await waits[0];
    semaphore.release(3);
    await Promise.all(waits);
    assertEquals(order, [0, 1, 2]);
  },
);

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test(
  "Semaphore: who gives up lets those behind it pass",
  TIMEOUT,
  async () => {
    const semaphore = new Semaphore(1, { max: 2 });
    const controller = new AbortController();
    const reason = new Error("enough");
    const { signal } = controller;
    const greedy = semaphore.acquireAsync(2, { signal });
    const modest = semaphore.acquireAsync(1);
    controller.abort(reason);
    assertEquals(await greedy.catch((error) => error), reason);
    assertEquals((await modest).count, 1);
    const error = assertThrows(
      () => semaphore.acquire(1, { timeout: 1 }),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
    await assertRejects(
      () => semaphore.acquireAsync(1, { timeout: 1 }),
      DOMException,
    );
    for (const timeout of [-1, NaN]) {
      assertThrows(() => semaphore.acquire(1, { timeout }), RangeError);
    }
    assertEquals(
      await semaphore.acquireAsync(1, { signal }).catch((error) => error),
      reason,
    );
    (await modest)[Symbol.dispose]();
    assertEquals(semaphore.available, 1);
    assertEquals(semaphore.tryAcquire()?.count, 1);
  },
);

Deno.test(
  "Semaphore: who finds no place waits for one",
  TIMEOUT,
  async () => {
    const semaphore = new Semaphore(0, { max: 3, maxWaiters: 2 });
    const waits = [1, 2, 3, 4].map(() => semaphore.acquireAsync());
    assertThrows(() => semaphore.acquire(1, { timeout: 1 }), DOMException);
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = semaphore.acquireAsync(1, { signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => aborted, Error, "enough");
    semaphore.release(3);
    const permits = await Promise.race(waits);
    permits[Symbol.dispose]();
    await Promise.all(waits);
    assertEquals(semaphore.available, 0);
  },
);

Deno.test(
  "Semaphore.close() ends all waits, and takes permits back",
  TIMEOUT,
  async () => {
    const semaphore = new Semaphore(1);
    const held = semaphore.acquire();
    const waits = [semaphore.acquireAsync(), semaphore.acquireAsync()];
    semaphore.close();
    semaphore.close();
    assert(Semaphore.from(semaphore.handle).closed);
    for (const end of await Promise.allSettled(waits)) {
      assertInstanceOf(
        (end as PromiseRejectedResult).reason,
        SemaphoreClosedError,
      );
    }
    held[Symbol.dispose]();
    assertEquals(semaphore.available, 1);
    assertThrows(() => semaphore.tryAcquire(), SemaphoreClosedError);
    assertThrows(() => semaphore.acquire(), SemaphoreClosedError);
  },
);

Deno.test(
  "Semaphore skips a waiter whose thread is lost",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    const semaphore = new Semaphore(1, { max: 2 });
    using other = claimOther();
    const lost = runAs(other.id, () => semaphore.acquireAsync(2));
    const next = semaphore.acquireAsync(1);
    threads.markLost(other.id);
    assertEquals((await next).count, 1);
    // The model of a lost thread lives on, and is told that it was skipped.
    await assertRejects(() => lost);
  },
);

Deno.test(
  "Semaphore does as a plain model with a queue does",
  TIMEOUT,
  async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("acquire"),
        n: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        kind: fc.constant("try"),
        n: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        kind: fc.constant("release"),
        n: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        kind: fc.constant("abort"),
        n: fc.integer({ min: 0, max: 7 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const semaphore = new Semaphore(2, { max: 6, maxWaiters: 4 });
        let free = 2;
        let queue: { n: number; id: number }[] = [];
        const expected: number[] = [];
        const served: number[] = [];
        const controllers: AbortController[] = [];
        const waits: Promise<unknown>[] = [];
        const serve = () => {
          while (queue.length > 0 && queue[0]!.n <= free) {
            free -= queue[0]!.n;
            expected.push(queue.shift()!.id);
          }
        };
        for (const { kind, n } of steps) {
          if (kind === "acquire" && queue.length < 4) {
            const id = controllers.length;
            const controller = new AbortController();
            controllers.push(controller);
            waits.push(
              semaphore.acquireAsync(n, { signal: controller.signal }).then(
                () => served.push(id),
                () => {},
              ),
            );
            queue.push({ n, id });
            serve();
          } else if (kind === "try") {
            const permits: Permits | undefined = semaphore.tryAcquire(n);
            const fits = queue.length === 0 && free >= n;
            assertEquals(permits !== undefined, fits);
            if (fits) free -= n;
          } else if (kind === "release") {
            if (free + n > 6) {
              assertThrows(() => semaphore.release(n), RangeError);
            } else {
              semaphore.release(n);
              free += n;
              serve();
            }
          } else if (kind === "abort" && controllers[n] !== undefined) {
            controllers[n].abort();
            queue = queue.filter(({ id }) => id !== n);
          }
          // Who was served or gave up frees its place, and hears of it.
          await turns();
          serve();
          assertEquals(semaphore.available, free);
        }
        for (const controller of controllers) controller.abort();
        await Promise.all(waits);
        assertEquals(served.toSorted(), expected.toSorted());
        assertEquals(semaphore.available, free);
      }),
      { numRuns: 25 },
    );
  },
);

Deno.test("Semaphore: the error of a timeout names the one that was given", async () => {
  const semaphore = new Semaphore(0, { max: 1, maxWaiters: 1 });
  const errors = [
    assertThrows(() => semaphore.acquire(1, { timeout: 23 })),
    await assertRejects(() => semaphore.acquireAsync(1, { timeout: 23 })),
  ];
  const first = semaphore.acquireAsync();
  errors.push(
    assertThrows(() => semaphore.acquire(1, { timeout: 23 })),
    await assertRejects(() => semaphore.acquireAsync(1, { timeout: 23 })),
  );
  for (const { message } of errors as Error[]) {
    assertStringIncludes(message, " 23 ms");
  }
  semaphore.release();
  await first;
});

Deno.test("Semaphore goes on after a call that broke off in the middle", async () => {
  const semaphore = new Semaphore(0, { max: 4 });
  const first = semaphore.acquireAsync();
  const { notify } = Atomics;
  Atomics.notify = () => {
    throw new RangeError("Maximum call stack size exceeded");
  };
  try {
    assertThrows(() => semaphore.release(), RangeError);
  } finally {
    Atomics.notify = notify;
  }
  semaphore.release();
  assertEquals((await first).count, 1);
  assertEquals((await semaphore.acquireAsync(1, { timeout: 1000 })).count, 1);
  assertEquals(semaphore.available, 0);
});

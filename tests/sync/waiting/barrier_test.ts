import {
  assert,
  assertEquals,
  assertFalse,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  Barrier,
  BarrierBrokenError,
  type BarrierResult,
  MAX_PARTIES,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { refusesHandles } from "../handles.ts";
import { sliceOf } from "../memory.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };
/** Much longer than a loss takes to be noticed, much shorter than TIMEOUT. */
const SOON = 5000;

function leaders(results: readonly BarrierResult[]): number {
  return results.filter(({ isLeader }) => isLeader).length;
}

Deno.test("Barrier refuses a number of parties that cannot meet", () => {
  for (const parties of [0, -1, 1.5, NaN, Infinity, MAX_PARTIES + 1]) {
    const error = assertThrows(() => new Barrier(parties), RangeError);
    assertStringIncludes(error.message, String(parties));
  }
  for (const parties of ["2", undefined, true]) {
    assertThrows(() => new Barrier(parties as unknown as number), RangeError);
  }
  assertEquals(new Barrier(MAX_PARTIES).parties, MAX_PARTIES);
});

Deno.test("Barrier refuses more members than parties", () => {
  const { id } = currentThread();
  assertThrows(() => new Barrier(1, { members: [id, id] }), RangeError);
  new Barrier(2, { members: [id, id] });
});

Deno.test("Barrier refuses handles of something else or too small", () => {
  const { handle } = new Barrier(4);
  const attach = refusesHandles(handle, Barrier.from, 2 * 128 + 4 * 2 * 4);
  assertThrows(() => attach({ kind: "SharedCounter" }), TypeError);
  assertThrows(() => attach({ ...sliceOf(4096), parties: 4096 }), RangeError);
});

Deno.test(
  "Barrier of one party never waits and always leads",
  TIMEOUT,
  async () => {
    const barrier = new Barrier(1);
    for (let round = 0; round < 3; round++) {
      assert(barrier.wait({ timeout: 0 }).isLeader);
      assert((await barrier.waitAsync({ timeout: 0 })).isLeader);
    }
  },
);

Deno.test(
  "Barrier.waitAsync() has exactly one leader each time (U4)",
  TIMEOUT,
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        async (parties, rounds) => {
          const barrier = new Barrier(parties);
          const others = Barrier.from(barrier.handle);
          for (let round = 0; round < rounds; round++) {
            const results = await Promise.all(
              Array.from(
                { length: parties },
                (_, k) => (k % 2 === 0 ? barrier : others).waitAsync(),
              ),
            );
            assertEquals(leaders(results), 1);
            assert(results.at(-1)!.isLeader);
          }
        },
      ),
      { numRuns: 30 },
    );
  },
);

Deno.test(
  "Barrier.waitAsync() waits until all have arrived",
  TIMEOUT,
  async () => {
    const barrier = new Barrier(3);
    let released = 0;
    const waits = [1, 2].map(() => barrier.waitAsync().then(() => released++));
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertEquals(released, 0);
    assert(barrier.wait().isLeader);
    await Promise.all(waits);
    assertEquals(released, 2);
  },
);

Deno.test("Barrier goes on when its phases start again", TIMEOUT, async () => {
  const barrier = new Barrier(2);
  const { buffer, byteOffset } = barrier.handle;
  Atomics.store(new Int32Array(buffer, byteOffset), 0, 0xfffe << 16);
  for (let round = 0; round < 4; round++) {
    const first = barrier.waitAsync({ timeout: SOON });
    assert(barrier.wait({ timeout: SOON }).isLeader);
    assertFalse((await first).isLeader);
  }
  assertEquals(barrier.broken, false);
});

Deno.test("Barrier.wait() checks the timeout before it arrives", () => {
  const barrier = new Barrier(1);
  for (const timeout of [-1, NaN, "5"]) {
    assertThrows(
      () => barrier.wait({ timeout: timeout as number }),
      RangeError,
    );
  }
  assertFalse(barrier.broken);
});

Deno.test("Barrier.waitAsync() checks the timeout before it arrives", async () => {
  const barrier = new Barrier(2);
  await assertRejects(() => barrier.waitAsync({ timeout: -1 }), RangeError);
  // Else this one would be the second and lead.
  await assertRejects(() => barrier.waitAsync({ timeout: 0 }), DOMException);
});

for (const door of ["wait", "waitAsync"] as const) {
  Deno.test(
    `Barrier.${door}() breaks the barrier when the time is up`,
    TIMEOUT,
    async () => {
      for (const timeout of [0, 30, 150]) {
        const barrier = new Barrier(3);
        const other = assertRejects(
          () => barrier.waitAsync(),
          BarrierBrokenError,
        );
        const start = performance.now();
        const error = await assertRejects(
          async () => await barrier[door]({ timeout }),
          DOMException,
        );
        assertEquals(error.name, "TimeoutError");
        const waited = performance.now() - start;
        assertGreaterOrEqual(waited, timeout - 1);
        assertLess(waited, timeout + SOON);
        assert(barrier.broken);
        await other;
      }
    },
  );
}

Deno.test(
  "Barrier.waitAsync() breaks the barrier on abort, with the signal's reason",
  TIMEOUT,
  async () => {
    const barrier = new Barrier(3);
    const other = assertRejects(() => barrier.waitAsync(), BarrierBrokenError);
    const controller = new AbortController();
    const wait = barrier.waitAsync({ signal: controller.signal });
    const reason = { because: "test" };
    controller.abort(reason);
    assertStrictEquals(await wait.catch((error) => error), reason);
    assert(barrier.broken);
    await other;
  },
);

Deno.test(
  "Barrier.waitAsync() does not arrive if it is aborted already",
  TIMEOUT,
  async () => {
    const barrier = new Barrier(1);
    const reason = new Error("before");
    const signal = AbortSignal.abort(reason);
    const error = await assertRejects(() => barrier.waitAsync({ signal }));
    assertStrictEquals(error, reason);
  },
);

Deno.test(
  "Barrier.waitAsync() ignores an abort after all have arrived",
  TIMEOUT,
  async () => {
    const barrier = new Barrier(2);
    const controller = new AbortController();
    const wait = barrier.waitAsync({ signal: controller.signal });
    barrier.wait();
    controller.abort();
    assertFalse((await wait).isLeader);
    assertFalse(barrier.broken);
  },
);

Deno.test(
  "Barrier.waitAsync() forgets its signal however it ends",
  TIMEOUT,
  async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    signal.addEventListener = (_type: string, listener: unknown) => {
      listeners.add(listener);
    };
    signal.removeEventListener = (_type: string, listener: unknown) => {
      listeners.delete(listener);
    };
    const barrier = new Barrier(2);
    const released = barrier.waitAsync({ signal });
    assertEquals(listeners.size, 1);
    barrier.wait();
    await released;
    assertEquals(listeners.size, 0);
    await assertRejects(
      () => barrier.waitAsync({ signal, timeout: 0 }),
      DOMException,
    );
    assertEquals(listeners.size, 0);
  },
);

Deno.test(
  "Barrier wakes those who wait, and does not leave it to their next look",
  TIMEOUT,
  async () => {
    const barrier = new Barrier(2);
    const { waitAsync } = Atomics;
    // For ever, if nobody wakes it.
    Atomics.waitAsync =
      ((words: Int32Array, index: number, value: number) =>
        waitAsync(words, index, value)) as typeof waitAsync;
    try {
      for (let round = 0; round < 60; round++) {
        const wait = barrier.waitAsync();
        // Now and then let it fall asleep first.
        if (round % 2 === 0) await Promise.resolve();
        barrier.wait();
        await wait;
      }
    } finally {
      Atomics.waitAsync = waitAsync;
    }
  },
);

Deno.test("Barrier stays broken for all who come", TIMEOUT, async () => {
  const barrier = new Barrier(2);
  assertThrows(() => barrier.wait({ timeout: 0 }), DOMException);
  for (const each of [barrier, Barrier.from(barrier.handle)]) {
    for (let time = 0; time < 3; time++) {
      assertThrows(() => each.wait(), BarrierBrokenError);
      await assertRejects(() => each.waitAsync(), BarrierBrokenError);
    }
    assert(each.broken);
  }
});

Deno.test("Barrier.wait() breaks when a named member is lost", TIMEOUT, () => {
  const { threads, id } = currentThread();
  using other = claimOther();
  const barrier = new Barrier(2, { members: [id, other.id] });
  threads.markLost(other.id);
  const start = performance.now();
  assertThrows(() => barrier.wait({ timeout: SOON }), BarrierBrokenError);
  assertLess(performance.now() - start, SOON / 2);
  assert(barrier.broken);
});

Deno.test(
  "Barrier.waitAsync() breaks when a member is lost while it waits",
  TIMEOUT,
  async () => {
    const { threads, id } = currentThread();
    using other = claimOther();
    const barrier = new Barrier(3, { members: [id, other.id] });
    const waits = [barrier.waitAsync(), barrier.waitAsync()];
    const ends = Promise.allSettled(waits);
    const start = performance.now();
    threads.markLost(other.id);
    for (const end of await ends) {
      assert(end.status === "rejected");
      assert(end.reason instanceof BarrierBrokenError);
    }
    assertLess(performance.now() - start, SOON / 2);
  },
);

Deno.test(
  "Barrier breaks when a thread is lost that met before",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    using other = claimOther();
    const barrier = new Barrier(2);
    for (let round = 0; round < 3; round++) {
      const wait = runAs(other.id, () => barrier.waitAsync());
      assert(barrier.wait().isLeader);
      await wait;
    }
    threads.markLost(other.id);
    assertThrows(() => barrier.wait({ timeout: SOON }), BarrierBrokenError);
  },
);

Deno.test(
  "Barrier breaks when a thread has left that met before",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    using other = claimOther();
    const barrier = new Barrier(2);
    const wait = runAs(other.id, () => barrier.waitAsync());
    barrier.wait();
    await wait;
    threads.leave(other.id);
    threads.retire(other.id);
    // Its place in the registry may have another owner.
    using _next = claimOther();
    assertThrows(() => barrier.wait({ timeout: SOON }), BarrierBrokenError);
  },
);

Deno.test(
  "Barrier does not break when a thread is lost that has arrived",
  TIMEOUT,
  async () => {
    const { threads, id } = currentThread();
    using lost = claimOther();
    const options = { members: [id, lost.id] };
    const [barrier, other] = [new Barrier(2, options), new Barrier(3, options)];
    const arrivals = runAs(lost.id, () => [
      barrier.waitAsync(),
      assertRejects(() => other.waitAsync(), BarrierBrokenError),
    ]);
    threads.markLost(lost.id);
    // The time is up after more than two looks at the records.
    const error = await assertRejects(() => other.waitAsync({ timeout: 250 }));
    assertEquals((error as DOMException).name, "TimeoutError");
    assert(barrier.wait().isLeader);
    await Promise.all(arrivals);
    // It will not come again.
    assertThrows(() => barrier.wait({ timeout: SOON }), BarrierBrokenError);
  },
);

Deno.test(
  "Barrier does not break when a thread is lost that never met",
  TIMEOUT,
  () => {
    const { threads } = currentThread();
    using other = claimOther();
    const barrier = new Barrier(2);
    threads.markLost(other.id);
    const error = assertThrows(
      () => barrier.wait({ timeout: 250 }),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
  },
);

Deno.test("Barrier.from() refuses a number of parties that is none or another", () => {
  const { handle } = new Barrier(2);
  for (const parties of [NaN, undefined, -5, 0, 1.5, "2", 1, 3]) {
    assertThrows(
      () => Barrier.from({ ...handle, parties } as typeof handle),
      Error,
      undefined,
      `parties: ${parties}`,
    );
  }
});

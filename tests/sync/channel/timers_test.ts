/**
 * `after()`, `at()`, `tick()`, `never()`.
 */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreaterOrEqual,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  after,
  at,
  Channel,
  DeadlockError,
  never,
  select,
  selectAsync,
  tick,
} from "../../../sync/mod.ts";
import { inVirtualTime } from "../virtual_time.ts";

const TIMEOUT = { timeout: 120_000 };

function now(): number {
  return performance.timeOrigin + performance.now();
}

Deno.test("after() gives one message, when it is due", () => {
  inVirtualTime((clock) => {
    const start = now();
    const late = after(3);
    clock.now += 2.9;
    assertEquals(late.tryRecv(), undefined);
    assert(!late.isOver);
    assertAlmostEquals(late.recv() - start, 3, 0.01);
    assertAlmostEquals(now() - start, 3, 0.01);
    assert(late.isOver);
    assertEquals(late.tryRecv(), undefined);
  });
});

Deno.test("after() blocks the thread until it is due", () => {
  const start = now();
  after(3).recv();
  assertGreaterOrEqual(now() - start, 3);
});

Deno.test("after() is over at once if the delay is 0", () => {
  const soon = after(0);
  assertEquals([typeof soon.tryRecv(), soon.tryRecv()], ["number", undefined]);
});

Deno.test("at() gives its message at a moment, or at once", () => {
  const moment = Date.now() + 3;
  assertAlmostEquals(at(new Date(moment)).recv(), moment, 0.01);
  assertGreaterOrEqual(now(), moment);
  assertAlmostEquals(at(5).tryRecv()!, 5, 0.01);
  assertEquals(at(Infinity).tryRecv(), undefined);
});

Deno.test("tick() gives messages at regular moments, and leaves out what nobody took", () => {
  inVirtualTime((clock) => {
    const start = now();
    const ticks = tick(4);
    const received = () => {
      const moment = ticks.recv();
      return [moment - start, now() - start].map(Math.round);
    };
    assertEquals(received(), [4, 4]);
    // Miss some.
    clock.now += 11;
    assertEquals(received(), [8, 15]);
    assertEquals(received(), [16, 16]);
    assertEquals(received(), [20, 20]);
  });
});

Deno.test(
  "recvAsync() waits without blocking, and ends by time or signal",
  TIMEOUT,
  async () => {
    const order: string[] = [];
    const receiving = after(4).recvAsync().then(() => order.push("after"));
    order.push("sync");
    await receiving;
    assertEquals(order, ["sync", "after"]);
    const late = await assertRejects(
      () => after(1e9).recvAsync({ timeout: 2 }),
      DOMException,
    );
    assertEquals(late.name, "TimeoutError");
    assertThrows(() => never().recv({ timeout: 2 }), DOMException);
    const reason = new Error("enough");
    const controller = new AbortController();
    const waiting = never().recvAsync({ signal: controller.signal });
    controller.abort(reason);
    assertStrictEquals(await waiting.catch((error) => error), reason);
    const early = { signal: AbortSignal.abort(reason) };
    const ended = await after(0).recvAsync(early).catch((error) => error);
    assertStrictEquals(ended, reason);
  },
);

Deno.test(
  "receivers of time are iterated until nothing will come",
  TIMEOUT,
  async () => {
    assertEquals([...after(1)].length, 1);
    assertEquals([...never()], []);
    let count = 0;
    for (const _ of tick(0.5)) if (++count === 3) break;
    for await (const _ of tick(0.5)) if (++count === 6) break;
    for await (const _ of after(1)) count++;
    assertEquals(count, 7);
  },
);

Deno.test("recv() says so where nothing will ever come", () => {
  const over = after(0);
  over.recv();
  assertThrows(() => over.recv(), DeadlockError);
  assertThrows(() => never().recv(), DeadlockError);
});

Deno.test("receivers of time refuse times that are none", async () => {
  const wrong = [-1, NaN, -Infinity, "1", undefined, null] as number[];
  for (const time of wrong) {
    assertThrows(() => after(time), RangeError);
    assertThrows(() => tick(time), RangeError);
    assertThrows(() => never().recv({ timeout: time ?? -1 }), RangeError);
    await assertRejects(
      () => never().recvAsync({ timeout: time ?? -1 }),
      RangeError,
    );
  }
  assertThrows(() => tick(0), RangeError);
  for (const moment of [NaN, new Date(NaN), "now", undefined, null]) {
    assertThrows(() => at(moment as number), RangeError);
  }
});

Deno.test(
  "select() with after() is a wait with a timeout that is an arm",
  TIMEOUT,
  async () => {
    const channel = new Channel("i32", { capacity: 1 });
    const [tx, rx] = [channel.sender(), channel.receiver()];
    const start = now();
    assertEquals(select({ rx, late: after(3) }).key, "late");
    assertGreaterOrEqual(now() - start, 3);
    assertEquals((await selectAsync({ rx, late: after(3) })).key, "late");
    tx.send(1);
    assertEquals(select({ rx, late: after(1e9) }).value, 1);
    // The earliest one counts, whether it waits or not.
    assertEquals(
      select({ a: after(1e8), b: after(2), c: after(1e9) }).key,
      "b",
    );
  },
);

Deno.test(
  "select() with tick() does something again and again",
  TIMEOUT,
  () => {
    const channel = new Channel("i32", { capacity: 1 });
    const [, rx] = [channel.sender(), channel.receiver()];
    inVirtualTime(() => {
      const ticks = tick(2);
      const end = after(15);
      for (let count = 0; count < 7; count++) {
        assertEquals(select({ rx, ticks, end }).key, "ticks");
      }
      assertEquals(select({ rx, ticks, end }).key, "end");
    });
  },
);

Deno.test("recvAsync() says so where nothing will ever come, or come any more", async () => {
  await assertRejects(() => never().recvAsync(), DeadlockError);
  const late = after(1);
  // Either may be the one that takes it.
  const ends = await Promise.allSettled([late.recvAsync(), late.recvAsync()]);
  ends.sort((a, b) => a.status < b.status ? -1 : 1);
  const [taken, refused] = ends;
  assertEquals(taken!.status, "fulfilled");
  assert((refused as PromiseRejectedResult).reason instanceof DeadlockError);
  await assertRejects(() => never().recvAsync({ timeout: 1 }), DOMException);
});

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

const TIMEOUT = { timeout: 20_000 };

function now(): number {
  return performance.timeOrigin + performance.now();
}

Deno.test("after() gives one message, when it is due", () => {
  const start = now();
  const late = after(3);
  assertEquals(late.tryRecv(), undefined);
  assert(!late.isOver);
  const moment = late.recv();
  assertGreaterOrEqual(now() - start, 3);
  assertAlmostEquals(moment - start, 3, 1);
  assert(late.isOver);
  assertEquals(late.tryRecv(), undefined);
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
  const ticks = tick(4);
  const first = ticks.recv();
  // Miss some.
  while (now() < first + 11) continue;
  const next = ticks.recv();
  assertAlmostEquals((next - first) % 4, 0, 0.01);
  assertEquals(next - first < 8, true);
  const third = ticks.recv();
  assertAlmostEquals((third - first) % 4, 0, 0.01);
  assertGreaterOrEqual(third, now() - 4);
  assert(third > next);
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
    assertEquals(select({ rx, late: after(1000) }).value, 1);
    // The earliest one counts, whether it waits or not.
    assertEquals(
      select({ a: after(500), b: after(2), c: after(900) }).key,
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
    const ticks = tick(2);
    const end = after(15);
    let count = 0;
    for (;;) {
      const { key } = select({ rx, ticks, end });
      if (key === "end") break;
      assertEquals(key, "ticks");
      count++;
    }
    assert(count >= 1 && count <= 7);
  },
);

Deno.test("recvAsync() says so where nothing will ever come, or come any more", async () => {
  await assertRejects(() => never().recvAsync(), DeadlockError);
  const late = after(1);
  const [first, second] = [late.recvAsync(), late.recvAsync()];
  const refused = assertRejects(() => second, DeadlockError);
  await first;
  await refused;
  await assertRejects(() => never().recvAsync({ timeout: 1 }), DOMException);
});

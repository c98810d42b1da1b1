import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { GiveUp } from "../../../sync/thread/give_up.ts";
import { LONGEST_TIMER } from "../../../sync/thread/timeout.ts";

const NEVER = new Promise<never>(() => {});

Deno.test("GiveUp.orFirst() ends by what comes first, also if the end came before", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const end = new GiveUp("wait", { signal: controller.signal });
  assertEquals(await end.orFirst(Promise.resolve(1)), 1);
  const waits = end.orFirst(NEVER);
  controller.abort(reason);
  assertEquals(await assertRejects(() => waits), reason);
  assertEquals(await assertRejects(() => end.orFirst(NEVER)), reason);
  end.forget();
  const late = new GiveUp("wait", { timeout: 1 });
  const error = await assertRejects(() => late.orFirst(NEVER), DOMException);
  assertEquals(error.name, "TimeoutError");
  late.forget();
});

Deno.test("GiveUp.orFirst() keeps nothing of the sleeps that ended", async () => {
  const { signal } = new AbortController();
  const end = new GiveUp("wait", { signal });
  const sleeps = 200_000;
  const before = Deno.memoryUsage().heapUsed;
  for (let k = 0; k < sleeps; k++) await end.orFirst(Promise.resolve(k));
  const grown = Deno.memoryUsage().heapUsed - before;
  end.forget();
  // What waits for the next collection is less; a race keeps 200 bytes of each.
  assertLess(grown, 100 * sleeps);
});

Deno.test("GiveUp waits in full where one timer is too short", async () => {
  const timers: { expire: () => void; time: number }[] = [];
  const original = globalThis.setTimeout;
  globalThis.setTimeout =
    ((expire: () => void, time: number) =>
      timers.push({ expire, time })) as unknown as typeof setTimeout;
  try {
    const end = new GiveUp("wait", { timeout: LONGEST_TIMER + 5 });
    let isOver = false;
    const wait = end.orFirst(NEVER).finally(() => isOver = true);
    timers[0]!.expire();
    await Promise.resolve();
    assertEquals(timers.map(({ time }) => time), [LONGEST_TIMER, 5]);
    assertEquals(isOver, false);
    timers[1]!.expire();
    const error = await assertRejects(() => wait, DOMException);
    assertEquals(error.name, "TimeoutError");
    end.forget();
  } finally {
    globalThis.setTimeout = original;
  }
});

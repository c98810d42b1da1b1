import { assert, assertEquals, assertFalse } from "@std/assert";
import { Backoff } from "../../../sync/mod.ts";
import { spinLimit } from "../../../sync/thread/spin.ts";

/** How often a function pauses. */
function pausesOf(action: () => void): number {
  const { pause } = Atomics;
  let pauses = 0;
  Atomics.pause = () => void pauses++;
  try {
    action();
  } finally {
    Atomics.pause = pause;
  }
  return pauses;
}

Deno.test("Backoff.spin() pauses twice as long each time, up to a bound (U20)", () => {
  const backoff = new Backoff();
  const pauses = Array.from(
    { length: 9 },
    () => pausesOf(() => backoff.spin()),
  );
  assertEquals(pauses, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
  assertFalse(backoff.isCompleted);
});

Deno.test("Backoff.snooze() says when to sleep instead (U20)", () => {
  const backoff = new Backoff();
  let steps = 0;
  let before = 0;
  while (!backoff.isCompleted) {
    const pauses = pausesOf(() => backoff.snooze());
    assert(pauses >= before && pauses <= spinLimit.rounds);
    before = pauses;
    assert(++steps < 20);
  }
  assertEquals(steps, 11);
  pausesOf(() => backoff.snooze());
  assert(backoff.isCompleted);
  backoff.reset();
  assertFalse(backoff.isCompleted);
  assertEquals(pausesOf(() => backoff.snooze()), 1);
});

Deno.test("Backoff pauses once where nobody may spin, and goes on (U20)", () => {
  const { rounds } = spinLimit;
  spinLimit.rounds = 0;
  try {
    const backoff = new Backoff();
    while (!backoff.isCompleted) {
      assertEquals(pausesOf(() => backoff.snooze()), 1);
    }
  } finally {
    spinLimit.rounds = rounds;
  }
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Claims } from "../../parallel/run/claims.ts";
import { Pace } from "../../parallel/run/pace.ts";
import { type Job, work } from "../../parallel/run/work.ts";
import type { Loop } from "../../parallel/plan/loop.ts";
import { stoppedClock } from "./stopped_clock.ts";

const ANY = { min: 1, max: Infinity };

/** A job of pieces of one index each. */
function jobOf(loop: Loop, stops = false): Job {
  return {
    loop,
    params: [],
    room: undefined,
    pace: new Pace({ min: 1, max: 1 }, 0, 1),
    stops,
    parts: [],
    progress: undefined,
  };
}

Deno.test("work() that fails ends the claims, so that nobody takes any more", async () => {
  const claims = Claims.make(0, 100, 0);
  const loop: Loop = (_, from) => {
    if (from === 5) throw new RangeError("no 5");
    return from;
  };
  const job = jobOf(loop);
  await assertRejects(() => work(job, claims), RangeError, "no 5");
  assertEquals(claims.take(1, 1), undefined);
  assertEquals(job.parts, [0, 1, 2, 3, 4].map((k) => [k, k]));
});

Deno.test("work() that is to stop at a result ends the claims with it", async () => {
  const claims = Claims.make(0, 100, 0);
  let last = -1;
  const loop: Loop = (_, from) => {
    last = from;
    return from === 7 ? "found" : undefined;
  };
  const job = jobOf(loop, true);
  await work(job, claims);
  assertEquals([job.parts, last], [[[7, "found"]], 7]);
  assertEquals(claims.take(1, 1), undefined);
});

Deno.test("work() takes no less than the plan says, even if it is all that is left", async () => {
  const pieces: number[][] = [];
  const job = jobOf((_, from, to) => void pieces.push([from, to]));
  const pace = new Pace({ min: 8, max: 8 }, 0, 1);
  await work({ ...job, pace }, Claims.make(0, 19, 3));
  assertEquals(pieces, [[0, 8], [8, 16], [16, 19]]);
});

Deno.test("work() gives the event loop a turn every 8 ms", async () => {
  using clock = stoppedClock();
  const claims = Claims.make(0, 1e6, 0);
  let hasFired = false;
  const timer = setTimeout(() => hasFired = true);
  await work(
    jobOf(() => {
      clock.pass(8);
      if (hasFired) claims.end();
    }),
    claims,
  );
  clearTimeout(timer);
  assert(hasFired);
});

Deno.test("work() goes on without a turn for less than 8 ms", async () => {
  using clock = stoppedClock();
  let isOver = false;
  const done = work(jobOf(() => clock.pass(0.5)), Claims.make(0, 15, 0))
    .then(() => isOver = true);
  for (let k = 0; k < 5; k++) await undefined;
  assert(isOver);
  await done;
});

Deno.test("Pace keeps to the limits of the plan", () => {
  using clock = stoppedClock();
  const limits = { min: 3, max: 10 };
  for (const perIndex of [0, 1e-9, 1e9]) {
    const pace = new Pace(limits, perIndex, 1);
    assert(pace.size >= 3 && pace.size <= 10 && pace.least >= 3);
    for (const ms of [0, 1000, 0]) {
      pace.start();
      clock.pass(ms);
      pace.lap(5);
      assertEquals(pace.size, ms === 0 ? 10 : 3);
    }
  }
});

Deno.test("Pace takes 16 times more at most than the last time", () => {
  using _ = stoppedClock();
  const pace = new Pace(ANY, 0, 1);
  pace.start();
  for (const size of [16, 256, 4096]) {
    pace.lap(pace.size);
    assertEquals(pace.size, size);
  }
});

Deno.test("Pace believes slowly that indices take longer than the last time, at once that they are faster", () => {
  using clock = stoppedClock();
  const pace = new Pace(ANY, 0.001, 1);
  pace.start();
  clock.pass(9);
  pace.lap(1000);
  assertEquals(pace.perIndex, 0.009);
  assertEquals(pace.learnt, 0.001 + 0.008 / 8);
  clock.pass(0.5);
  pace.lap(1000);
  assertEquals([pace.perIndex, pace.learnt], [0.0005, 0.0005]);
});

Deno.test("Pace leaves out the time between two pieces that are not neighbours", () => {
  using clock = stoppedClock();
  const pace = new Pace(ANY, 0, 1);
  pace.start();
  for (let piece = 0; piece < 2; piece++) {
    clock.pass(1);
    pace.lap(1000);
    assertEquals(pace.perIndex, 0.001);
  }
  clock.pass(50);
  pace.start();
  clock.pass(1);
  pace.lap(1000);
  assertEquals(pace.perIndex, 0.001);
});

Deno.test("Pace takes no tiny pieces of what is left", () => {
  assertEquals(new Pace(ANY, 0.25 / 1600, 1).least, 100);
  assertEquals(new Pace(ANY, 0.25, 1).least, 1);
});

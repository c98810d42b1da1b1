import { assert, assertEquals, assertRejects } from "@std/assert";
import { Claims } from "../../parallel/run/claims.ts";
import { Pace } from "../../parallel/run/pace.ts";
import { type Job, work } from "../../parallel/run/work.ts";
import type { Loop } from "../../parallel/plan/loop.ts";
import { stoppedClock } from "./stopped_clock.ts";

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

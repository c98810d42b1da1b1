import { assert, assertEquals } from "@std/assert";
import { Pace } from "../../parallel/run/pace.ts";
import { stoppedClock } from "./stopped_clock.ts";

const ANY = { min: 1, max: Infinity };

Deno.test("Pace begins with as many indices as were brief the last time", () => {
  using clock = stoppedClock();
  const first = new Pace(ANY, 0, 1);
  assertEquals(first.size, 1);
  first.start();
  clock.pass(0.001);
  first.lap(1);
  assertEquals(first.brief, first.size);
  assertEquals(new Pace(ANY, 0, first.brief).size, first.size);
  assert(first.size > 1);
});

Deno.test("Pace does not begin with as many indices as took long", () => {
  using clock = stoppedClock();
  const pace = new Pace(ANY, 0, 1);
  pace.start();
  clock.pass(1);
  pace.lap(1000);
  assert(pace.size > 1);
  assertEquals(pace.brief, 1);
});

Deno.test("Pace begins with what lasts a piece once it knows how long indices take", () => {
  using clock = stoppedClock();
  const pace = new Pace(ANY, 0, 1);
  pace.start();
  clock.pass(1);
  pace.lap(1000);
  assertEquals(new Pace(ANY, pace.learnt, pace.brief).size, 250);
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

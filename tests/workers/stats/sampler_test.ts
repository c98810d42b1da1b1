import { assert, assertEquals } from "@std/assert";
import { Sampler } from "../../../workers/stats/sampler.ts";
import { withClock } from "./clock.ts";

/** How many of so many calls are timed, one in each `gap` ms. */
function timed(sampler: Sampler, clock: { now: number }, gap: number): number {
  let timed = 0;
  for (let k = 0; k < 10_000; k++) {
    if (sampler.start() !== 0) timed++;
    clock.now += gap;
  }
  return timed;
}

Deno.test("Sampler.start() times each call where they are rare", () => {
  withClock((clock) => {
    assertEquals(timed(new Sampler(), clock, 0.06), 10_000);
  });
});

Deno.test("Sampler.start() times about one call in 50 us where they are many", () => {
  withClock((clock) => {
    const count = timed(new Sampler(), clock, 0.0005); // 5 ms in all
    assert(count > 60 && count < 160, `${count} of 100`);
  });
});

Deno.test("Sampler.start() never leaves out more than 255 calls", () => {
  withClock((clock) => {
    const sampler = new Sampler();
    let skipped = 0;
    for (let k = 0; k < 100_000; k++) {
      skipped = sampler.start() === 0 ? skipped + 1 : 0;
      assert(skipped <= 255);
      if (k % 100 === 0) clock.now += 1e-6;
    }
  });
});

Deno.test("Sampler.start() treats calls alike that come in turns", () => {
  withClock((clock) => {
    const sampler = new Sampler();
    const seen = [0, 0];
    for (let k = 0; k < 1_000_000; k++) {
      if (sampler.start() !== 0) seen[k % 2]!++;
      clock.now += 0.0005;
    }
    const [even, odd] = seen as [number, number];
    assert(Math.abs(even - odd) < 0.1 * (even + odd), `${even} and ${odd}`);
  });
});

Deno.test("Sampler.reset() times the next call in any case", () => {
  withClock((clock) => {
    const sampler = new Sampler();
    for (let k = 0; k < 100; k++) {
      timed(sampler, clock, 0.0001);
      sampler.reset();
      assert(sampler.start() !== 0);
    }
  });
});

Deno.test("Sampler.end() tells the times of any number of calls at once", () => {
  withClock((clock) => {
    const sampler = new Sampler();
    for (let round = 0; round < 3; round++) {
      const tickets: number[] = [];
      for (let k = 0; k < 1000; k++) {
        clock.now += 1;
        tickets.push(sampler.start());
      }
      assertEquals(new Set(tickets).size, 1000);
      assert(Number.isInteger(tickets[0]));
      for (const [k, ticket] of tickets.entries()) {
        assertEquals(sampler.end(ticket), 999 - k);
      }
    }
  });
});

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { par } from "../../parallel/mod.ts";
import { Pace } from "../../parallel/run/pace.ts";
import { packed, unpacked } from "../../parallel/run/packed_part.ts";
import { Runtime } from "../../workers/mod.ts";

const timeout = 60_000;
const ANY = { min: 1, max: Infinity };

/** Has the clock show what it is told. */
function stoppedClock(): Disposable & { pass(ms: number): void } {
  const now = performance.now;
  let time = 0;
  performance.now = () => time;
  return {
    pass(ms) {
      time += ms;
    },
    [Symbol.dispose]() {
      performance.now = now;
    },
  };
}

Deno.test("collect() and partition() join thousands of parts in their order", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const plan = par.range(0, 2500, { runtime, eager: true }).withMaxLen(1);
  const all = Array.from({ length: 2500 }, (_, k) => k);
  assertEquals(await plan.collect(), all);
  const [even, odd] = await plan.partition((k) => k % 2 === 0);
  assertEquals(even, all.filter((k) => k % 2 === 0));
  assertEquals(odd, all.filter((k) => k % 2 === 1));
});

Deno.test("packed() sends long lists of numbers as bytes, and all else as it is", () => {
  const numbers = Array.from({ length: 100 }, (_, k) => k / 3);
  numbers[1] = NaN;
  numbers[2] = -0;
  const [from, sent, isPacked] = packed([7, numbers]);
  assertEquals([from, isPacked], [7, true]);
  assert(sent instanceof Float64Array);
  assertEquals(unpacked([7, sent, true]), [7, numbers]);
  const holes = numbers.slice();
  delete holes[50];
  for (const result of [holes, [...numbers, "1"], [1, 2], undefined, 5]) {
    const part = packed([0, result]);
    assertStrictEquals(part[1], result);
    assertStrictEquals(unpacked(part)[1], result);
  }
});

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

import { assert, assertEquals } from "@std/assert";
import { closure } from "../../aware/mod.ts";
import { planOf } from "../../parallel/consumers.ts";
import { par } from "../../parallel/mod.ts";
import { loopPlan } from "../../parallel/plan/loop.ts";
import { timeToSend } from "../../parallel/run/sent_memory.ts";
import { sum } from "../../parallel/sinks/sum.ts";
import { Runtime } from "../../workers/mod.ts";
import { stoppedClock } from "./stopped_clock.ts";

const timeout = 60_000;

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

Deno.test(
  "collect() of what is no number, of holes, -0 and NaN, is the same list",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const plan = par.range(0, 5000, { runtime, eager: true }).withMaxLen(100);
    const odd = [-0, NaN, undefined, "1", 2n];
    const values = (k: number) => k % 7 === 3 ? odd[k % 5] : k / 3;
    const mixed = closure(
      { odd },
      ({ odd }, k: number) => k % 7 === 3 ? odd[k % 5] : k / 3,
    );
    const all = Array.from({ length: 5000 }, (_, k) => values(k));
    assertEquals(await plan.map(mixed).collect(), all);
    const [numbers, others] = await plan.map(mixed)
      .partition((value) => typeof value === "number");
    assertEquals(numbers, all.filter((value) => typeof value === "number"));
    assertEquals(others, all.filter((value) => typeof value !== "number"));
    const more = plan.flatMap((k) => [k, k, k]);
    assertEquals(
      await more.collect(),
      Array.from({ length: 15_000 }, (_, k) => Math.floor(k / 3)),
    );
  },
);

Deno.test(
  "collect() leaves nothing of a former list in the memory of the next one",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const plan = par.range(0, 3000, { runtime, eager: true }).withMaxLen(50);
    const all = Array.from({ length: 3000 }, (_, k) => k);
    const lists = await Promise.all(
      [3, 5, 7].map((n) =>
        plan.filter(closure({ n }, ({ n }, k: number) => k % n === 0)).collect()
      ),
    );
    assertEquals(lists, [3, 5, 7].map((n) => all.filter((k) => k % n === 0)));
    assertEquals(await plan.filter((k) => k < 0).collect(), []);
    assertEquals(await plan.take(10).collect(), all.slice(0, 10));
  },
);

Deno.test("a loop over more indices than words can number counts on", () => {
  const sink = sum(0);
  const [few, many] = [100, 2 ** 33].map((length) => {
    const { node } = planOf(par.range(0, length));
    return loopPlan(node, sink, node.params).loop(
      node.params,
      length - 3,
      length,
      undefined,
    );
  });
  assertEquals(few, 97 + 98 + 99);
  assertEquals(many, 3 * 2 ** 33 - 6);
});

Deno.test("a plan over few indices mostly does not look at the clock", async () => {
  const now = performance.now;
  let looks = 0;
  performance.now = () => {
    looks++;
    return 0;
  };
  try {
    const plan = par.range(0, 10).map((n) => n + 7);
    for (let run = 0; run < 64; run++) assertEquals(await plan.sum(), 115);
  } finally {
    performance.now = now;
  }
  assert(looks > 4 && looks < 20, `${looks} looks`);
});

Deno.test("a plan that has taken long looks at the clock again", async () => {
  using clock = stoppedClock();
  const wait = { passes: 0 };
  const pass = closure(wait, (wait, n: number) => {
    clock.pass(wait.passes);
    return n;
  });
  const plan = par.range(0, 10).map(pass).inspect((n) => n);
  for (let run = 0; run < 40; run++) await plan.count();
  wait.passes = 1;
  for (let run = 0; run < 20; run++) await plan.count();
  let looks = 0;
  const { now } = performance;
  performance.now = () => {
    looks++;
    return now();
  };
  await plan.count();
  performance.now = now;
  assert(looks > 0);
});

Deno.test("timeToSend() counts what is copied or encoded, and not what is dealt", () => {
  const shared = new Float64Array(new SharedArrayBuffer(800));
  assertEquals(timeToSend([shared, 5, undefined], undefined), 0);
  const objects = [{}, {}];
  for (const param of [shared.slice(), [1, 2], ["1", "2"], objects]) {
    assert(timeToSend([param], undefined) > 0);
  }
  assertEquals(timeToSend([objects], objects), 0);
  assert(timeToSend([objects, objects.slice()], objects) > 0);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { scenarios } from "../../bench/areas/parallel/area.ts";
import { kernels } from "../../bench/areas/parallel/kernels.ts";
import { POOLS } from "../../bench/areas/parallel/pool.ts";
import { questions } from "../../bench/areas/parallel/questions.ts";
import { sorts } from "../../bench/areas/parallel/sorts.ts";
import { Runtime } from "../../workers/mod.ts";

const timeout = 60_000;
const SCALE = 2 ** -6;
const QUESTIONS = [
  ...questions(SCALE),
  ...sorts(SCALE),
  ...kernels(SCALE),
];

Deno.test("par() answers every question as one thread does", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  for (const { name, ours, alone } of QUESTIONS) {
    for (const answer of Object.values(ours)) {
      assertEquals(await answer(runtime), alone(), name);
    }
  }
});

for (const [name, start] of Object.entries(POOLS)) {
  Deno.test(`${name} answers every question as one thread does`, {
    timeout,
  }, async () => {
    const pool = await start(2);
    try {
      for (const { name, pooled, alone } of QUESTIONS) {
        assertEquals(await pooled(pool), alone(), name);
      }
      const unknown = pool.run("nothing" as "sum", undefined);
      await assertRejects(async () => await unknown);
    } finally {
      await pool.close();
    }
  });
}

/** One of each kind. */
const SOME = ["map-into", "overhead/10"];

for (const { name, subjects, bars, baseline } of await scenarios(SCALE)) {
  const names = [baseline, ...bars!.map(({ subject }) => subject)];
  for (const { name: subject, setup } of subjects) {
    if (!SOME.includes(name) || !names.includes(subject)) continue;
    Deno.test(`parallel/${name}: ${subject} does what it is asked`, {
      timeout,
    }, async () => {
      const running = await setup();
      try {
        const count = await running.run(3);
        assert(typeof count === "number" && count >= 3);
        await running.check!();
      } finally {
        await running.close();
      }
    });
  }
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeadlockError, SharedCounter } from "../../sync/mod.ts";
import { Runtime } from "../../workers/mod.ts";
import {
  blockingSum,
  failingPlan,
  nestedSum,
  plannedSum,
} from "./fixtures/nested_plans.ts";

/** What is tested on the same two workers. */
const TESTS: readonly [string, (runtime: Runtime) => Promise<void>][] = [
  [
    "tasks that plan, more than there are workers, each get their result (U13)",
    async (runtime) => {
      const ends = Array.from({ length: 12 }, (_, k) => 2000 + k);
      const tasks = ends.map((end) => runtime.spawn(plannedSum, end));
      assertEquals(await Promise.all(tasks), ends.map((n) => n * (n - 1) / 2));
    },
  ],

  [
    "plans in joins in scopes in tasks, all workers inside (U13)",
    async (runtime) => {
      const nesting = { depth: 2, end: 1000 };
      const tasks = [1, 2, 3].map(() => runtime.spawn(nestedSum, nesting));
      const sum = 16 * 499_500;
      assertEquals(await Promise.all(tasks), [sum, sum, sum]);
    },
  ],

  [
    "a plan in a task throws its first error, once all of it has ended (U13)",
    async (runtime) => {
      const progress = [new SharedCounter(), new SharedCounter()];
      const failed = runtime.scope(async (scope) => {
        for (const each of progress) scope.spawn(failingPlan, each);
        await scope.spawn(plannedSum, 1000);
      });
      await assertRejects(() => failed, RangeError, "no 4321");
      const done = progress.map(({ value }) => value);
      assert(done.every((count) => count < 1e6));
      // Whoever had a part of them does not go on.
      await runtime.broadcast(() => {});
      assertEquals(progress.map(({ value }) => value), done);
      assertEquals(await runtime.spawn(plannedSum, 1000), 499_500);
    },
  ],

  [
    "a plan goes on while a worker blocks for its task (U13)",
    async (runtime) => {
      assertEquals(await runtime.spawn(blockingSum, 5000), 12_497_500);
    },
  ],

  [
    "all workers that block for plans end, by a result or a DeadlockError (U13)",
    async (runtime) => {
      const tasks = Array.from(
        { length: 8 },
        () => runtime.spawn(blockingSum, 500),
      );
      for (const outcome of await Promise.allSettled(tasks)) {
        if (outcome.status === "fulfilled") {
          assertEquals(
            outcome.value,
            124_750,
          );
        } else {assert(
            outcome.reason instanceof DeadlockError,
            `${outcome.reason}`,
          );}
      }
      assertEquals(await runtime.spawn(blockingSum, 500), 124_750);
    },
  ],
];

Deno.test("plans inside of each other (U13)", {
  timeout: 120_000,
}, async (t) => {
  await using runtime = await Runtime.start({ workers: 2 });
  for (const [name, run] of TESTS) await t.step(name, () => run(runtime));
});

/**
 * Tests of plans that run on the calling thread, and again on workers.
 *
 * @module
 */

import type { ParallelOptions } from "../../parallel/mod.ts";
import { Claims } from "../../parallel/run/claims.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { Runtime } from "../../workers/mod.ts";

const timeout = 120_000;

type Test = (options: ParallelOptions) => Promise<void>;

/** What runs on workers: all of a file on the same ones. */
let onWorkers: [name: string, test: Test][] | undefined;

/** Adds a test that runs on this thread, and the same on workers. */
export function onAll(name: string, test: Test): void {
  Deno.test(`${name}, on this thread`, { timeout }, () => test({}));
  if (onWorkers === undefined) {
    const tests = onWorkers = [];
    Deno.test("plans on workers", { timeout }, (t) => runAll(t, tests));
  }
  onWorkers.push([name, test]);
}

async function runAll(
  t: Deno.TestContext,
  tests: readonly [name: string, test: Test][],
): Promise<void> {
  await withWorkers(async (options) => {
    for (const [name, test] of tests) {
      await t.step(name, () => test(options));
    }
  });
}

/** How long this thread waits for a worker that never takes anything, in ms. */
const PATIENCE = 1000;

/**
 * Runs something with plans of which workers do a part. This thread takes nothing
 * before one of them has: else it would be done with a small plan before they come.
 */
export async function withWorkers(test: Test): Promise<void> {
  await using runtime = await Runtime.start({ workers: 2 });
  const { take } = Claims.prototype;
  Claims.prototype.take = function (count, least) {
    const { memory, helpers } = this.handle;
    const next = wordsOf(memory, 1);
    const end = performance.now() + PATIENCE;
    while (helpers > 0 && Atomics.load(next, 0) === 0) {
      if (performance.now() > end) break;
      // Leaves the processor to the worker: nobody notifies.
      Atomics.wait(next, 0, 0, 0.5);
    }
    return take.call(this, count, least);
  };
  try {
    await test({ runtime, eager: true });
  } finally {
    Claims.prototype.take = take;
  }
}

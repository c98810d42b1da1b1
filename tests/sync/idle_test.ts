import { assert, assertGreaterOrEqual } from "@std/assert";
import { runWorkers } from "./crew.ts";
import { cpuTime } from "./cpu_time.ts";
import { WAITS } from "./endless_waits.ts";
import type { IdleOutcome, IdleTask } from "./fixtures/idle_worker.ts";

/** How long each wait is, in ms. */
const WALL = 1000;
/** How much of it a thread may run: its spin phase, and a look each slice. */
const SHARE = 0.05;

/** Whether the system says how long a thread ran. */
function isMeasurable(): boolean {
  try {
    return cpuTime() > 0;
  } catch {
    return false;
  }
}

Deno.test({
  name: "Waiting costs no processor time after the spin phase, by any door",
  ignore: !isMeasurable(),
  timeout: 120_000,
  fn: async () => {
    const tasks = Object.keys(WAITS).map((name): IdleTask => ({
      name,
      timeout: WALL,
    }));
    const outcomes = await runWorkers<IdleTask, IdleOutcome>(
      "idle_worker.ts",
      tasks,
    );
    for (const [k, { name }] of tasks.entries()) {
      for (const door of ["blocking", "async"] as const) {
        const [cpu, wall] = outcomes[k]![door];
        assertGreaterOrEqual(wall, WALL - 20, `${name}, ${door}`);
        assert(
          cpu < SHARE * wall,
          `${name}, ${door}: ran for ${cpu} ms of ${wall}`,
        );
      }
    }
  },
});

Deno.test({
  name: "cpuTime() counts what this thread runs and not what it sleeps",
  ignore: !isMeasurable(),
  timeout: 20_000,
  fn: () => {
    const start = cpuTime();
    while (cpuTime() < start + 20);
    const ran = cpuTime();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    assert(cpuTime() - ran < 20);
  },
});

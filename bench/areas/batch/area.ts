import { deepEqual } from "node:assert";
import type { Bar } from "../../harness/bar.ts";
import type { Area, Scenario, Subject } from "../../harness/scenario.ts";
import type { Unit } from "../../harness/unit.ts";
import {
  type EchoBatch,
  ECHOES,
  FLOOR,
  type MakeEcho,
  SLOWING,
} from "./echo.ts";
import { sharedScenarios } from "./shared_scenarios.ts";

const SIZES: readonly number[] = [1, 4, 16, 64, 256];

/** What is wanted of batches of 16. */
const BARS: readonly Bar[] = [
  { subject: "TaskQueue.push()", against: "dataloader", atMost: 0.85 },
  { subject: "TaskQueue.push()", against: FLOOR, atMost: 1.2 },
  // On a machine whose floor is 900 ns, what stack-queue takes in Rust.
  { subject: "TaskQueue.pushMany()", against: FLOOR, atMost: 0.83 },
];

/** The time of a batch, of which each of its tasks has its part. */
const perBatch: Unit = {
  label: "ns per batch",
  better: "lower",
  of: (batches, milliseconds) => milliseconds * 1e6 / batches,
};

/** The same, divided by its tasks. */
function perTask(size: number): Unit {
  return {
    label: "ns per task",
    better: "lower",
    of: (batches, milliseconds) => milliseconds * 1e6 / (batches * size),
  };
}

function subject(name: string, make: MakeEcho, size: number): Subject {
  const tasks = Array.from({ length: size }, (_, k) => k);
  return {
    name,
    async setup() {
      const echo: EchoBatch = await make(size);
      return {
        async run(batches) {
          for (let k = 0; k < batches; k++) await echo(tasks);
          return batches;
        },
        async check() {
          deepEqual(await echo(tasks), tasks, `${name} lost or changed tasks`);
        },
        close() {},
      };
    },
  };
}

function scenario(
  size: number,
  name: string,
  unit: Unit,
  echoes: Readonly<Record<string, MakeEcho>> = ECHOES,
): Scenario {
  return {
    name,
    unit,
    baseline: FLOOR,
    note: "one thread; each batch is awaited before the next one",
    subjects: Object.entries(echoes).map(([name, make]) =>
      subject(name, make, size)
    ),
    bars: size === 16 && unit === perBatch && echoes === ECHOES ? BARS : [],
  };
}

/** Tasks that are joined to batches: what a batch costs on one thread, and a push to another one. */
export const batch: Area = {
  name: "batch",
  summary:
    "task queues on one thread, echoes in batches of 1 to 256; batches in shared memory",
  async scenarios(quick) {
    const sizes = quick ? [1, 16, 256] : SIZES;
    return [
      ...sizes.map((size) => scenario(size, `echo/${size}`, perBatch)),
      ...(quick
        ? []
        : sizes.map((size) =>
          scenario(size, `echo/${size}/per-task`, perTask(size))
        )),
      ...sizes.map((size) =>
        scenario(size, `p-queue/${size}`, perBatch, SLOWING)
      ),
      ...await sharedScenarios(quick),
    ];
  },
};

import { deepEqual } from "node:assert";
import type { Bar } from "../../harness/bar.ts";
import { type Placement, placement } from "../../harness/placement.ts";
import type { Scenario } from "../../harness/scenario.ts";
import { nanoseconds } from "../../harness/unit.ts";
import { layouts, type Placed } from "../pool/layouts.ts";
import { startDuel } from "../sync/duel.ts";
import { BY_HAND, DOUBLERS } from "./there_and_back.ts";

const FLOOR = "an exchange, two stores (floor)";

/** Who pushes a number from another thread: a module of `duels/` each. */
const PUSHES: Readonly<Record<string, string>> = {
  [FLOOR]: "push_floor",
  "two exchanges (floor)": "push_floor_one_word",
  "BatchRing.push()": "push_kindred",
  "BatchRing.pushMany(), 64": "push_many_kindred",
  "MpmcQueue.push()": "push_queue",
};

/** On a machine whose floor is 50 ns, 60 ns. */
const PUSH_BARS: readonly Bar[] = [
  { subject: "BatchRing.push()", against: FLOOR, atMost: 1.2 },
  { subject: "BatchRing.pushMany(), 64", against: FLOOR, atMost: 1.2 },
];

function pushing({ pair, reason, pinCaller }: Placement): Scenario {
  const places = pair && { here: pair.caller, there: pair.worker };
  return {
    name: "push/f64",
    unit: nanoseconds,
    baseline: FLOOR,
    note: pair === undefined
      ? `another thread takes 64 and more at a time; nobody is pinned: ${reason}`
      : `processor ${pair.worker} takes what processor ${pair.caller} pushes, 64 and more at a time`,
    subjects: Object.entries(PUSHES).map(([name, file]) => ({
      name,
      setup: () => {
        const { href } = new URL(`./duels/${file}.ts`, import.meta.url);
        return startDuel(href, places);
      },
    })),
    bars: PUSH_BARS,
    arrange: pinCaller,
  };
}

function boundingOf(size: number): Scenario["subjects"][number] {
  return {
    name: `${size.toLocaleString("en")} records`,
    setup: async () => (await import("./bound.ts")).bounding(size),
  };
}

const BOUNDING: Scenario = {
  name: "bound",
  unit: nanoseconds,
  baseline: "10 records",
  note: "one thread, whose caches are cold; 16 rings, one batch each",
  subjects: [10, 1000, 100_000].map(boundingOf),
  bars: [{ subject: "100,000 records", against: "10 records", atMost: 1.25 }],
};

/** Numbers that another thread doubles: a batch of them is awaited before the next one. */
function thereAndBack(
  size: number,
  { layout, note, arrange }: Placed,
): Scenario {
  const numbers = Float64Array.from({ length: size }, (_, k) => k + 0.5);
  const doubles = Array.from(numbers, (number) => 2 * number);
  return {
    name: `there-and-back/${size}`,
    unit: {
      label: "ns per task",
      better: "lower",
      of: (batches, milliseconds) => milliseconds * 1e6 / (batches * size),
    },
    baseline: BY_HAND,
    note,
    arrange,
    subjects: Object.entries(DOUBLERS).map(([name, start]) => ({
      name,
      setup: async () => {
        const doubler = await start(layout);
        return {
          async run(batches) {
            for (let k = 0; k < batches; k++) await doubler.double(numbers);
            return batches;
          },
          async check() {
            deepEqual(Array.from(await doubler.double(numbers)), doubles);
          },
          close: () => doubler.close(),
        };
      },
    })),
  };
}

/** Batches in shared memory, and queues of them between threads. */
export async function sharedScenarios(
  quick: boolean,
): Promise<readonly Scenario[]> {
  const place = await placement();
  const [oneWorker] = layouts(place);
  return [
    pushing(place),
    BOUNDING,
    ...(quick ? [64] : [1, 64, 1024]).map((size) =>
      thereAndBack(size, oneWorker!)
    ),
  ];
}

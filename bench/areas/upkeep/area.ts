import { type Placement, placement } from "../../harness/placement.ts";
import type { Area, Running, Scenario } from "../../harness/scenario.ts";
import type { Unit } from "../../harness/unit.ts";
import type { Pattern } from "./beside.ts";

const RAW = "raw Workers, same modules";
const PINNED = "raw Worker, pinned";
const KINDRED = "kindred";

/** Of what a subject read itself. */
function readings(label: string): Unit {
  return { label, better: "lower", of: (_, milliseconds) => milliseconds };
}

function scenario(
  name: string,
  label: string,
  subjects: readonly (readonly [string, () => Promise<Running>])[],
  more: Partial<Scenario>,
): Scenario {
  return {
    name,
    unit: readings(label),
    baseline: subjects[0]![0],
    subjects: subjects.map(([name, setup]) => ({ name, setup })),
    ...more,
  };
}

function memory(
  name: string,
  counts: { readonly workers: number; readonly beside: number },
  note: string,
): Scenario {
  return scenario(`memory/${name}`, "MiB", [
    [RAW, async () => (await import("./cost.ts")).memory("raw", counts)],
    [
      KINDRED,
      async () => (await import("./cost.ts")).memory("kindred", counts),
    ],
  ], {
    note: `resident memory of ${note}`,
    bars: counts.beside === 0
      ? []
      : [{ subject: KINDRED, against: RAW, atMostMore: 1 }],
  });
}

function idleProcesses({ cores }: Placement, quick: boolean): Scenario[] {
  const workers = Math.min(2, cores);
  const idleMs = quick ? 1000 : 5000;
  return [
    scenario("start", "ms", [
      [
        RAW,
        async () =>
          (await import("./start.ts")).rawWorkers(workers, "raw_host.ts"),
      ],
      [
        "raw Workers, empty module",
        async () =>
          (await import("./start.ts")).rawWorkers(workers, "empty_host.ts"),
      ],
      [
        KINDRED,
        async () => (await import("./start.ts")).runtime(workers),
      ],
    ], {
      note: `${workers} workers, until all are ready`,
      bars: [{ subject: KINDRED, against: RAW, atMost: 1.3 }],
    }),
    memory(
      "first-worker",
      { workers: 1, beside: 0 },
      "the first idle worker, and all that comes with it once",
    ),
    ...(cores < 2 ? [] : [memory(
      "next-worker",
      { workers: 1, beside: 1 },
      "one more idle worker",
    )]),
    scenario("idle", "% of a processor", [
      [
        RAW,
        async () => (await import("./cost.ts")).idle("raw", workers, idleMs),
      ],
      [
        KINDRED,
        async () =>
          (await import("./cost.ts")).idle("kindred", workers, idleMs),
      ],
    ], {
      note: `${workers} idle workers, ${idleMs / 1000} s each time`,
      bars: [{ subject: KINDRED, against: RAW, atMostMore: 0.1 }],
    }),
  ];
}

/** A busy thread where the worker is. */
function besides({ pair }: Placement): Scenario[] {
  if (pair === undefined) return [];
  const { caller, worker: processor } = pair;
  const patterns: readonly (readonly [Pattern, string])[] = [
    ["idle", "no calls"],
    ["paced", "a call every millisecond or so"],
    ["steady", "one call after the other"],
  ];
  return patterns.map(([pattern, what]) =>
    scenario(`beside/${pattern}`, "% lost", [
      [
        PINNED,
        async () =>
          (await import("./beside.ts")).beside(
            (await import("../pool/raw_worker_pinned.ts")).start,
            { processor, caller, pattern },
          ),
      ],
      [
        KINDRED,
        async () =>
          (await import("./beside.ts")).beside(
            (await import("../pool/kindred.ts")).start,
            { processor, caller, pattern },
          ),
      ],
    ], {
      note: `what a busy thread on the worker's processor loses; ${what}`,
      bars: pattern === "steady"
        ? []
        : [{ subject: KINDRED, against: PINNED, atMostMore: 3 }],
    })
  );
}

/** What a runtime costs besides calls. */
export const upkeep: Area = {
  name: "upkeep",
  summary:
    "start, memory, idle processor time, and a busy thread on the same processor",
  async scenarios(quick): Promise<Scenario[]> {
    const place = await placement();
    return [...idleProcesses(place, quick), ...besides(place)];
  },
};

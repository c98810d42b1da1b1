import type { Area } from "../../harness/scenario.ts";
import { microseconds, nanoseconds } from "../../harness/unit.ts";
import {
  BESIDE_P_QUEUE,
  BURSTS,
  CHAIN,
  FLOOR,
  ONE_BY_ONE,
  OURS,
  SYNC_ON_IDLE,
} from "./jobs.ts";
import { onWorker } from "./on_worker.ts";
import { LOOP, OUR_PIPE, PIPES } from "./pipes.ts";
import { WRITER } from "./writer.ts";

const HERE = "one thread; each job adds one to a number";

/** Jobs in order: what one costs. */
export const desync: Area = {
  name: "desync",
  summary: "jobs on data in order, and pipes through it",
  async scenarios() {
    return [
      {
        name: "here/sync-on-idle",
        unit: nanoseconds,
        baseline: FLOOR,
        note: HERE,
        subjects: SYNC_ON_IDLE,
        bars: [{ subject: "Desync.sync()", against: FLOOR, atMostMore: 40 }],
      },
      {
        name: "here/burst",
        unit: nanoseconds,
        baseline: CHAIN,
        note: `${HERE}; 10,000 are asked for, then the last one is awaited`,
        subjects: BURSTS,
        bars: [{ subject: OURS, against: FLOOR, atMostMore: 100 }],
      },
      {
        name: "here/one-by-one",
        unit: nanoseconds,
        baseline: CHAIN,
        note: `${HERE}; each is awaited before the next one`,
        subjects: ONE_BY_ONE,
      },
      {
        name: "here/pipe",
        unit: microseconds,
        baseline: LOOP,
        note: "one thread; numbers of an async generator that are doubled",
        subjects: PIPES,
        bars: [{ subject: OUR_PIPE, against: LOOP, atMostMore: 2 }],
      },
      {
        name: "here/p-queue",
        unit: nanoseconds,
        baseline: CHAIN,
        note: `${HERE}; bursts of 10,000, of fewer subjects`,
        subjects: BESIDE_P_QUEUE,
      },
      ...await onWorker(),
      ...WRITER,
    ];
  },
};

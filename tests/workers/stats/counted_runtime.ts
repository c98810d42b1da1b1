/**
 * A ledger with threads that count, for tests of what is made of that.
 *
 * @module
 */

import type { Recorder } from "../../../workers/stats/recorder.ts";
import type { Stats } from "../../../workers/stats/stats.ts";
import {
  type RuntimeNow,
  StatsLedger,
  type WorkerNow,
} from "../../../workers/stats/stats_ledger.ts";
import { StatsTable } from "../../../workers/stats/stats_table.ts";

/** What the threads of a runtime count, without one. */
export interface CountedRuntime {
  /** What the starting thread counts with. */
  readonly starter: Recorder;
  /** What each worker does. */
  readonly workers: readonly Recorder[];
  /** One more worker is started. */
  come(): Recorder;
  /** What all have counted. */
  read(size?: number, now?: Partial<RuntimeNow & WorkerNow>): Stats;
}

/** A runtime of so many workers. */
export function newRuntime(workers: number): CountedRuntime {
  const table = StatsTable.allocate(workers + 2);
  const ledger = new StatsLedger(table);
  ledger.occupied(0);
  for (let k = 0; k < workers; k++) ledger.occupied(k + 1, k);
  return {
    starter: table.recorder(0),
    workers: Array.from({ length: workers }, (_, k) => table.recorder(k + 1)),
    come: () => {
      ledger.occupied(workers + 1, workers);
      return table.recorder(workers + 1);
    },
    read: (size = workers, { processor, ...now } = {}) =>
      ledger.stats({
        starter: 0,
        workers: Array.from({ length: size }, (_, k) => ({
          slot: k + 1,
          held: 0,
          processor,
        })),
        injected: 0,
        generationOf: () => 1,
        ...now,
      }),
  };
}

/**
 * What inline workers did.
 *
 * @module
 */

import type { Counted } from "../stats/counted.ts";
import type { Recorder } from "../stats/recorder.ts";
import { runningOf } from "../stats/stats_ledger.ts";
import { Stats } from "../stats/stats.ts";
import { StatsTable } from "../stats/stats_table.ts";
import { ThreadStats } from "../stats/thread_stats.ts";

/** A recorder, and who reads it. */
class Counts {
  readonly #table = StatsTable.allocate(1);
  readonly recorder: Recorder = this.#table.recorder(0);

  read(): Counted {
    return this.#table.read(0);
  }
}

/** Counts for the calling thread, and for each worker that it plays. */
export class InlineStats {
  readonly #from = performance.now();
  readonly #caller = new Counts();
  readonly #workers: Counts[] = [];

  /** Counts calls as such. */
  get caller(): Recorder {
    return this.#caller.recorder;
  }

  /** Counts what a worker does, also one that was let go. */
  worker(index: number): Recorder {
    return this.#of(index).recorder;
  }

  /**
   * What was done so far.
   *
   * @param loads How much each worker has to do.
   */
  read(loads: readonly number[]): Stats {
    const length = Math.max(loads.length, this.#workers.length);
    const workers = Array.from({ length }, (_, worker) => {
      const counted = this.#of(worker).read();
      const running = runningOf(counted);
      const queued = Math.max(0, (loads[worker] ?? 0) - running);
      return new ThreadStats(counted, { worker, running, queued, lost: 0 });
    });
    return new Stats({
      time: Date.now(),
      from: this.#from,
      to: performance.now(),
      workers,
      starter: new ThreadStats(this.#caller.read(), {
        worker: undefined,
        running: 0,
        queued: 0,
        lost: 0,
      }),
      injected: 0,
    });
  }

  #of(index: number): Counts {
    return this.#workers[index] ??= new Counts();
  }
}

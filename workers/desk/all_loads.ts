/**
 * How much each worker has to do for all threads together.
 *
 * @module
 */

import type { Fabric } from "../fabric/fabric.ts";
import type { StatsTable } from "../stats/stats_table.ts";
import type { Directory } from "./directory.ts";

/** What is needed to know that. */
export interface AllLoadsOptions {
  /** Who has which slot. */
  readonly fabric: Fabric;
  /** Who the workers are. */
  readonly directory: Directory;
  /** What the threads have counted. */
  readonly stats: StatsTable;
}

/** The loads of all workers, as the threads counted them. */
export class AllLoads {
  readonly #options: AllLoadsOptions;
  readonly #generationOf: (slot: number) => number;
  #next = 0;

  /** As this thread reads them. */
  constructor(options: AllLoadsOptions) {
    this.#options = options;
    this.#generationOf = (slot) => options.fabric.generation(slot);
  }

  /**
   * The worker that has least to do; of several the next in turn. One that has no
   * thread at the moment only if there is no other.
   */
  pick(): number {
    const { size } = this.#options.directory;
    let best = this.#next % size;
    let least = Infinity;
    for (let k = 0; k < size && least > 0; k++) {
      const worker = (this.#next + k) % size;
      const load = this.#loadOf(worker);
      if (load >= least) continue;
      best = worker;
      least = load;
    }
    this.#next = (best + 1) % size;
    return best;
  }

  #loadOf(worker: number): number {
    const { directory, stats } = this.#options;
    const slot = directory.openSlotOf(worker);
    if (slot >= 0) return stats.loadOf(slot, this.#generationOf);
    return directory.hasFailed(worker) ? Infinity : Number.MAX_SAFE_INTEGER;
  }
}

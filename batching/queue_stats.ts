import type { BatchStats } from "../workers/stats/batch_stats.ts";

/** What a queue did so far, and how it is at the moment. */
export interface QueueStats {
  /** The batches that were bounded. */
  readonly batches: BatchStats;
  /** How many of its places are taken: by tasks without an answer, and by what is behind these. */
  readonly held: number;
  /** How many places it has: its `capacity`. */
  readonly capacity: number;
  /** How many tasks wait in line for a place. */
  readonly inLine: number;
  /** How many processors run. */
  readonly running: number;
}

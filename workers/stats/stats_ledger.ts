/**
 * The ledger: which worker a slot counts for, and what those counted that are gone.
 *
 * @module
 */

import { type Counted, NOTHING, sumOf } from "./counted.ts";
import { CANCELLED, DONE, FAILED, STARTED } from "./stats_block.ts";
import { heapUse } from "./heap_use.ts";
import { Stats } from "./stats.ts";
import type { StatsTable } from "./stats_table.ts";
import { ThreadStats } from "./thread_stats.ts";

/** The starting thread, as the index of a worker. */
const STARTER = -1;

/** What the runtime knows about one worker at the moment. */
export interface WorkerNow {
  /** The slot of its thread; undefined while it has none. */
  readonly slot: number | undefined;
  /** Calls that the starting thread keeps until it has a thread again. */
  readonly held: number;
  /** The processor that it is pinned to. Default: none. */
  readonly processor?: number | undefined;
}

/** What the runtime knows at the moment. */
export interface RuntimeNow {
  /** The slot of the starting thread. */
  readonly starter: number;
  /** All workers, by index. */
  readonly workers: readonly WorkerNow[];
  /** Tasks in the injector. */
  readonly injected: number;
  /** What the heap of a worker may hold, in bytes. Default: as much as it can. */
  readonly maxHeap?: number;
  /** How often a slot was given out. */
  readonly generationOf: (slot: number) => number;
}

/** A worker that was let go. */
const GONE: WorkerNow = { slot: undefined, held: 0 };

/** For the starting thread, which gives out the slots. */
export class StatsLedger {
  readonly #table: StatsTable;
  readonly #start: number = performance.now();
  /** The worker that a slot counts for. */
  readonly #workerOf = new Map<number, number>();
  readonly #gone = new Map<number, Counted>();
  readonly #lost = new Map<number, number>();

  /** Nobody has a slot yet. */
  constructor(table: StatsTable) {
    this.#table = table;
  }

  /**
   * A slot is given to a thread: of a worker, or undefined for the starting
   * thread. To be called before that thread counts, and when the one that had it
   * before no longer runs.
   */
  occupied(slot: number, worker: number = STARTER): void {
    const former = this.#workerOf.get(slot);
    if (former !== undefined) {
      const counted = this.#table.read(slot);
      this.#gone.set(former, sumOf(this.#goneOf(former), counted));
      this.#lost.set(
        former,
        (this.#lost.get(former) ?? 0) + runningOf(counted),
      );
      this.#table.clear(slot);
    }
    this.#workerOf.set(slot, worker);
  }

  /** What all have counted so far. */
  stats(now: RuntimeNow): Stats {
    // Those that were let go keep what they did.
    const most = Math.max(-1, ...this.#workerOf.values(), ...this.#gone.keys());
    const length = Math.max(now.workers.length, most + 1);
    const workers = Array.from({ length }, (_, worker) => {
      return this.#statsOf(worker, now.workers[worker] ?? GONE, now);
    });
    return new Stats({
      time: Date.now(),
      from: this.#start,
      to: performance.now(),
      workers,
      starter: this.#statsOf(STARTER, { slot: now.starter, held: 0 }, now),
      injected: now.injected,
    });
  }

  #statsOf(
    worker: number,
    { slot, held, processor }: WorkerNow,
    now: RuntimeNow,
  ): ThreadStats {
    let counted = this.#goneOf(worker);
    let lost = this.#lost.get(worker) ?? 0;
    let runs = 0;
    for (const [each, owner] of this.#workerOf) {
      if (owner !== worker) continue;
      const here = this.#table.read(each);
      counted = sumOf(counted, here);
      if (each === slot) runs = runningOf(here);
      else lost += runningOf(here);
    }
    const queued = slot === undefined
      ? 0
      : this.#table.queued(slot, now.generationOf);
    return new ThreadStats(counted, {
      worker: worker === STARTER ? undefined : worker,
      processor,
      running: runs,
      queued: queued + held,
      lost,
      heap: heapUse(
        slot === undefined ? undefined : this.#table.heapOf(slot),
        worker === STARTER ? Infinity : now.maxHeap ?? Infinity,
      ),
    });
  }

  #goneOf(worker: number): Counted {
    return this.#gone.get(worker) ?? NOTHING;
  }
}

/** What has started and not ended; starts are read first, so ends may be ahead. */
export function runningOf({ counts }: Counted): number {
  const ended = counts[DONE]! + counts[FAILED]! + counts[CANCELLED]!;
  return Math.max(0, counts[STARTED]! - ended);
}

/**
 * What one thread did, or all of them.
 *
 * @module
 */

import { BatchStats, type BatchStatsJson } from "./batch_stats.ts";
import { type Counted, differenceOf, NOTHING, sumOf } from "./counted.ts";
import { type HeapUse, UNSEEN } from "./heap_use.ts";
import { Histogram, type HistogramJson } from "./histogram.ts";
import {
  BATCH_ROOM,
  BYTES_IN,
  BYTES_OUT,
  CALLED,
  CANCELLED,
  DONE,
  FAILED,
  FRAMES_IN,
  FRAMES_OUT,
  SETTLED,
  SKIPPED,
  SLEEPS,
  SPINS_IN_VAIN,
  SPINS_PAID,
  STARTED,
  TAKEN,
  WOKEN_BY_MESSAGE,
  WOKEN_BY_WORD,
} from "./stats_block.ts";

/** What {@linkcode ThreadStats} knows besides what was counted. */
export interface ThreadGauges {
  /** The index of the worker; undefined: the starting thread, or all. */
  readonly worker: number | undefined;
  /** The processor that the worker is pinned to. Default: none. */
  readonly processor?: number | undefined;
  /** Calls and tasks that run at the moment. */
  readonly running: number;
  /** Calls and tasks that wait to start. */
  readonly queued: number;
  /** Calls and tasks that ended with their thread. */
  readonly lost: number;
  /** How much of its heap it uses. Default: nobody knows. */
  readonly heap?: HeapUse;
}

/** {@linkcode ThreadStats} as plain data. */
export interface ThreadStatsJson {
  /** The index of the worker; null: the starting thread, or all. */
  readonly worker: number | null;
  /** The processor that it is pinned to, as the system numbers them; null: none. */
  readonly processor: number | null;
  /** See {@linkcode ThreadStats.run}. */
  readonly run: ThreadStats["run"];
  /** See {@linkcode ThreadStats.calls}. */
  readonly calls: ThreadStats["calls"];
  /** See {@linkcode ThreadStats.mail}. */
  readonly mail: ThreadStats["mail"];
  /** See {@linkcode ThreadStats.waits}. */
  readonly waits: ThreadStats["waits"];
  /** See {@linkcode ThreadStats.heap}; without what is not known. */
  readonly heap: ThreadStats["heap"];
  /** How long calls and tasks ran. */
  readonly runTimes: HistogramJson;
  /** How long answers took. */
  readonly latencies: HistogramJson;
  /** The batches of its queues. */
  readonly batches: BatchStatsJson;
}

/** Calls and tasks that a thread ran for others. */
export interface RunCounts {
  /** How many started. */
  readonly started: number;
  /** How many came to a value. */
  readonly done: number;
  /** How many threw. */
  readonly failed: number;
  /** How many ended because they were cancelled. */
  readonly cancelled: number;
  /** How many were cancelled before they started. */
  readonly skipped: number;
  /** How many ended with their thread. */
  readonly lost: number;
  /** How many were taken from the queue of all workers. */
  readonly taken: number;
  /** How many run at the moment. */
  readonly running: number;
  /** How many wait to start. */
  readonly queued: number;
}

/** Calls and tasks that a thread made. */
export interface CallCounts {
  /** How many it made. */
  readonly made: number;
  /** How many were answered, by a value or an error. */
  readonly settled: number;
}

/** What a thread sent and read. */
export interface MailCounts {
  /** Frames sent. */
  readonly framesOut: number;
  /** Their content, in bytes. */
  readonly bytesOut: number;
  /** Frames read. */
  readonly framesIn: number;
  /** Their content, in bytes. */
  readonly bytesIn: number;
}

/** How a thread waited for mail. */
export interface WaitCounts {
  /** How often it slept. */
  readonly sleeps: number;
  /** How often a message woke it. */
  readonly wokenByMessage: number;
  /** How often a word woke it. */
  readonly wokenByWord: number;
  /** How often it spun and mail came. */
  readonly spinsPaid: number;
  /** How often it spun and then had to sleep. */
  readonly spinsInVain: number;
}

/**
 * What one thread did, or all of them together. Counts are exact; a thread's
 * numbers are read one after the other while it goes on, so one of them may be
 * ahead of another.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * await family.on(0).hit();
 * await family.on(0).hit();
 *
 * const [worker] = runtime.stats().workers;
 * assertEquals(worker?.run.done, 2);
 * assertEquals(worker?.run.queued, 0);
 * ```
 */
export class ThreadStats {
  /** The index of the worker; undefined: the starting thread, or all. */
  readonly worker: number | undefined;
  /** The processor that it is pinned to, as the system numbers them; undefined: none. */
  readonly processor: number | undefined;
  /** What it ran for others. */
  readonly run: RunCounts;
  /** What it asked of others. */
  readonly calls: CallCounts;
  /** What it sent and read. */
  readonly mail: MailCounts;
  /** How it waited for mail. */
  readonly waits: WaitCounts;
  /** How much of its V8 heap it uses. */
  readonly heap: HeapUse;
  /** How long calls and tasks ran here, from start to end. */
  readonly runTimes: Histogram;
  /** How long the answers to its own calls took, from call to answer. */
  readonly latencies: Histogram;
  /** The batches that queues bounded here, since the runtime was started. */
  readonly batches: BatchStats;
  readonly #counted: Counted;
  readonly #gauges: ThreadGauges;

  /** Made by `Runtime.stats()`. */
  constructor(counted: Counted, gauges: ThreadGauges) {
    this.#counted = counted;
    this.#gauges = gauges;
    const count = (index: number) => counted.counts[index]!;
    this.worker = gauges.worker;
    this.processor = gauges.processor;
    this.run = Object.freeze({
      started: count(STARTED),
      done: count(DONE),
      failed: count(FAILED),
      cancelled: count(CANCELLED),
      skipped: count(SKIPPED),
      lost: gauges.lost,
      taken: count(TAKEN),
      running: gauges.running,
      queued: gauges.queued,
    });
    this.calls = Object.freeze({
      made: count(CALLED),
      settled: count(SETTLED),
    });
    this.mail = Object.freeze({
      framesOut: count(FRAMES_OUT),
      bytesOut: count(BYTES_OUT),
      framesIn: count(FRAMES_IN),
      bytesIn: count(BYTES_IN),
    });
    this.waits = Object.freeze({
      sleeps: count(SLEEPS),
      wokenByMessage: count(WOKEN_BY_MESSAGE),
      wokenByWord: count(WOKEN_BY_WORD),
      spinsPaid: count(SPINS_PAID),
      spinsInVain: count(SPINS_IN_VAIN),
    });
    this.heap = gauges.heap ?? UNSEEN;
    this.runTimes = new Histogram(counted.runTimes);
    this.latencies = new Histogram(counted.latencies);
    this.batches = new BatchStats({
      sizes: counted.batchSizes,
      waits: counted.batchWaits,
      room: count(BATCH_ROOM),
    });
    Object.freeze(this);
  }

  /**
   * What all of these did together.
   *
   * @param injected Tasks that wait in the queue of all workers.
   */
  static sum(all: readonly ThreadStats[], injected: number): ThreadStats {
    let counted = NOTHING;
    const gauges = { worker: undefined, running: 0, queued: injected, lost: 0 };
    for (const each of all) {
      counted = sumOf(counted, each.#counted);
      gauges.running += each.#gauges.running;
      gauges.queued += each.#gauges.queued;
      gauges.lost += each.#gauges.lost;
    }
    return new ThreadStats(counted, gauges);
  }

  /** What it did since an earlier moment. */
  since(earlier: ThreadStats): ThreadStats {
    return new ThreadStats(differenceOf(this.#counted, earlier.#counted), {
      ...this.#gauges,
      lost: Math.max(0, this.#gauges.lost - earlier.#gauges.lost),
    });
  }

  /** This as plain data. */
  toJSON(): ThreadStatsJson {
    const { worker, processor, run, calls, mail, waits, heap } = this;
    return {
      worker: worker ?? null,
      processor: processor ?? null,
      run,
      calls,
      mail,
      waits,
      heap,
      runTimes: this.runTimes.toJSON(),
      latencies: this.latencies.toJSON(),
      batches: this.batches.toJSON(),
    };
  }
}

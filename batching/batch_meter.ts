/**
 * What a queue counts about its batches, for itself and for the runtimes of its
 * thread.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";
import {
  type BatchRecorder,
  batchRecorders,
} from "../workers/stats/batch_recorders.ts";
import { BatchStats } from "../workers/stats/batch_stats.ts";
import { bucketOf } from "../workers/stats/buckets.ts";
import { Sampler } from "../workers/stats/sampler.ts";
import { sizeBucketOf, TASK } from "../workers/stats/size_histogram.ts";

const NS_PER_MS = 1e6;

/** Counts the batches of one queue that this thread bounds: some additions for each, and no clock for most. */
export class BatchMeter {
  readonly #room: number;
  /** All queues of a thread share one: it is about how often the clock is read. */
  readonly #sampler: Sampler = perRealm("batch sampler", () => new Sampler());
  readonly #recorders: readonly BatchRecorder[] = batchRecorders();
  /** They grow with the highest bucket, as there may be a queue for each request of a server. */
  readonly #sizes: number[] = [];
  readonly #waits: number[] = [];
  #batches = 0;
  #tasks = 0;
  #largest = 0;
  /** How many there were when the last one was timed. */
  #timed = 0;
  /** In ns. */
  #waited = 0;
  #longest = 0;

  /** @param room How many tasks a batch may have. */
  constructor(room: number) {
    this.#room = room;
  }

  /**
   * A batch is opened.
   *
   * @returns A ticket for {@linkcode BatchMeter.bounded} or {@linkcode BatchMeter.abandoned}; 0 if nobody times it.
   */
  opened(): number {
    return this.#sampler.start();
  }

  /** It has so many tasks, one at least, and gets no more. */
  bounded(ticket: number, size: number): void {
    const wait = ticket === 0
      ? undefined
      : NS_PER_MS * this.#sampler.end(ticket);
    count(this.#sizes, sizeBucketOf(size), 1);
    this.#batches++;
    this.#tasks += size;
    if (size > this.#largest) this.#largest = size;
    if (wait !== undefined) this.#time(wait);
    for (let k = 0; k < this.#recorders.length; k++) {
      this.#recorders[k]!.bounded(size, this.#room, wait);
    }
  }

  /** It is over, and counts for nobody. */
  abandoned(ticket: number): void {
    if (ticket !== 0) this.#sampler.end(ticket);
  }

  /** All so far. */
  stats(): BatchStats {
    return new BatchStats({
      sizes: {
        buckets: [...this.#sizes],
        sum: TASK * this.#tasks,
        longest: TASK * this.#largest,
      },
      waits: {
        buckets: [...this.#waits],
        sum: this.#waited,
        longest: this.#longest,
      },
      room: this.#room * this.#batches,
    });
  }

  #time(wait: number): void {
    // It stands for those since the one before it.
    const weight = this.#batches - this.#timed;
    this.#timed = this.#batches;
    count(this.#waits, bucketOf(wait), weight);
    this.#waited += wait * weight;
    if (wait > this.#longest) this.#longest = wait;
  }
}

function count(buckets: number[], bucket: number, times: number): void {
  while (buckets.length <= bucket) buckets.push(0);
  buckets[bucket]! += times;
}

/**
 * Stats of batches: those of one queue, or of all queues of a thread.
 *
 * @module
 */

import { between } from "./counted.ts";
import {
  Histogram,
  type HistogramJson,
  type HistogramParts,
  orNull,
} from "./histogram.ts";
import { SizeHistogram, TASK } from "./size_histogram.ts";

/** What {@linkcode BatchStats} are made from. */
export interface BatchStatsParts {
  /** The sizes, in 64ths of a task. */
  readonly sizes: HistogramParts;
  /** How long they waited, in ns. */
  readonly waits: HistogramParts;
  /** How many tasks they could have had, all together. */
  readonly room: number;
}

/** {@linkcode BatchStats} as plain data. */
export interface BatchStatsJson {
  /** How many batches there were. */
  readonly count: number;
  /** How many tasks they had. */
  readonly tasks: number;
  /** How full they were, from 0 to 1; null if there was none. */
  readonly fill: number | null;
  /** How large they were, in tasks. */
  readonly sizes: HistogramJson;
  /** How long they waited to be bounded, in ms. */
  readonly waits: HistogramJson;
}

/**
 * The batches that were bounded, of one queue or of all queues of a thread. A
 * batch whose processor never bounds it counts when it is over. Sizes are
 * exact; times are samples: where batches are many, not each is timed, and one
 * that is stands for those since the one before it.
 *
 * @example Usage
 * ```ts
 * import { TaskQueue } from "@kindred/kindred/batching";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const queue = new TaskQueue<number, number>(
 *   (batch) => batch.bound().map((n) => n),
 *   { maxBatch: 4 },
 * );
 * await queue.pushMany([1, 2, 3, 4]);
 * const before = queue.stats().batches;
 * await queue.pushMany([5, 6]);
 * const { count, tasks, fill, waits } = queue.stats().batches.since(before);
 * assertEquals([count, tasks, fill], [1, 2, 0.5]);
 * assert(waits.count === 0 || waits.max < 1000); // ms
 * ```
 */
export class BatchStats {
  /** How many batches there were. */
  readonly count: number;
  /** How many tasks they had. */
  readonly tasks: number;
  /** How full they were, from 0 to 1: `tasks` over how many they could have had, by `maxBatch` or `capacity`. NaN if there was none. */
  readonly fill: number;
  /** How large they were, in tasks. */
  readonly sizes: SizeHistogram;
  /** How long they waited, from the first task to being bounded, in ms. */
  readonly waits: Histogram;
  readonly #parts: BatchStatsParts;

  /** Made by a queue, or by `Runtime.stats()`. */
  constructor(parts: BatchStatsParts) {
    this.#parts = parts;
    this.sizes = new SizeHistogram(parts.sizes);
    this.waits = new Histogram(parts.waits);
    this.count = this.sizes.count;
    this.tasks = parts.sizes.sum / TASK;
    this.fill = this.tasks / parts.room;
    Object.freeze(this);
  }

  /**
   * Those since an earlier moment. The largest size and the longest time are
   * known as exactly as their buckets only.
   *
   * @param earlier Stats of the same queue or thread, read before these.
   * @throws {TypeError} If they are no such stats.
   */
  since(earlier: BatchStats): BatchStats {
    if (!(earlier instanceof BatchStats)) {
      throw new TypeError(
        `Cannot compare stats of batches as 'earlier' must be such stats: received ${
          earlier === null ? "null" : typeof earlier
        }`,
      );
    }
    const [now, then] = [this.#parts, earlier.#parts];
    return new BatchStats({
      sizes: between(now.sizes, then.sizes),
      waits: between(now.waits, then.waits),
      room: Math.max(0, now.room - then.room),
    });
  }

  /** This as plain data. */
  toJSON(): BatchStatsJson {
    return {
      count: this.count,
      tasks: this.tasks,
      fill: orNull(this.fill),
      sizes: this.sizes.toJSON(),
      waits: this.waits.toJSON(),
    };
  }
}

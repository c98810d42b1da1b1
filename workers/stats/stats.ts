/**
 * Stats: what the threads of a runtime did.
 *
 * @module
 */

import { heapWarning } from "./heap_use.ts";
import { tableOf } from "./stats_text.ts";
import { ThreadStats, type ThreadStatsJson } from "./thread_stats.ts";

/** What {@linkcode Stats} is made from. */
export interface StatsParts {
  /** When it was read, in ms since 1970. */
  readonly time: number;
  /** From when on it counts, in ms of `performance.now()`. */
  readonly from: number;
  /** Until when, likewise. */
  readonly to: number;
  /** What each worker did, by index. */
  readonly workers: readonly ThreadStats[];
  /** What the starting thread did. */
  readonly starter: ThreadStats;
  /** Tasks that wait for any worker. */
  readonly injected: number;
}

/** {@linkcode Stats} as plain data. */
export interface StatsJson {
  /** When it was read, in ms since 1970. */
  readonly time: number;
  /** The time that it covers, in ms. */
  readonly elapsed: number;
  /** All threads together. */
  readonly total: ThreadStatsJson;
  /** The starting thread. */
  readonly starter: ThreadStatsJson;
  /** Each worker, by index. */
  readonly workers: readonly ThreadStatsJson[];
}

/**
 * What the threads of a runtime did, from its start to one moment. It does not
 * change any more; `String(stats)` is a table.
 *
 * A worker's numbers go on when its thread is replaced.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assert, assertEquals } from "@std/assert";
 * import { hits } from "../../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 *
 * const before = runtime.stats();
 * await family.on(0).hit();
 * const { total } = runtime.stats().since(before);
 * assertEquals(total.run.done, 1);
 * assert(total.latencies.mean > 0); // ms
 * ```
 */
export class Stats {
  /** When it was read, in ms since 1970. */
  readonly time: number;
  /** The time that it covers, in ms. */
  readonly elapsed: number;
  /** What each worker did, by index. */
  readonly workers: readonly ThreadStats[];
  /** What the starting thread did. */
  readonly starter: ThreadStats;
  /** All threads together, and what waits for any worker. */
  readonly total: ThreadStats;
  /** What should be looked at, in sentences: workers with little of their heap left. */
  readonly warnings: readonly string[];
  readonly #parts: StatsParts;

  /** Made by `Runtime.stats()`. */
  constructor(parts: StatsParts) {
    this.time = parts.time;
    this.elapsed = parts.to - parts.from;
    this.workers = Object.freeze([...parts.workers]);
    this.starter = parts.starter;
    this.#parts = parts;
    this.total = ThreadStats.sum(
      [parts.starter, ...parts.workers],
      parts.injected,
    );
    this.warnings = Object.freeze(
      parts.workers.flatMap(({ heap }, k) => heapWarning(k, heap)),
    );
    Object.freeze(this);
  }

  /**
   * What happened between two moments. What is under way is that of the later
   * one; the longest times are known as exactly as their buckets only.
   *
   * @param earlier Stats of the same runtime, read before these.
   * @throws {TypeError} If `earlier` is not stats.
   * @throws {RangeError} If they are of another runtime, were read later than
   * these, or do not count from the same moment on.
   */
  since(earlier: Stats): Stats {
    if (!(earlier instanceof Stats)) {
      throw new TypeError(
        `Cannot compare stats as 'earlier' must be stats: received ${
          earlier === null ? "null" : typeof earlier
        }`,
      );
    }
    const { from, to } = earlier.#parts;
    if (from !== this.#parts.from || to > this.#parts.to) {
      throw new RangeError(
        `Cannot compare stats as 'earlier' must be of the same runtime and read before these: received stats from ${from} to ${to} ms, and these are from ${this.#parts.from} to ${this.#parts.to} ms`,
      );
    }
    return new Stats({
      ...this.#parts,
      from: to,
      // Workers that came meanwhile did nothing before.
      workers: this.workers.map((worker, k) => {
        const before = earlier.workers[k];
        return before === undefined ? worker : worker.since(before);
      }),
      starter: this.starter.since(earlier.starter),
    });
  }

  /** This as plain data. */
  toJSON(): StatsJson {
    return {
      time: this.time,
      elapsed: this.elapsed,
      total: this.total.toJSON(),
      starter: this.starter.toJSON(),
      workers: this.workers.map((worker) => worker.toJSON()),
    };
  }

  /** This as a table, a line for each thread. */
  toString(): string {
    return tableOf(this);
  }
}

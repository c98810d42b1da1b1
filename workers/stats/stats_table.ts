/**
 * The table in which the threads of a runtime count: a block for each slot.
 *
 * @module
 */

import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { BUCKETS } from "./buckets.ts";
import type { Counted } from "./counted.ts";
import { HeapGauge, readGauge } from "./heap_gauge.ts";
import type { HistogramParts } from "./histogram.ts";
import { Recorder } from "./recorder.ts";
import { TASK } from "./size_histogram.ts";
import {
  ALL_COUNTS,
  BATCH_SIZES,
  BATCH_WAIT,
  BATCH_WAITS,
  BATCHED,
  blockWords,
  CANCELLED,
  COUNTS,
  DONE,
  FAILED,
  HEAP,
  LARGEST_BATCH,
  LATENCIES,
  LATENCY,
  LONGEST_BATCH_WAIT,
  LONGEST_LATENCY,
  LONGEST_RUN,
  PAIR_WORDS,
  PAIRS,
  RECEIVED,
  RUN_TIME,
  RUN_TIMES,
  SENT,
  STARTED,
} from "./stats_block.ts";
import { Tally } from "./tally.ts";

/** Names a table in a message. */
export interface StatsTableHandle extends SharedSlice {
  /** How many threads can take part at once. */
  readonly slots: number;
}

/** A block of counts for each slot of a runtime. */
export class StatsTable {
  /** Names this table in a message. */
  readonly handle: StatsTableHandle;
  readonly #blocks: Int32Array[] = [];

  /** Attaches to a table. */
  constructor(handle: StatsTableHandle) {
    this.handle = handle;
  }

  /** Makes a table for so many threads. */
  static allocate(slots: number): StatsTable {
    const byteLength = 4 * blockWords(slots) * slots;
    // A growable buffer is a mapping of its own, which is not touched by this.
    const buffer = new SharedArrayBuffer(byteLength, {
      maxByteLength: byteLength,
    });
    return new StatsTable({ buffer, byteOffset: 0, slots });
  }

  /** What the thread in a slot counts with. There is one for each thread. */
  recorder(slot: number): Recorder {
    return new Recorder(this.#block(slot));
  }

  /**
   * Publishes how much of its heap the thread in a slot uses.
   *
   * @param maxHeap What it may use, in bytes.
   * @param onFull Is told when it uses more.
   */
  gauge(
    slot: number,
    maxHeap: number,
    onFull: () => void,
  ): HeapGauge {
    const words = this.#block(slot);
    return new HeapGauge({ words, at: HEAP, maxHeap, onFull });
  }

  /** What the heap of the thread in a slot holds, in bytes, if it has said so. */
  heapOf(slot: number): number | undefined {
    return readGauge(this.#block(slot), HEAP);
  }

  /** What the thread in a slot has counted. */
  read(slot: number): Counted {
    const words = this.#block(slot);
    const tally = new Tally(words, ALL_COUNTS);
    const read = (first: number, count: number) =>
      Array.from({ length: count }, (_, k) => tally.read(first + k));
    const counts = read(0, COUNTS);
    const histogram = (
      first: number,
      sum: number,
      longest: number,
    ): HistogramParts => ({
      buckets: read(first, BUCKETS),
      sum,
      longest: readSingle(words, longest),
    });
    return {
      counts,
      runTimes: histogram(RUN_TIMES, counts[RUN_TIME]!, LONGEST_RUN),
      latencies: histogram(LATENCIES, counts[LATENCY]!, LONGEST_LATENCY),
      batchSizes: histogram(
        BATCH_SIZES,
        TASK * counts[BATCHED]!,
        LARGEST_BATCH,
      ),
      batchWaits: histogram(
        BATCH_WAITS,
        counts[BATCH_WAIT]!,
        LONGEST_BATCH_WAIT,
      ),
    };
  }

  /** Counts from 0 again. Only while no thread has the slot. */
  clear(slot: number): void {
    this.#block(slot).fill(0);
  }

  /**
   * How many calls lie in the mailbox of a slot.
   *
   * @param generationOf How often a slot was given out.
   */
  queued(slot: number, generationOf: (slot: number) => number): number {
    const { slots } = this.handle;
    const mine = this.#block(slot);
    let queued = 0;
    for (let other = 0; other < slots; other++) {
      // What was read is looked at first, so that it is never more than was sent.
      const read = rowOf(mine, other, RECEIVED, generationOf(other));
      const sent = rowOf(this.#block(other), slot, SENT, generationOf(slot));
      queued += Math.max(0, (sent - read) | 0);
    }
    return queued;
  }

  /** How many calls and tasks run in a slot, or lie in its mailbox. */
  loadOf(slot: number, generationOf: (slot: number) => number): number {
    const words = this.#block(slot);
    const count = (what: number) => Atomics.load(words, what);
    // Low words are enough: there are never so many at once. Starts are read first,
    // so ends may be ahead.
    const started = count(STARTED);
    const ended = count(DONE) + count(FAILED) + count(CANCELLED);
    return Math.max(0, (started - ended) | 0) +
      this.queued(slot, generationOf);
  }

  #block(slot: number): Int32Array {
    return this.#blocks[slot] ??= this.#viewOf(slot);
  }

  #viewOf(slot: number): Int32Array {
    const { buffer, byteOffset, slots } = this.handle;
    const length = blockWords(slots);
    return wordsOf(
      { buffer, byteOffset: byteOffset + 4 * length * slot },
      length,
    );
  }
}

/** What is counted in a row; nothing if it is about another thread. */
function rowOf(
  words: Int32Array,
  slot: number,
  what: number,
  generation: number,
): number {
  const at = PAIRS + PAIR_WORDS * slot + what;
  if (Atomics.load(words, at) !== generation) return 0;
  return Atomics.load(words, at + 1);
}

function readSingle(words: Int32Array, at: number): number {
  SINGLE_BITS[0] = Atomics.load(words, at);
  return SINGLE[0]!;
}

const SINGLE = new Float32Array(1);
const SINGLE_BITS = new Int32Array(SINGLE.buffer);

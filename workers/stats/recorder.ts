/**
 * The recorder: what a thread counts about itself.
 *
 * @module
 */

import { bucketOf } from "./buckets.ts";
import type { HeapGauge } from "./heap_gauge.ts";
import { Sampler } from "./sampler.ts";
import { sizeBucketOf, TASK } from "./size_histogram.ts";
import {
  ALL_COUNTS,
  BATCH_ROOM,
  BATCH_SIZES,
  BATCH_WAIT,
  BATCH_WAITS,
  BATCHED,
  blockWords,
  BYTES_IN,
  BYTES_OUT,
  CALLED,
  CANCELLED,
  DONE,
  FAILED,
  FRAMES_IN,
  FRAMES_OUT,
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
import { Tally } from "./tally.ts";

/**
 * Counts what a thread does, in a block that others read. Each method takes a
 * few instructions; times are taken of some calls only, see {@linkcode Sampler}.
 */
export class Recorder {
  /** Looks at the heap now and then, where somebody wants that. */
  heap: HeapGauge | undefined = undefined;
  readonly #words: Int32Array;
  readonly #tally: Tally;
  readonly #runs = new Sampler(0x6d2b79f5);
  readonly #calls = new Sampler(0x1b873593);
  /** Ends since the last one that was timed. */
  #ended = 0;
  #settled = 0;
  #bounded = 0;

  /** Counts in a block of {@linkcode StatsTable}. */
  constructor(words: Int32Array) {
    this.#words = words;
    this.#tally = new Tally(words, ALL_COUNTS);
  }

  /** Counts where nobody looks. */
  static unread(slots: number): Recorder {
    return new Recorder(new Int32Array(blockWords(slots)));
  }

  /** Another thread has a slot from now on, or this one meets it for the first time. */
  opened(slot: number, generation: number): void {
    const at = PAIRS + PAIR_WORDS * slot;
    for (const row of [at + SENT, at + RECEIVED]) {
      // No generation, until the count is 0: nobody reads a stale one.
      Atomics.store(this.#words, row, 0);
      Atomics.store(this.#words, row + 1, 0);
      Atomics.store(this.#words, row, generation);
    }
  }

  /**
   * A call or task is made.
   *
   * @returns A ticket for {@linkcode settled}.
   */
  called(): number {
    this.#tally.increment(CALLED);
    return this.#calls.start();
  }

  /** A call or task of this thread was answered, or given up. */
  settled(ticket: number): void {
    this.#tally.increment(SETTLED);
    this.#settled++;
    if (ticket !== 0) this.#timeCall(1e6 * this.#calls.end(ticket));
  }

  /** A call or task is sent to a thread. */
  sent(slot: number): void {
    const at = PAIRS + PAIR_WORDS * slot + SENT + 1;
    this.#words[at] = (this.#words[at]! + 1) | 0;
  }

  /** A call or task is read that a thread sent. */
  received(slot: number): void {
    const at = PAIRS + PAIR_WORDS * slot + RECEIVED + 1;
    this.#words[at] = (this.#words[at]! + 1) | 0;
  }

  /** A task is taken from the injector. */
  taken(): void {
    this.#tally.increment(TAKEN);
  }

  /** A call or task is dropped, as it was cancelled before it started. */
  skipped(): void {
    this.#tally.increment(SKIPPED);
  }

  /**
   * A call or task starts here.
   *
   * @returns A ticket for {@linkcode done}, {@linkcode failed} or
   * {@linkcode cancelled}: one of these ends it.
   */
  started(): number {
    this.#tally.increment(STARTED);
    return this.#runs.start();
  }

  /** It came to a value. */
  done(ticket: number): void {
    this.#tally.increment(DONE);
    this.#ended++;
    if (ticket !== 0) this.#timeRun(1e6 * this.#runs.end(ticket));
  }

  /** It threw. */
  failed(ticket: number): void {
    this.#tally.increment(FAILED);
    this.#ended++;
    if (ticket !== 0) this.#timeRun(1e6 * this.#runs.end(ticket));
  }

  /** It ended because it was cancelled. */
  cancelled(ticket: number): void {
    this.#tally.increment(CANCELLED);
    this.#ended++;
    if (ticket !== 0) this.#timeRun(1e6 * this.#runs.end(ticket));
  }

  /**
   * A batch of tasks is bounded here.
   *
   * @param room How many tasks it could have had.
   * @param wait How long its first task waited for that, in ns; undefined if nobody has timed it.
   */
  bounded(size: number, room: number, wait: number | undefined): void {
    this.#tally.increment(BATCH_SIZES + sizeBucketOf(size));
    this.#tally.add(BATCHED, size);
    this.#tally.add(BATCH_ROOM, room);
    this.#noteLongest(LARGEST_BATCH, TASK * size);
    this.#bounded++;
    if (wait !== undefined) this.#timeBatch(wait);
  }

  /** Frames are sent: so many, with so many bytes in all. */
  frameOut(bytes: number, frames: number = 1): void {
    this.#tally.add(FRAMES_OUT, frames);
    this.#tally.add(BYTES_OUT, bytes);
  }

  /** Frames are read: so many, with so many bytes in all. */
  frameIn(bytes: number, frames: number = 1): void {
    this.#tally.add(FRAMES_IN, frames);
    this.#tally.add(BYTES_IN, bytes);
  }

  /** This thread goes to sleep. */
  sleeps(): void {
    this.#tally.increment(SLEEPS);
    this.heap?.look();
    this.#runs.reset();
    this.#calls.reset();
  }

  /** A message woke it. */
  wokenByMessage(): void {
    this.#tally.increment(WOKEN_BY_MESSAGE);
  }

  /** A word that it waited for woke it. */
  wokenByWord(): void {
    this.#tally.increment(WOKEN_BY_WORD);
  }

  /** It spun, and mail came. */
  spinPaid(): void {
    this.#tally.increment(SPINS_PAID);
  }

  /** It spun, and then had to sleep. */
  spinInVain(): void {
    this.#tally.increment(SPINS_IN_VAIN);
  }

  /** Of so many ns. */
  #timeRun(time: number): void {
    this.heap?.look();
    // It stands for those that ended since the one before it.
    const weight = this.#ended;
    this.#ended = 0;
    this.#tally.add(RUN_TIMES + bucketOf(time), weight);
    this.#tally.addLarge(RUN_TIME, Math.round(time * weight));
    this.#noteLongest(LONGEST_RUN, time);
  }

  #timeCall(time: number): void {
    const weight = this.#settled;
    this.#settled = 0;
    this.#tally.add(LATENCIES + bucketOf(time), weight);
    this.#tally.addLarge(LATENCY, Math.round(time * weight));
    this.#noteLongest(LONGEST_LATENCY, time);
  }

  #timeBatch(time: number): void {
    const weight = this.#bounded;
    this.#bounded = 0;
    this.#tally.add(BATCH_WAITS + bucketOf(time), weight);
    this.#tally.addLarge(BATCH_WAIT, Math.round(time * weight));
    this.#noteLongest(LONGEST_BATCH_WAIT, time);
  }

  #noteLongest(at: number, time: number): void {
    SINGLE[0] = time;
    // The bits of numbers that are not negative are in the order of the numbers.
    if (SINGLE_BITS[0]! > this.#words[at]!) this.#words[at] = SINGLE_BITS[0]!;
  }
}

const SINGLE = new Float32Array(1);
const SINGLE_BITS = new Int32Array(SINGLE.buffer);

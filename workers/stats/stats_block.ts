/**
 * What lies where in the block of shared memory in which one thread counts.
 *
 * ```
 * counts        the low words: COUNTS, run times, latencies, sizes and waits of batches
 * high words    twice, see Tally
 * longest       of each of these four: one word each
 * heap          one word: KiB of the V8 heap that are used
 * pairs         a line of four words for each slot
 * ```
 *
 * @module
 */

import { LINE } from "../../sync/memory/memory.ts";
import { BUCKETS } from "./buckets.ts";
import { WORDS_PER_COUNT } from "./tally.ts";

// What the thread ran for others.
/** Calls and tasks that started here. */
export const STARTED = 0;
/** Those that came to a value. */
export const DONE = 1;
/** Those that threw. */
export const FAILED = 2;
/** Those that ended because they were cancelled. */
export const CANCELLED = 3;
/** Those that were cancelled before they started. */
export const SKIPPED = 4;
/** Tasks taken from the injector. */
export const TAKEN = 5;
// What it asked of others.
/** Calls and tasks that this thread made. */
export const CALLED = 6;
/** Those that were answered, or rejected. */
export const SETTLED = 7;
// How it talked to them.
/** Frames sent. */
export const FRAMES_OUT = 8;
/** Their content, in bytes. */
export const BYTES_OUT = 9;
/** Frames read. */
export const FRAMES_IN = 10;
/** Their content, in bytes. */
export const BYTES_IN = 11;
// How it waited.
/** Times that it slept. */
export const SLEEPS = 12;
/** Times that a message woke it. */
export const WOKEN_BY_MESSAGE = 13;
/** Times that a word woke it. */
export const WOKEN_BY_WORD = 14;
/** Times that it spun and mail came. */
export const SPINS_PAID = 15;
/** Times that it spun and then had to sleep. */
export const SPINS_IN_VAIN = 16;
// What it bounded.
/** Tasks in batches that were bounded here. */
export const BATCHED = 17;
/** How many tasks these batches could have had. */
export const BATCH_ROOM = 18;
// Sums of times, in ns.
/** The sum of the run times. */
export const RUN_TIME = 19;
/** The sum of the latencies. */
export const LATENCY = 20;
/** The sum of the waits of batches. */
export const BATCH_WAIT = 21;

/** How many counts there are besides the buckets. */
export const COUNTS = 22;
/** The first bucket of the run times. */
export const RUN_TIMES: number = COUNTS;
/** The first bucket of the latencies. */
export const LATENCIES: number = RUN_TIMES + BUCKETS;
/** The first bucket of the sizes of batches. */
export const BATCH_SIZES: number = LATENCIES + BUCKETS;
/** The first bucket of the waits of batches. */
export const BATCH_WAITS: number = BATCH_SIZES + BUCKETS;
/** How many counts there are in all. */
export const ALL_COUNTS: number = BATCH_WAITS + BUCKETS;

/** The word of the longest run time, as the bits of a float. */
export const LONGEST_RUN: number = WORDS_PER_COUNT * ALL_COUNTS;
/** The word of the longest latency, likewise. */
export const LONGEST_LATENCY: number = LONGEST_RUN + 1;
/** The word of the largest batch, likewise, in the unit of its buckets. */
export const LARGEST_BATCH: number = LONGEST_LATENCY + 1;
/** The word of the longest wait of a batch, likewise. */
export const LONGEST_BATCH_WAIT: number = LARGEST_BATCH + 1;

/** The word of the heap, see `heap_gauge.ts`. */
export const HEAP: number = LONGEST_BATCH_WAIT + 1;

/** The first word of the pairs. */
export const PAIRS: number = HEAP + 1;
/** Words for each slot: generation and count of what was sent, and of what was read. */
export const PAIR_WORDS = 4;
/** Calls sent to a slot. */
export const SENT = 0;
/** Calls read from a slot. */
export const RECEIVED = 2;

/** The words of a block of a runtime with so many slots. */
export function blockWords(slots: number): number {
  const bytes = 4 * (PAIRS + PAIR_WORDS * slots);
  return Math.ceil(bytes / LINE) * LINE / 4;
}

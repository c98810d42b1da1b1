/**
 * Many records at once: how many, and in which order they go from one deque to
 * another one.
 *
 * @module
 */

import type { DequeEnd } from "./deque_end.ts";
import type { DequeSlots } from "./deque_slots.ts";
import { privateWords } from "../memory/memory.ts";
import { formText, type RecordForm } from "../record/record_type.ts";

/** Options of the calls that move many records at once. */
export interface StealBatchOptions {
  /** How many records to take at most, from 1 to 32. Default: 32. */
  readonly limit?: number;
}

/** As if none were given; so no call makes an object for that. */
export const NO_OPTIONS: StealBatchOptions = {};

/** The most records that one steal moves. */
const MAX_BATCH = 32;

/**
 * How many of so many records to take at most: half of them, so that those who
 * are at them have some too, but one at least.
 *
 * @throws {RangeError} If the limit is not an integer from 1 to 32.
 */
export function batchOf(
  action: string,
  { limit = MAX_BATCH }: StealBatchOptions,
  size: number,
): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_BATCH) {
    throw new RangeError(
      `Cannot ${action} as 'limit' must be an integer from 1 to ${MAX_BATCH}: received ${limit}`,
    );
  }
  return Math.min(limit, (size + 1) >> 1);
}

/**
 * Checks that records can go from one to the other as they stand.
 *
 * @throws {TypeError} If they are of other kinds.
 */
export function checkSame(
  action: string,
  wanted: RecordForm,
  received: RecordForm,
): void {
  if (wanted === received) return;
  const target = formText(wanted);
  const source = formText(received);
  if (target === source) return;
  throw new TypeError(
    `Cannot ${action} as the records must be ${target}: received ${source}`,
  );
}

/** Records on their way from a deque to another one, private to the thread. */
export class DequeBatch {
  /** The records as they stand in words, the oldest one first. */
  readonly words: Int32Array;
  readonly #slots: DequeSlots;
  #count = 0;

  /** For records of this deque. */
  constructor(slots: DequeSlots) {
    this.#slots = slots;
    this.words = privateWords(MAX_BATCH * slots.width);
  }

  /** Takes so many of the oldest records at most. Returns how many. */
  take(most: number): number {
    this.#count = most > 0 ? this.#slots.takeMany(this.words, most) : 0;
    if (this.#count > 0) this.#slots.room.signal();
    return this.#count;
  }

  /** Which one this deque's owner would have taken first: its first word. */
  get first(): number {
    return this.#slots.isFifo ? 0 : (this.#count - 1) * this.#slots.width;
  }

  /**
   * Gives the batch to another deque, from which it comes out in the order of
   * this one.
   *
   * @param without How many of those that would come out first to leave out: 0
   * or 1.
   */
  give(end: DequeEnd, without: number): void {
    const rest = this.#count - without;
    if (rest <= 0) return;
    const { isFifo, width } = this.#slots;
    const forward = isFifo === end.slots.isFifo;
    const oldest = isFifo ? without : 0;
    for (let k = 0; k < rest; k++) {
      const index = oldest + (forward ? k : rest - 1 - k);
      end.write(k, this.words, index * width);
    }
    end.publish(rest);
  }
}

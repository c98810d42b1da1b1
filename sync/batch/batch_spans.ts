/**
 * Which records of a `BatchRing` are in which bounded batch, and which of these are
 * free: the part of the thread that has the consumer's end.
 *
 * A batch takes one word, which stands where it begins: how many records it has, or
 * minus that once it is free. So there may be as many batches as records.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import { BOUND, HEAD, TAIL } from "./batch_layout.ts";
import type { BatchMemory } from "./batch_memory.ts";

/** What is called with each batch that is not free. */
export type VisitSpan = (start: number, length: number) => void;

/** The batches of a ring. */
export class BatchSpans {
  readonly #memory: BatchMemory<unknown>;
  readonly #words: Int32Array;
  /** The oldest record that is not free. */
  #head: number;
  /** Where the open batch begins. */
  #bound: number;

  /** Goes on from where the last consumer was, whose end this thread has taken. */
  constructor(memory: BatchMemory<unknown>) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#head = Atomics.load(this.#words, HEAD);
    this.#bound = Atomics.load(this.#words, BOUND);
    // It may have been lost between the last two steps of a free.
    this.#giveBack();
  }

  /** Where the open batch begins. */
  get bound(): number {
    return this.#bound;
  }

  /** How many records are in the open batch. */
  get openSize(): number {
    return (this.#memory.tailFrom(this.#bound) - this.#bound) | 0;
  }

  /**
   * How many records are in the open batch. If there is none, who adds the next one
   * will signal.
   */
  awaitOpen(): number {
    const { claimWord } = this.#memory;
    const sizeBy = (word: number) =>
      (claimWord.tailFrom(this.#bound, word) - this.#bound) | 0;
    const seen = Atomics.load(this.#words, TAIL);
    // As a rule it was said before, by a try before this one.
    if (sizeBy(seen) > 0 || (seen & claimWord.awaited) !== 0) {
      return sizeBy(seen);
    }
    return sizeBy(Atomics.or(this.#words, TAIL, claimWord.awaited));
  }

  /** Bounds the open batch, or the oldest of its records. Returns how many these are. */
  close(most: number): number {
    // Until here records come to this batch, from here on to the next one.
    const start = this.#bound;
    const tail = this.#memory.tailFrom(start);
    const length = Math.min((tail - start) | 0, most);
    if (length === 0) return 0;
    this.#words[this.#memory.spanAt(start)] = length;
    this.#bound = (start + length) | 0;
    // It is bounded by this store, for who comes after this thread.
    Atomics.store(this.#words, BOUND, this.#bound);
    return length;
  }

  /** Frees a bounded batch; those that others wait for come back with the oldest. */
  free(start: number, length: number): void {
    this.#words[this.#memory.spanAt(start)] = -length;
    if (start === this.#head) this.#giveBack();
  }

  /** Goes through the bounded batches that are not free, the oldest first. */
  visit(each: VisitSpan): void {
    for (let at = this.#head; this.#isBounded(at);) {
      const span = this.#words[this.#memory.spanAt(at)]!;
      if (span > 0) each(at, span);
      at = (at + Math.abs(span)) | 0;
    }
  }

  #isBounded(position: number): boolean {
    return ((this.#bound - position) | 0) > 0;
  }

  /** Gives back the room of the oldest batches, as far as they are free. */
  #giveBack(): void {
    const start = this.#head;
    while (this.#isBounded(this.#head)) {
      const span = this.#words[this.#memory.spanAt(this.#head)]!;
      if (span > 0) break;
      this.#head = (this.#head - span) | 0;
    }
    if (this.#head === start) return;
    // The records were read before.
    Atomics.store(this.#words, HEAD, this.#head);
    this.#memory.room.signal();
  }
}

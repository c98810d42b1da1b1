/**
 * A bounded batch of a `BatchRing`.
 *
 * @module
 */

import type { ThreadId } from "../thread/thread.ts";
import type { BatchMemory } from "./batch_memory.ts";
import { type BatchSliceOf, StructSlice } from "./batch_slice.ts";

/**
 * What a bounded batch needs of the end that it belongs to.
 *
 * @typeParam T One record.
 */
export interface RegionOwner<T> {
  /** The ring. */
  readonly memory: BatchMemory<T>;
  /** Whether the end is still held. */
  readonly isHeld: boolean;
  /** Frees the batch. */
  free(start: number, length: number): void;
}

/**
 * A bounded batch: its records stay where they are in the ring, until it is freed.
 *
 * It belongs to the end of the ring that bounded it, and is gone with that: what
 * was not freed then is found by the next {@linkcode BatchRing.consumer}.
 *
 * @typeParam T One record.
 */
export class BatchRegion<T = number> implements Disposable {
  /** The position of its first record: how many came before, modulo 2^32. */
  readonly start: number;
  /** How many records. */
  readonly length: number;
  readonly #owner: RegionOwner<T>;
  readonly #memory: BatchMemory<T>;
  #freed = false;

  /** See `BatchConsumer.bound()`. */
  constructor(owner: RegionOwner<T>, start: number, length: number) {
    this.#owner = owner;
    this.#memory = owner.memory;
    this.start = start >>> 0;
    this.length = length;
  }

  /** Whether its records can no longer be read: it was freed, or its end was given back. */
  get isFreed(): boolean {
    return this.#freed || !this.#owner.isHeld;
  }

  /**
   * Reads a record.
   *
   * @param index From 0 on.
   * @param into An object to put a struct's fields into. Default: a new one.
   * @throws {TypeError} If the batch is freed, or `into` is no object.
   * @throws {RangeError} If there is no such record.
   */
  at(index: number, into?: T): T {
    const { records } = this.#memory;
    records.checkInto("read record", into);
    const position = this.#position("read record", index);
    const at = this.#memory.recordAt(position);
    return records.take(records.fetch(at), into);
  }

  /**
   * The thread that pushed a record.
   *
   * @throws {TypeError} If the batch is freed.
   * @throws {RangeError} If there is no such record.
   */
  senderOf(index: number): ThreadId {
    const position = this.#position("read sender", index);
    return this.#memory.words[this.#memory.senderAt(position)]!;
  }

  /**
   * The ticket with which a record was pushed.
   *
   * @throws {TypeError} If the batch is freed.
   * @throws {RangeError} If there is no such record.
   */
  ticketOf(index: number): number {
    const position = this.#position("read ticket", index);
    return this.#memory.words[this.#memory.senderAt(position) + 1]!;
  }

  /**
   * All records as views, in order: two where the ring wraps around. Numbers are in
   * typed arrays on the ring's memory: do not read them after {@linkcode free}.
   *
   * @throws {TypeError} If the batch is freed.
   */
  slices(): readonly BatchSliceOf<T>[] {
    this.#checkKept("read batch");
    const memory = this.#memory;
    const { length } = this;
    const first = memory.beforeWrap(this.start, length);
    const parts = [[0, first], [first, length]] as const;
    return parts.filter(([from, to]) => from < to).map(([from, to]) => {
      const { numbers } = memory;
      if (numbers === undefined) {
        return new StructSlice((index) => this.at(index), from, to - from);
      }
      const at = (this.start + from) & memory.mask;
      return numbers.subarray(at, at + to - from);
    }) as unknown as BatchSliceOf<T>[];
  }

  /**
   * A copy of all records.
   *
   * @throws {TypeError} If the batch is freed.
   */
  toArray(): T[] {
    this.#checkKept("read batch");
    return Array.from({ length: this.length }, (_, k) => this.at(k));
  }

  /**
   * Frees the batch. Its room comes back when all batches before it are free too. A
   * second call does nothing, nor one after the end was given back.
   */
  free(): void {
    if (this.isFreed) return;
    this.#freed = true;
    this.#owner.free(this.start | 0, this.length);
  }

  /** The same as {@linkcode free}. */
  [Symbol.dispose](): void {
    this.free();
  }

  #position(action: string, index: number): number {
    this.#checkKept(action);
    if (Number.isInteger(index) && index >= 0 && index < this.length) {
      return (this.start + index) | 0;
    }
    throw new RangeError(
      `Cannot ${action} as 'index' must be an integer from 0 to ${
        this.length - 1
      }: received ${index}`,
    );
  }

  #checkKept(action: string): void {
    if (!this.isFreed) return;
    throw new TypeError(
      `Cannot ${action} as its batch, of ${this.length} from ${this.start}, was freed`,
    );
  }
}

/**
 * The records of a bounded batch, read where they lie.
 *
 * @module
 */

import type { ThreadId } from "../thread/thread.ts";
import type { BatchMemory } from "./batch_memory.ts";
import { type BatchSliceOf, ReadSlice } from "./batch_slice.ts";

/**
 * A bounded batch as it is read: its records stay where they are in the ring, until
 * it is freed.
 *
 * @typeParam T One record.
 */
export abstract class BatchReading<T> {
  /** The position of its first record: how many came before, modulo 2^32. */
  readonly start: number;
  /** How many records. */
  readonly length: number;
  readonly #memory: BatchMemory<T>;

  /** See `BatchConsumer.bound()`. */
  constructor(memory: BatchMemory<T>, start: number, length: number) {
    this.#memory = memory;
    this.start = start >>> 0;
    this.length = length;
  }

  /** Whether its records can no longer be read: it was freed, or its end was given back. */
  abstract get isFreed(): boolean;

  /**
   * Reads a record: a frame as a view on the ring's memory, which must not be read
   * once the batch is freed.
   *
   * @param index From 0 on.
   * @param into An object to put a struct's fields into. Default: a new one.
   * @throws {TypeError} If the batch is freed, or `into` is no object.
   * @throws {RangeError} If there is no such record.
   */
  at(index: number, into?: T): T {
    this.#memory.checkInto("read record", into);
    return this.#memory.read(this.#position("read record", index), into);
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
   * typed arrays on the ring's memory, and so is each frame: do not read them once
   * the batch is freed.
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
        return new ReadSlice((index) => this.at(index), from, to - from);
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
    return Array.from(
      { length: this.length },
      (_, k) => this.#memory.copy(this.#position("read batch", k)),
    );
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
    if (this.isFreed) throw freedError(action, this);
  }
}

/** The error of a batch that cannot be read any more. */
export function freedError(
  action: string,
  { start, length }: { readonly start: number; readonly length: number },
): TypeError {
  return new TypeError(
    `Cannot ${action} as its batch, of ${length} from ${start}, was freed`,
  );
}

/**
 * A bounded batch, as the thread has it that frees it.
 *
 * @module
 */

import type { BatchMemory } from "./batch_memory.ts";
import { BatchReading, freedError } from "./batch_reading.ts";
import type { BatchViewHandle } from "./batch_view_handle.ts";

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
export class BatchRegion<T = number> extends BatchReading<T>
  implements Disposable {
  readonly #owner: RegionOwner<T>;
  #freed = false;

  /** See `BatchConsumer.bound()`. */
  constructor(owner: RegionOwner<T>, start: number, length: number) {
    super(owner.memory, start, length);
    this.#owner = owner;
  }

  /** Whether its records can no longer be read: it was freed, or its end was given back. */
  get isFreed(): boolean {
    return this.#freed || !this.#owner.isHeld;
  }

  /**
   * Names this batch in a message: another thread reads it by
   * {@linkcode BatchView.from}, while this one does not free it.
   *
   * @throws {TypeError} If the batch is freed.
   */
  get handle(): BatchViewHandle<T> {
    if (this.isFreed) throw freedError("lend batch", this);
    const { start, length } = this;
    const { handle } = this.#owner.memory;
    return { ...handle, kind: "BatchView", start, length } as BatchViewHandle<
      T
    >;
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
}

/**
 * The end of a ring of batches that bounds them.
 *
 * @module
 */

import { HeldEnd } from "../queue/held_end.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { CONSUMER } from "./batch_layout.ts";
import type { BatchMemory } from "./batch_memory.ts";
import { BatchRegion, type RegionOwner } from "./batch_region.ts";
import { BatchSpans } from "./batch_spans.ts";

/**
 * The end of a ring that bounds batches and frees them. For one thread.
 *
 * @typeParam T One record.
 */
export class BatchConsumer<T = number> implements Disposable {
  readonly #memory: BatchMemory<T>;
  readonly #end: HeldEnd;
  readonly #spans: BatchSpans;
  readonly #owner: RegionOwner<T>;
  #isHeld = true;
  /**
   * The batches that the last consumer had bounded and not freed, the oldest first.
   * Without them the ring's room does not come back: free each.
   */
  readonly unfinished: readonly BatchRegion<T>[];

  /** See `BatchRing.consumer()`. */
  constructor(memory: BatchMemory<T>) {
    this.#end = new HeldEnd(
      memory.words,
      CONSUMER,
      "Cannot take end of batch ring as a thread is its consumer already: release it there",
    );
    this.#memory = memory;
    const spans = new BatchSpans(memory);
    this.#spans = spans;
    const isHeld = () => this.#isHeld;
    this.#owner = {
      memory,
      get isHeld() {
        return isHeld();
      },
      free: (start, length) => spans.free(start, length),
    };
    const unfinished: BatchRegion<T>[] = [];
    spans.visit((start, length) => {
      unfinished.push(new BatchRegion(this.#owner, start, length));
    });
    this.unfinished = unfinished;
  }

  /** How many records are in the open batch; more may come. */
  get openSize(): number {
    return this.#spans.openSize;
  }

  /**
   * Bounds the open batch: what is pushed from here on is in the next one. One
   * atomic operation, however many records it has.
   *
   * @param most How many records the batch may have, the oldest ones; the others stay
   * in the open batch. Default: all.
   * @returns The batch; `undefined` if there is no record in it.
   * @throws {RangeError} If `most` is no positive integer, nor `Infinity`.
   * @throws {TypeError} If this end was given back.
   */
  bound(most: number = Infinity): BatchRegion<T> | undefined {
    if (!(most >= 1 && (most === Infinity || Number.isInteger(most)))) {
      throw new RangeError(
        `Cannot bound batch as 'most' must be a positive integer or Infinity: received ${
          String(most)
        }`,
      );
    }
    this.#end.checkKept("bound batch");
    const start = this.#spans.bound;
    const length = this.#spans.close(most);
    if (length === 0) return undefined;
    return new BatchRegion(this.#owner, start, length);
  }

  /**
   * Waits until there is a record in the open batch; blocks the thread.
   *
   * @returns How many there are; more may come.
   * @throws {RangeError} If the timeout is negative or not a number.
   * @throws {TypeError} If this end was given back.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait(options?: WaitOptions): number {
    const timeout = options?.timeout;
    checkTimeout(timeout, "wait for batch");
    this.#end.checkKept("wait for batch");
    return (this.#spans.openSize || undefined) ??
      this.#memory.items.wait(() => this.#lookWhileHeld(), {
        action: "wait for batch",
        timeout,
        progress: this.#spans.bound,
      });
  }

  /**
   * The same without blocking the thread.
   *
   * @throws {RangeError} If the timeout is negative or not a number.
   * @throws {TypeError} If this end was given back, or is meanwhile.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of the
   * signal.
   */
  async waitAsync(options: WaitAsyncOptions = {}): Promise<number> {
    checkTimeout(options.timeout, "wait for batch");
    return await this.#memory.items.waitAsync(
      () => this.#lookWhileHeld(),
      { ...options, action: "wait for batch" },
    );
  }

  /**
   * Gives this end back: neither it nor its batches can be used any more. The next
   * consumer finds those that were not freed. A wait of this end that is pending
   * ends with a `TypeError`, within 100 ms. A second call does nothing.
   */
  release(): void {
    this.#isHeld = false;
    this.#end.release();
  }

  /** The same as {@linkcode release}. */
  [Symbol.dispose](): void {
    this.release();
  }

  #lookWhileHeld(): number | undefined {
    this.#end.check("wait for batch");
    return this.#spans.awaitOpen() || undefined;
  }
}

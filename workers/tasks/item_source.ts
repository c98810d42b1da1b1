/**
 * Where the items of a mapping come from: taken one by one, while there is room.
 *
 * @module
 */

import { isThenable } from "../../codec/thenable.ts";
import type { AnyIterator } from "../streams/iterator_of.ts";

/** Who takes the items. */
export interface ItemTaker {
  /** Whether one more is wanted. */
  hasRoom(): boolean;
  /** One was taken. */
  taken(item: unknown): void;
  /** There is none to be had at this moment. */
  paused(): void;
  /** There are no more. */
  ended(): void;
  /** The source failed; there are no more. */
  failed(reason: unknown): void;
}

type AnyResult = IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;

/** An iterator of which somebody takes items. */
export class ItemSource {
  readonly #iterator: AnyIterator;
  readonly #taker: ItemTaker;
  #isPulling = false;
  #isExhausted = false;

  /** Nothing is taken yet. */
  constructor(iterator: AnyIterator, taker: ItemTaker) {
    this.#iterator = iterator;
    this.#taker = taker;
  }

  /** Whether it has no more items, or failed. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** Takes items while there is room for them. */
  fill(): void {
    const taker = this.#taker;
    while (!this.#isPulling && !this.#isExhausted && taker.hasRoom()) {
      let next: AnyResult;
      try {
        next = this.#iterator.next();
      } catch (error) {
        return this.#fail(error);
      }
      if (isThenable(next)) this.#pull(next);
      else this.#took(next);
    }
    taker.paused();
  }

  /** Takes no more, and closes it. */
  async close(): Promise<void> {
    if (this.#isExhausted) return;
    const end = this.#iterator.return?.();
    // One that is just asked for an item may never give one.
    if (!this.#isPulling) await end;
  }

  async #pull(next: PromiseLike<IteratorResult<unknown>>): Promise<void> {
    this.#isPulling = true;
    let result: IteratorResult<unknown>;
    try {
      result = await next;
    } catch (error) {
      return this.#fail(error);
    } finally {
      this.#isPulling = false;
    }
    this.#took(result);
    this.fill();
  }

  #took({ done, value }: IteratorResult<unknown>): void {
    if (done !== true) return this.#taker.taken(value);
    this.#isExhausted = true;
    this.#taker.ended();
  }

  #fail(error: unknown): void {
    this.#isExhausted = true;
    this.#taker.failed(error);
  }
}

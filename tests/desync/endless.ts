import { assert } from "@std/assert";

/** A source that always has another number, and what becomes of it. */
export class Endless implements AsyncIterableIterator<number> {
  /** How many were read. */
  read = 0;
  isReturned = false;
  #isReading = false;

  async next(): Promise<IteratorResult<number>> {
    assert(!this.#isReading, "one after the other");
    this.#isReading = true;
    await Promise.resolve();
    this.#isReading = false;
    return { done: false, value: ++this.read };
  }

  return(): Promise<IteratorResult<number>> {
    this.isReturned = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

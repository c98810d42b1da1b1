/**
 * The messages of a receiver, one after the other, for `for await`.
 *
 * @module
 */

import { ENDED } from "./flavor.ts";

/**
 * Not a generator: that would only end once the message came for which it waits,
 * and drop it.
 */
export class MessageIterator<T> implements AsyncIterableIterator<T> {
  readonly #take: (signal: AbortSignal) => Promise<T | typeof ENDED>;
  readonly #stop = new AbortController();
  #done = false;

  /** Messages that are taken so. */
  constructor(take: (signal: AbortSignal) => Promise<T | typeof ENDED>) {
    this.#take = take;
  }

  /** The next message. Calls are served in their order. */
  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#done) return { done: true, value: undefined };
    const { signal } = this.#stop;
    try {
      const value = await this.#take(signal);
      if (value !== ENDED) return { done: false, value };
    } catch (error) {
      this.#done = true;
      if (!signal.aborted || error !== signal.reason) throw error;
    }
    this.#done = true;
    return { done: true, value: undefined };
  }

  /** Ends the iteration; calls that wait end without a message. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#done = true;
    this.#stop.abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The same, with an error. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.return();
    return Promise.reject(error);
  }

  /** Itself. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}

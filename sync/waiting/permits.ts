/**
 * Permits of a semaphore, as a thread has them.
 *
 * @module
 */

import type { Semaphore } from "./semaphore.ts";

/**
 * A semaphore was closed: no more permits are given out.
 *
 * What to do: stop, as with a closed channel; this is how who closed it tells.
 *
 * @example Usage
 * ```ts
 * import { Semaphore, SemaphoreClosedError } from "@kindred/kindred/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const semaphore = new Semaphore(1);
 * semaphore.close();
 * assertThrows(() => semaphore.acquire(), SemaphoreClosedError);
 * ```
 */
export class SemaphoreClosedError extends Error {
  /** The name of the class. */
  override readonly name = "SemaphoreClosedError";
}

/**
 * Permits that a thread has; given back when this is disposed of.
 *
 * @example Usage
 * ```ts
 * import { Semaphore } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const semaphore = new Semaphore(3);
 * {
 *   using permits = semaphore.acquire(2);
 *   assertEquals(permits.count, 2);
 * }
 * assertEquals(semaphore.available, 3);
 * ```
 */
export class Permits implements Disposable {
  readonly #semaphore: Semaphore;
  #count: number;

  /** For {@linkcode Semaphore}. */
  constructor(semaphore: Semaphore, count: number) {
    this.#semaphore = semaphore;
    this.#count = count;
  }

  /** How many there are; 0 once they are given back or forgotten. */
  get count(): number {
    return this.#count;
  }

  /** Keeps the permits for good, or for an own `release()`. Returns how many. */
  forget(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  /** Gives the permits back; once. */
  [Symbol.dispose](): void {
    const count = this.forget();
    if (count > 0) this.#semaphore.release(count);
  }
}

/**
 * What unlocks a mutex.
 *
 * @module
 */

import type { Mutex } from "./mutex.ts";

/**
 * Unlocks a {@linkcode Mutex} when it is disposed of.
 *
 * A guard of the async door does that once. The blocking doors of one `Mutex`
 * object always return the same guard, so that a lock allocates nothing: it
 * stands for whatever lock the thread holds.
 *
 * @example Usage
 * ```ts
 * import { Mutex } from "@kindred/kindred/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const mutex = new Mutex();
 * {
 *   using _guard = await mutex.lockAsync();
 *   assert(mutex.isLocked);
 * }
 * assertFalse(mutex.isLocked);
 * ```
 */
export class MutexGuard implements Disposable {
  /** The mutex that it unlocks. */
  readonly mutex: Mutex;
  readonly #once: boolean;
  #done = false;

  /** For {@linkcode Mutex}. */
  constructor(mutex: Mutex, once: boolean) {
    this.mutex = mutex;
    this.#once = once;
  }

  /**
   * Unlocks the mutex.
   *
   * @throws {TypeError} If this thread does not hold it.
   */
  [Symbol.dispose](): void {
    if (this.#done) return;
    this.#done = this.#once;
    this.mutex.unlock();
  }
}

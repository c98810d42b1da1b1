/**
 * How long the end of a runtime may take.
 *
 * @module
 */

import { within } from "./within.ts";

/** What is left of the time for all that has to be done; it can be cut short. */
export class Patience {
  readonly #end: number;
  readonly #lost = Promise.withResolvers<void>();
  #isLost = false;

  /** Starts the clock. @param timeout How long all may take, in ms. */
  constructor(timeout: number) {
    this.#end = performance.now() + timeout;
  }

  /** How much time is left, in ms. */
  get left(): number {
    return this.#isLost ? 0 : Math.max(0, this.#end - performance.now());
  }

  /** Whether the time is up. */
  get passed(): boolean {
    return this.left === 0;
  }

  /** How long to sleep now: no longer than a slice. */
  slice(longest: number): number {
    return Math.min(longest, this.left);
  }

  /** No time is left from now on. */
  lose(): void {
    this.#isLost = true;
    this.#lost.resolve();
  }

  /**
   * Resolves when a promise settles or the time is up. Returns whether it settled.
   *
   * @param atLeast How long to wait in any case, in ms.
   */
  async within(
    promise: Promise<unknown>,
    atLeast: number = 0,
  ): Promise<boolean> {
    let isSettled = false;
    const settled = promise.then(
      () => isSettled = true,
      () => isSettled = true,
    );
    const time = Math.max(this.left, atLeast);
    await within(Promise.race([settled, this.#lost.promise]), time);
    // When it is lost meanwhile, there is still the time that is given in any case.
    if (!isSettled && this.#isLost) await within(settled, atLeast);
    return isSettled;
  }
}

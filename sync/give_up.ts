/**
 * What ends the wait of a task early: its time, or its signal.
 *
 * @module
 */

import { timeoutError } from "./timeout.ts";

/** The longest timer of JavaScript, in ms. */
const LONGEST_TIMER = 0x7fffffff;

/** The options of a wait that does not block. */
export interface GiveUpOptions {
  /** In ms, checked before. */
  readonly timeout?: number;
  /** Not aborted yet. */
  readonly signal?: AbortSignal;
}

/**
 * Runs from its making until {@linkcode GiveUp.forget}, over as many waits as
 * there are in between.
 */
export class GiveUp {
  readonly #signal: AbortSignal | undefined;
  readonly #abort: () => void;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #end: Promise<never> | undefined;

  /** @param action What is given up, for the message of the error. */
  constructor(action: string, { timeout, signal }: GiveUpOptions) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.#signal = signal;
    this.#abort = () => reject(signal!.reason);
    const ends = timeout !== undefined && timeout !== Infinity;
    if (!ends && signal === undefined) return;
    this.#end = promise;
    promise.catch(() => {}); // it may end when nobody waits for it
    signal?.addEventListener("abort", this.#abort);
    if (!ends) return;
    this.#timer = setTimeout(
      () => reject(timeoutError(action, timeout)),
      Math.min(timeout, LONGEST_TIMER),
    );
  }

  /** What the promise gives, unless the end comes first, which is thrown. */
  orFirst<T>(promise: Promise<T>): Promise<T> {
    if (this.#end === undefined) return promise;
    return Promise.race([promise, this.#end]);
  }

  /** The wait is over. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

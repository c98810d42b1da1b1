/**
 * What ends the wait of a task early: its time, or its signal.
 *
 * @module
 */

import { LONGEST_TIMER, timeoutError } from "./timeout.ts";

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
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether there is anything that could end it. */
  readonly #ends: boolean;
  #over: { readonly error: unknown } | undefined;
  /** Ends the sleep of now. */
  #wake: ((error: unknown) => void) | undefined;

  /** @param action What is given up, for the message of the error. */
  constructor(action: string, { timeout, signal }: GiveUpOptions) {
    this.#signal = signal;
    this.#abort = () => this.#giveUp(signal!.reason);
    const hurries = timeout !== undefined && timeout !== Infinity;
    this.#ends = hurries || signal !== undefined;
    signal?.addEventListener("abort", this.#abort);
    if (hurries) this.#expireIn(timeout, action, timeout);
  }

  /**
   * What the promise gives, unless the end comes first, which is thrown. For one
   * promise at a time.
   */
  orFirst<T>(promise: Promise<T>): Promise<T> {
    if (!this.#ends) return promise;
    if (this.#over !== undefined) return Promise.reject(this.#over.error);
    // A race with one promise for all sleeps would keep something of each.
    const first = Promise.withResolvers<T>();
    this.#wake = first.reject;
    promise.then(first.resolve, first.reject);
    return first.promise;
  }

  /** Gives up when the rest of a time is over, which may take several timers. */
  #expireIn(rest: number, action: string, timeout: number): void {
    this.#timer = setTimeout(() => {
      if (rest > LONGEST_TIMER) {
        this.#expireIn(rest - LONGEST_TIMER, action, timeout);
      } else this.#giveUp(timeoutError(action, timeout));
    }, Math.min(rest, LONGEST_TIMER));
  }

  #giveUp(error: unknown): void {
    this.#over ??= { error };
    this.#wake?.(error);
  }

  /** The wait is over. */
  forget(): void {
    this.#wake = undefined;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

/**
 * The async calls of one end that wait, in the order in which they were made.
 *
 * @module
 */

import type { Attempt, EventCount, EventWaitOptions } from "../event_count.ts";
import { Deadline, timeoutError } from "../timeout.ts";

/** The longest timer of JavaScript, in ms. */
const LONGEST_TIMER = 0x7fffffff;

/** A call that waits. */
interface Waiting {
  readonly attempt: Attempt<unknown>;
  /** Leaves the line, and is over. */
  leave(): void;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/**
 * First come, first served among the async calls of one end: only the first one
 * is tried, and one wait at the event count serves them all. A call that gives up
 * leaves the line, wherever it stands.
 */
export class WaitingLine {
  readonly #events: EventCount;
  readonly #line = new Set<Waiting>();
  #served = false;

  /** Calls that wait for such events. */
  constructor(events: EventCount) {
    this.#events = events;
  }

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.#line.size === 0;
  }

  /**
   * Puts a call at the end of the line; it is tried when it has come to the front.
   *
   * @returns What the attempt returns, or throws.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  wait<T>(attempt: Attempt<T>, options: EventWaitOptions): Promise<T> {
    const { action, timeout, signal } = options;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (signal?.aborted) {
      reject(signal.reason);
      return promise;
    }
    const deadline = new Deadline(timeout);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const giveUp = () => {
      waiting.leave();
      this.#endIfEmpty();
      reject(signal!.reason);
    };
    const waiting: Waiting = {
      attempt,
      resolve: resolve as (value: unknown) => void,
      reject,
      leave: () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        this.#line.delete(waiting);
      },
    };
    const expire = () => {
      if (!deadline.passed) return arm();
      // A last look, if it is this one's turn.
      if (this.#first !== waiting || !this.#try(waiting)) {
        waiting.leave();
        reject(timeoutError(action, deadline.timeout));
      }
      this.#endIfEmpty();
    };
    const arm = () => {
      timer = setTimeout(expire, deadline.slice(LONGEST_TIMER));
    };
    if (deadline.timeout !== Infinity) arm();
    signal?.addEventListener("abort", giveUp);
    this.#line.add(waiting);
    if (!this.#served) this.#serve();
    return promise;
  }

  get #first(): Waiting | undefined {
    for (const first of this.#line) return first;
    return undefined;
  }

  /** Nobody is left to serve: ends the wait at the event count. */
  #endIfEmpty(): void {
    if (this.isEmpty) this.#events.signal();
  }

  async #serve(): Promise<void> {
    this.#served = true;
    // Others may have come between the last attempt and here.
    while (!this.isEmpty) {
      await this.#events.waitAsync(() => this.#serveAll(), { action: "wait" });
    }
    this.#served = false;
  }

  #serveAll(): true | undefined {
    for (;;) {
      const first = this.#first;
      if (first === undefined) return true;
      if (!this.#try(first)) return undefined;
    }
  }

  /** Whether the call is over. */
  #try(waiting: Waiting): boolean {
    let result: unknown;
    try {
      result = waiting.attempt();
    } catch (error) {
      waiting.leave();
      waiting.reject(error);
      return true;
    }
    if (result === undefined) return false;
    waiting.leave();
    waiting.resolve(result);
    return true;
  }
}

/**
 * The async calls of one end that wait, in the order in which they were made.
 *
 * @module
 */

import type {
  Attempt,
  EventCount,
  EventWaitOptions,
} from "../thread/event_count.ts";
import { Deadline, LONGEST_TIMER, timeoutError } from "../thread/timeout.ts";

/** A call that waits. */
interface Waiting {
  readonly attempt: Attempt<unknown>;
  readonly signal: AbortSignal | undefined;
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
  /** The call that is just tried. */
  #tried: Waiting | undefined;

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
      // Code of the caller that runs in its own attempt, which may succeed yet.
      if (this.#tried === waiting) return;
      waiting.leave();
      reject(signal!.reason);
      this.#goOn();
    };
    const waiting: Waiting = {
      attempt,
      signal,
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
      // A last look, for those before it too.
      this.#serveAll();
      if (this.#line.has(waiting)) {
        waiting.leave();
        reject(timeoutError(action, deadline.timeout));
      }
      this.#goOn();
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

  /**
   * One has left: there may be something for the next, as room for a message that
   * is smaller. If nobody is left, ends the wait at the event count.
   */
  #goOn(): void {
    if (this.#serveAll()) this.#events.signal();
  }

  async #serve(): Promise<void> {
    this.#served = true;
    // Others may have come between the last attempt and here.
    while (!this.isEmpty) {
      await this.#events.waitAsync(() => this.#serveAll(), { action: "wait" });
    }
    this.#served = false;
  }

  /** Whether nobody is left. */
  #serveAll(): true | undefined {
    // Code of the caller runs in attempts, and may abort a call: whoever is at it
    // goes on with the next one.
    if (this.#tried !== undefined) return undefined;
    try {
      for (;;) {
        const first = this.#first;
        if (first === undefined) return true;
        if (!this.#try(first)) return undefined;
      }
    } finally {
      this.#tried = undefined;
    }
  }

  /** Whether the call is over. */
  #try(waiting: Waiting): boolean {
    this.#tried = waiting;
    let result: unknown;
    try {
      result = waiting.attempt();
    } catch (error) {
      waiting.leave();
      waiting.reject(error);
      return true;
    }
    if (result === undefined) {
      const { signal } = waiting;
      if (signal?.aborted !== true) return false;
      waiting.leave();
      waiting.reject(signal.reason);
      return true;
    }
    waiting.leave();
    waiting.resolve(result);
    return true;
  }
}

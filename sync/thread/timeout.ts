/**
 * Timeouts: one form for every wait of the library.
 *
 * @module
 */

/** The longest timer of JavaScript, in ms: after a longer one it fires at once. */
export const LONGEST_TIMER = 0x7fffffff;

/**
 * Checks a timeout before anything is changed.
 *
 * @throws {RangeError} If it is negative or not a number.
 */
export function checkTimeout(
  timeout: number | undefined,
  action: string,
): void {
  if (timeout === undefined) return;
  if (typeof timeout !== "number" || !(timeout >= 0)) {
    throw new RangeError(
      `Cannot ${action} as 'timeout' must be a number of ms from 0 on: received ${timeout}`,
    );
  }
}

/** The end of a wait. */
export class Deadline {
  /** How long the wait may take, in ms. */
  readonly timeout: number;
  readonly #end: number;

  /** Starts the clock; without a timeout it never ends. */
  constructor(timeout: number = Infinity) {
    this.timeout = timeout;
    // Clocks cost more than a short wait: none is read for an endless one.
    this.#end = timeout === Infinity ? Infinity : performance.now() + timeout;
  }

  /** Whether the time is up. */
  get passed(): boolean {
    return this.#end !== Infinity && performance.now() >= this.#end;
  }

  /** How long to sleep now: until the end, and never longer than a slice. */
  slice(longest: number): number {
    if (this.#end === Infinity) return longest;
    return Math.min(longest, Math.max(0, this.#end - performance.now()));
  }
}

/** The error of a wait whose time is up. */
export function timeoutError(action: string, timeout: number): DOMException {
  return new DOMException(
    `Cannot ${action} within ${timeout} ms`,
    "TimeoutError",
  );
}

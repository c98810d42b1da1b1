/**
 * Clocks: where time comes from, so that a test can say how late it is.
 *
 * @module
 */

/** Tells the time in milliseconds. */
export type Clock = () => number;

const START = performance.timeOrigin;

/**
 * Milliseconds since 1970, nearly the same on all threads. On each of them it never
 * goes back, also when somebody sets the system's clock.
 */
export function steadyClock(): number {
  return START + performance.now();
}

/**
 * One clock for all threads.
 *
 * @module
 */

/** The time in ms since the epoch; never goes back. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * A clock for tests of what takes time.
 *
 * @module
 */

/** What `performance.now()` says: ms. */
export interface Clock {
  now: number;
}

/** Runs something with a clock of its own. */
export function withClock(run: (clock: Clock) => void): void {
  const { now } = performance;
  const clock = { now: 1 };
  performance.now = () => clock.now;
  try {
    run(clock);
  } finally {
    performance.now = now;
  }
}

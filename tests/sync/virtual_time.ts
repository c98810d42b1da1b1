/**
 * Time that passes only while a thread sleeps: what a test says of moments is then
 * so on every machine.
 *
 * @module
 */

import { type Clock, withClock } from "../workers/stats/clock.ts";
import { sleepingBy } from "./sleeping.ts";

/** Runs a function in such a time; it may move the clock itself. */
export function inVirtualTime(run: (clock: Clock) => void): void {
  withClock((clock) =>
    sleepingBy((_words, _index, _value, timeout) => {
      clock.now += timeout;
      return "timed-out";
    }, () => run(clock))
  );
}

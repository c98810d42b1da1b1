/**
 * What becomes of the values of a plan.
 *
 * @module
 */

import type { LoopCode } from "../plan/loop_code.ts";
import type { Body } from "../plan/node.ts";

/**
 * The end of a plan: it writes the body of a function that makes one result of some
 * of the values, and makes the result of all out of those.
 *
 * @typeParam P What the loop returns.
 * @typeParam R What the plan results in.
 */
export interface Sink<P, R> {
  /** Names its code. */
  readonly key: string;
  /** What its code takes from outside. */
  readonly params: readonly unknown[];
  /** Whether a loop that returns anything but undefined is the last one. */
  readonly stops?: boolean;
  /** How many lists its loop makes, of which numbers may be left in shared memory. */
  readonly lists?: number;
  /**
   * Writes the body.
   *
   * @param each Writes the loop over all values.
   */
  emit(
    code: LoopCode,
    params: readonly string[],
    each: (body: Body) => void,
  ): void;
  /**
   * What the results of some are together, in the order of the values.
   *
   * @param own What the code takes from outside, as the loop has it: functions that
   * see nothing of their surroundings.
   * @param room Where the numbers of lists were left.
   */
  combine(
    parts: readonly P[],
    own: readonly unknown[],
    room: Float64Array | undefined,
  ): R;
}

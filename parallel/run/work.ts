/**
 * Working through the indices of a plan, beside other threads.
 *
 * @module
 */

import type { SharedCounter } from "../../sync/value/shared_counter.ts";
import { nextTurn } from "../../workers/life/next_turn.ts";
import type { Loop } from "../plan/loop.ts";
import type { Claims } from "./claims.ts";
import type { Pace } from "./pace.ts";

/** What a loop returned for some indices. */
export type Part = readonly [from: number, result: unknown];

/** What a thread works on. */
export interface Job {
  readonly loop: Loop;
  readonly params: readonly unknown[];
  readonly pace: Pace;
  /** Whether a result ends it all. */
  readonly stops: boolean;
  /** Where results go. */
  readonly parts: Part[];
  /** Is told how many indices are done. */
  readonly progress: SharedCounter | undefined;
}

/** How long a thread works before its event loop has a turn, in ms. */
const TURN = 8;

/**
 * Takes indices and runs the loop over them until there are none left.
 *
 * @throws What the loop throws; then nobody takes any more.
 */
export async function work(job: Job, claims: Claims): Promise<void> {
  const { loop, params, pace, stops, parts, progress } = job;
  let turnEnds = pace.start() + TURN;
  try {
    for (;;) {
      const taken = claims.take(pace.size, pace.least);
      if (taken === undefined) return;
      const [from, to] = taken;
      const result = loop(params, from, to);
      const time = pace.lap(to - from);
      progress?.add(to - from);
      if (result !== undefined) {
        parts.push([from, result]);
        if (stops) return claims.end();
      }
      if (time < turnEnds) continue;
      await nextTurn();
      turnEnds = pace.start() + TURN;
    }
  } catch (error) {
    claims.end();
    throw error;
  }
}

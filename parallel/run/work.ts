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
import type { Room } from "./room.ts";

/** What a loop returned for some indices. */
export type Part = readonly [from: number, result: unknown];

/** Adds parts to others. There may be more of them than one call takes arguments. */
export function append(parts: Part[], more: readonly Part[]): void {
  for (const part of more) parts.push(part);
}

/** What a thread works on. */
export interface Job {
  readonly loop: Loop;
  readonly params: readonly unknown[];
  /** Where the loop leaves numbers of lists. */
  room: Room | undefined;
  readonly pace: Pace;
  /** Whether a result ends it all. */
  readonly stops: boolean;
  /** Where results go. */
  readonly parts: Part[];
  /** Is told how many indices are done. */
  readonly progress: SharedCounter | undefined;
}

/** How long a thread works before its event loop has a turn, in ms. */
export const TURN = 8;

/**
 * Runs the loop over some indices.
 *
 * @returns Whether it is the last time: the result is known.
 */
export function runPiece(job: Job, from: number, to: number): boolean {
  const result = job.loop(job.params, from, to, job.room);
  job.progress?.add(to - from);
  if (result === undefined) return false;
  job.parts.push([from, result]);
  return job.stops;
}

/**
 * Takes indices and runs the loop over them until there are none left.
 *
 * @throws What the loop throws; then nobody takes any more.
 */
export async function work(job: Job, claims: Claims): Promise<void> {
  while (workOneTurn(job, claims)) await nextTurn();
}

/**
 * The same for about as long as a thread works before its event loop has a turn.
 *
 * @returns Whether there may be some left.
 * @throws What the loop throws; then nobody takes any more.
 */
export function workOneTurn(job: Job, claims: Claims): boolean {
  const { pace } = job;
  const turnEnds = pace.start() + TURN;
  try {
    for (;;) {
      const taken = claims.take(pace.size, pace.least);
      if (taken === undefined) return false;
      const [from, to] = taken;
      if (runPiece(job, from, to)) {
        claims.end();
        return false;
      }
      if (pace.lap(to - from) >= turnEnds) return true;
    }
  } catch (error) {
    claims.end();
    throw error;
  }
}

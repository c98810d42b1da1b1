/**
 * What the programs for mutexes and read-write locks have in common.
 *
 * @module
 */

import { LockPoisonedError } from "../../sync/lock/lock_errors.ts";
import { stopsBefore } from "./stopping.ts";

/** How a wait for a lock ended that threw. */
export function endOf(error: unknown): string {
  if (error instanceof LockPoisonedError) return "poisoned";
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "timed_out" : "aborted";
}

/** The ends of each thread, one text for each. */
export function endsOfAll(results: readonly unknown[]): string[] {
  return (results as string[][]).map((each) => each.join("+"));
}

/**
 * What a thread does that blocks; it may be lost before one of its operations.
 *
 * @param stopsAt Before which, from 1 on. Never, unless given.
 * @param action What it does; notes its ends.
 * @param lose Marks the thread as lost.
 */
export function untilLost(
  stopsAt: number | undefined,
  action: (ends: string[]) => void,
  lose: () => void,
): string[] {
  const ends: string[] = [];
  if (stopsBefore(stopsAt ?? Infinity, () => action(ends))) {
    lose();
    ends.push("stopped");
  }
  return ends;
}

/**
 * Loses a thread before each of its operations in turn.
 *
 * @param explores The ends that are seen if it is lost before that operation.
 * @returns All of them.
 */
export async function wherever(
  explores: (stopsAt: number) => Promise<string[]>,
): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let stopsAt = 1;; stopsAt++) {
    const ends = await explores(stopsAt);
    for (const end of ends) seen.add(end);
    if (ends.every((end) => !end.includes("stopped"))) return seen;
  }
}

/**
 * What programs for the explorer have in common: their bounds, the threads that
 * run them, and the ends that they come to.
 *
 * @module
 */

import { assert } from "@std/assert";
import {
  type CurrentThread,
  ThreadRegistry,
} from "../../sync/thread/thread.ts";
import { explore, type Program } from "./explorer.ts";

/** How much of a program is explored; unless given, all but expired timeouts. */
export interface Bounds {
  readonly timeouts?: number;
  readonly preemptions?: number;
  readonly expireTimeouts?: readonly number[];
}

/** A program that notes how its threads ended, in each of its schedules. */
export type Ending<S> = Program<S> & { readonly ends: Set<string> };

/** The bounds for the explorer. */
export function boundsOf(bounds: Bounds): Required<Bounds> {
  const { timeouts = 0, preemptions = Infinity, expireTimeouts = [] } = bounds;
  return { timeouts, preemptions, expireTimeouts };
}

/** So many threads of one registry: the modelled ones first. */
export function crewOf(count: number): CurrentThread[] {
  const threads = new ThreadRegistry(count);
  return Array.from({ length: count }, () => ({
    threads,
    id: threads.claim(),
  }));
}

/** Says that a thread was lost. Returns whether it lived. */
export function markLost({ threads, id }: CurrentThread): boolean {
  return threads.markLost(id);
}

/** Explores all of a program. */
export async function explored<S>(program: Program<S>): Promise<void> {
  const { complete } = await explore(program);
  assert(complete);
}

/** The same for a program that ends in more than one way. */
export async function endsInSeveralWays<S>(program: Ending<S>): Promise<void> {
  await explored(program);
  assert(program.ends.size > 1, [...program.ends].join());
}

/** Explores all of a program; returns the ends that were seen. */
export async function exploredEnds<S>(program: Ending<S>): Promise<string[]> {
  await explored(program);
  return [...program.ends].sort();
}

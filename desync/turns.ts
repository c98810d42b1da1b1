/**
 * Which line of this thread goes on next, and for how long.
 *
 * All lines of a thread share one microtask: those that have something to do stand
 * in a row. The first one runs some steps, and goes to the end of the row if it
 * has more. So a line that never ends keeps no other one waiting, nor the event loop.
 *
 * @module
 */

import { nextTurn } from "../workers/life/next_turn.ts";

/** How many steps a line runs before the next line has its turn. */
export const QUANTUM = 32;

/** How many steps run in one microtask, so that other promises go on between. */
const STEPS_PER_MICROTASK = 64;

/** How long lines may keep timers and sockets waiting, in ms, besides the length of their jobs. */
const LONGEST_TURN = 1;

/** What stands in the row. */
export interface Runnable {
  /** Whether it stands in the row. */
  isReady: boolean;
  /** The one behind. */
  nextReady: Runnable | undefined;
  /** Whether there is a step that can run now. */
  readonly hasStep: boolean;
  /**
   * Runs steps, as many as there are up to a limit.
   *
   * @returns How many.
   */
  runSteps(limit: number): number;
}

/** Resolved: its reactions are the cheapest microtasks. */
const RESOLVED = Promise.resolve();

let first: Runnable | undefined;
let last: Runnable | undefined;
let isScheduled = false;
/** Steps since somebody looked at the clock. */
let unclocked = 0;
/** When the turn of the event loop was first looked at. */
let turnStart = 0;
let isTurnOver = false;

/** Puts a line into the row, if it is not there. */
export function getReady(line: Runnable): void {
  if (line.isReady) return;
  enter(line);
  if (!isScheduled) schedule();
}

function enter(line: Runnable): void {
  line.isReady = true;
  if (last === undefined) first = line;
  else last.nextReady = line;
  last = line;
}

function schedule(): void {
  isScheduled = true;
  if (isTurnOver) void nextTurn().then(runInNextTurn);
  else RESOLVED.then(runReady);
}

function runInNextTurn(): void {
  isTurnOver = false;
  turnStart = 0;
  runReady();
}

function runReady(): void {
  // From here on, whatever happens: jobs are the code of others.
  isScheduled = false;
  let left = STEPS_PER_MICROTASK;
  while (first !== undefined && left > 0) {
    const line = first;
    // To look at a line that has nothing to do takes a while, too.
    left -= Math.max(1, line.runSteps(Math.min(left, QUANTUM)));
    first = line.nextReady;
    if (first === undefined) last = undefined;
    line.nextReady = undefined;
    // It was in the row while its jobs ran, so none of them has put it there again.
    line.isReady = false;
    if (line.hasStep) enter(line);
  }
  unclocked += STEPS_PER_MICROTASK - left;
  if (unclocked >= STEPS_PER_MICROTASK) lookAtClock();
  if (first !== undefined && !isScheduled) schedule();
}

function lookAtClock(): void {
  unclocked = 0;
  const now = performance.now();
  if (turnStart === 0) turnStart = now;
  else if (now - turnStart >= LONGEST_TURN) isTurnOver = true;
}

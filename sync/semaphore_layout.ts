/**
 * The words of a semaphore.
 *
 * The protocol is in the folder's README, "Semaphore".
 *
 * @module
 */

import { LINE } from "./memory.ts";

/** CLOSED | waiters << 20 | permits. */
export const STATE = 0;
/** The next ticket. */
export const TAIL: number = LINE / 4;
/** The first ticket that is not served. */
export const HEAD: number = 2 * LINE / 4;
/** DIRTY | the id of the thread that serves, or 0. */
export const SERVER: number = HEAD + 1;
/** The most permits there may be, and behind it the number of places. */
export const MAX: number = 3 * LINE / 4;
/** The first place: two words each, the place and its waiter's thread. */
export const PLACES: number = 4 * LINE / 4;

/** In the state: one waiter. */
export const WAITER: number = 1 << 20;
/** In the state: no more permits are given out. */
export const CLOSED: number = 1 << 31;
/** In the state, and in a place once it is shifted: the permits. */
export const COUNT = 0xfffff;

/** In the word of the server: it has to look again. */
export const DIRTY: number = 1 << 31;

// A place: lap << 22 | count << 2 | what it is.

/** A place that nobody has. */
export const FREE = 0;
/** A place whose waiter waits for that many permits. */
export const WAITING = 1;
/** A place whose waiter was given that many permits; 0: it was refused. */
export const GRANTED = 2;
/** A place whose waiter has gone without being served. */
export const GONE = 3;
/** The bits of a lap. */
export const LAPS = 0x3ff;

/** The word of a place. */
export function placeOf(lap: number, kind: number, count: number = 0): number {
  return (lap & LAPS) << 22 | count << 2 | kind;
}

/** The lap that a place is in. */
export function lapOf(place: number): number {
  return place >>> 22;
}

/** How many permits a place is about. */
export function countOf(place: number): number {
  return (place >>> 2) & COUNT;
}

/** How many waiters a state counts. */
export function waitersOf(state: number): number {
  return (state & ~CLOSED) >>> 20;
}

/** How many words a semaphore takes. */
export function wordCountOf(places: number): number {
  return PLACES + 2 * places;
}

/** The next power of two. */
export function roundUp(n: number): number {
  return 2 ** (32 - Math.clz32(n - 1));
}

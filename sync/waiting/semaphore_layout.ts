/**
 * The words of a semaphore.
 *
 * The protocol is in the folder's README, "Semaphore".
 *
 * @module
 */

import { LINE } from "../memory/memory.ts";

/** CLOSED | QUEUE | permits. */
export const STATE = 0;
/** The thread that holds the lock of the queue, or 0. */
export const LOCK: number = LINE / 4;
/** The next ticket. */
export const TAIL: number = LOCK + 1;
/** The first ticket that is not served. */
export const HEAD: number = LOCK + 2;
/** What is done in two stores: 0, or PUT_BACK | the number of a place + 1. */
export const STEP: number = LOCK + 3;
/** The state after that step. */
export const AFTER: number = LOCK + 4;
/** changes << 1 | 1 if somebody waits for a place. */
export const CROWD: number = 2 * LINE / 4;
/** The most permits there may be, and behind it the number of places. */
export const MAX: number = 3 * LINE / 4;
/** The first place: two words each, the place and its waiter's thread. */
export const PLACES: number = 4 * LINE / 4;

/** In the state: only who holds the lock changes it. */
export const QUEUE: number = 1 << 30;
/** In the state: no more permits are given out. */
export const CLOSED: number = 1 << 31;
/** In the state, and in a place once it is shifted: the permits. */
export const COUNT = 0xfffff;

/** In the step: the place is freed. */
export const PUT_BACK: number = 1 << 30;

// A place: count << 2 | what it is.

/** A place that nobody has. */
export const FREE = 0;
/** A place whose waiter waits for that many permits. */
export const WAITING = 1;
/** A place whose waiter was given that many permits; 0: it was refused. */
export const GRANTED = 2;

/** The word of a place. */
export function placeOf(kind: number, count: number): number {
  return count << 2 | kind;
}

/** What a place is. */
export function kindOf(place: number): number {
  return place & 3;
}

/** How many permits a place is about. */
export function countOf(place: number): number {
  return place >>> 2;
}

/** How many words a semaphore takes. */
export function wordCountOf(places: number): number {
  return PLACES + 2 * places;
}

/** The next power of two. */
export function roundUp(n: number): number {
  return 2 ** (32 - Math.clz32(n - 1));
}

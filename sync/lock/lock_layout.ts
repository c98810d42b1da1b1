/**
 * The words of a lock, and what may stand in them.
 *
 * The protocol is in the folder's README, "Mutex".
 *
 * @module
 */

import { LINE } from "../memory/memory.ts";

/** The word: CONTENDED | id of the owner, HANDED, or 0. */
export const LOCK = 0;
/** TASK | the id of the thread for which HANDED is meant, or 0. */
export const NEXT: number = LINE / 4;
/** wake-ups << 1 | 1 if tasks may sleep on this word. */
export const ARMED: number = 2 * LINE / 4;
/**
 * 1 if who held the lock failed. Written by who holds it alone, and read plainly by
 * who is in.
 */
export const POISON = 1;
/** How many words it takes; those behind POISON on its line are free. */
export const LOCK_WORDS: number = 3 * LINE / 4;

/** In the word: others sleep, or are about to. */
export const CONTENDED: number = 1 << 31;
/** Of the word, what says whose it is. */
export const OWNER = 0x7fffffff;
/** Not the id of a thread: no generation is 0. */
export const HANDED = 1;
/** Not the id of a thread either, and never in the word. */
export const NOBODY = 2;
/** In NEXT: a task asked, so its thread may be busy with something else. */
export const TASK: number = 1 << 31;

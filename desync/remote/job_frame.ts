/**
 * What stands in the queue of an object, and what is sent beside it.
 *
 * Both start with seven words. Of what stands in the queue: who asks (slot and
 * generation), the thread that had the object then, the number by which
 * the answer is awaited (0: nobody waits), what it is, the number of its place if it
 * has one, and how many frames there were before. Of mail: what it is, which object
 * (two words), the number that it is about, the number by which an answer is awaited,
 * and of `OPENS` another place and its kind.
 *
 * @module
 */

/** The words before the function and its arguments. */
export const HEAD = 7;
/** Which of them says who had the object then: a thread, or what follows. */
export const ASKED_OF = 2;
/** Nobody has the object. */
export const NOBODY = 0;
/** Somebody, whoever it is: any owner can run it. */
export const ANYBODY = 1;

/** Says of whom is asked what is asked of nobody: of the life that follows this one. */
export function nextAfter(life: number): number {
  return -(life + 1);
}

/** The number of the life that something is asked of; not positive: of a thread. */
export function lifeAsked(askedOf: number): number {
  return -askedOf;
}

/** Whether something was asked of a life that comes after this one. */
export function isOfLater(askedOf: number, life: number): boolean {
  return lifeAsked(askedOf) > life;
}

/** A job: its function, then the arguments. */
export const JOB = 0;
/** A place: what is to be run there is sent by itself. */
export const PLACE = 1;
/** A place at which the object stands still. */
export const GATE = 2;
/** The object is not poisoned any more. */
export const CLEAR = 3;
/** One of those. */
export const KIND = 15;
/** It is to be run only if just so many frames were before it, all of which were done. */
export const IS_TRY = 16;
/** What runs at the place is not known yet: it waits for a promise. */
export const IS_OPEN = 32;

/** What runs at a place, by its number: a function, then the arguments. */
export const CONTENT = 0;
/** Nothing runs at a place, by its number: why. */
export const NO_CONTENT = 1;
/** A gate is lifted: by its number. */
export const LIFT = 2;
/** A job that is under way is given up, by its number: why. */
export const GIVE_UP = 3;
/** A job has failed whose result nobody awaits any more: with what. */
export const REPORT = 4;
/** The object is disposed of: the number by which the end of that is awaited. */
export const CLOSE = 5;
/** What stands at a place that was asked of nobody, by its number: another place, of a kind. */
export const OPENS = 7;
/** To who asked for a job: it has failed, and nobody waits for it. Why. */
export const STRAY = 6;

/** Names an object among all of a runtime. */
export interface ObjectKey {
  /** The generation of the slot of who made it. */
  readonly generation: number;
  /** That slot, and how many objects its thread has made. */
  readonly place: number;
}

/** The key as one number. */
export function keyNumber({ generation, place }: ObjectKey): number {
  return generation * 2 ** 32 + (place >>> 0);
}

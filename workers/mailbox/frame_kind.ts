/**
 * The kinds of frames in a mailbox. The first word of each is the number of the
 * call that it belongs to.
 *
 * @module
 */

/** A call: family and method (words), then the arguments. */
export const CALL = 1;
/** The result of a call: a value. */
export const RESULT = 2;
/** Why a call failed: an error. */
export const FAILURE = 3;
/** The last words of a thread (call number 0): the error that ends it. */
export const FAULT = 4;
/** A task: see `tasks/task_frame.ts`. */
export const TASK = 5;
/** Nobody waits for a task any more: the reason, a value. */
export const CANCEL = 6;
/** Something that a stream yields: a value. */
export const ITEM = 7;
/** So many items more of a stream are wanted: a word. */
export const PULL = 8;
/** A call of a callback: its number (a word), then the arguments. */
export const CALLBACK = 9;
/** What a call of a callback came to: see `callbacks/thread_callbacks.ts`. */
export const CALLED = 10;
/** Whether somebody handles the error of such a call: a word. */
export const HANDLED = 11;
/** Somebody awaits such a call. */
export const WANTED = 12;
/** To the starting thread: a task does not end though its time is up; its worker's slot. */
export const RUNAWAY = 13;
/** Calls whose results nobody waits for have ended: their numbers, a word each. */
export const ENDED = 14;
/** Jobs wait for what a worker hosts: see `host/hosting.ts`. */
export const JOBS = 19;
/** What belongs to one of those jobs and did not come with it. */
export const JOB_MAIL = 20;
/** To the starting thread: an end of a channel, for whom. See `sides.ts`. */
export const INTRODUCE = 16;
/** From the starting thread: an end of a channel, from whom. */
export const INTRODUCED = 17;
/** Nothing but that shared buffers can be let go of. */
export const RELEASE = 18;

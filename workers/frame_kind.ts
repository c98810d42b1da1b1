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

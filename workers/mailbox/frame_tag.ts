/**
 * The tag of a frame: its kind, whether something travels beside it, its place in
 * a frame of several parts, and the generations of both threads, so that what was
 * meant for or comes from a former thread of a slot is known as such.
 *
 * @module
 */

/** The kind of a frame: see `frame_kind.ts`. */
export const KIND = 0x7f;
/** Something travels beside it. */
export const ATTACHED = 0x80;
/** Another part follows. */
export const MORE = 0x100;
/** It is not the first part. */
export const CONTINUED = 0x200;
/** The generations of both threads. */
export const PAIR: number = ~0x3ff;

/** The generations of two slots, as they stand in a tag. */
export function pair(from: number, to: number): number {
  return ((from & 0x7ff) << 10) | ((to & 0x7ff) << 21);
}

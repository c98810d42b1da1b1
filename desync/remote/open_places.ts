/**
 * The places at which objects stand until the event loop of this thread turns: those of
 * suspensions that it has not ended, and of promises that are not settled. What stands
 * behind one of them is nothing to block for.
 *
 * @module
 */

import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import { keyNumber, type ObjectKey } from "./job_frame.ts";

const places = perRealm("open places", () => ({
  /** The number of the last one, in all objects. */
  last: 0,
  /** By object, in order. */
  open: new Map<number, Set<number>>(),
}));

/** A number that no other place of this thread has, and none before it. */
export function nextPlace(): number {
  return ++places.last;
}

/** The number of the place that was asked for last. */
export function lastPlace(): number {
  return places.last;
}

/** A place that stays open until it is closed. */
export function openPlace(key: ObjectKey): number {
  const place = nextPlace();
  const number = keyNumber(key);
  const open = places.open.get(number);
  if (open === undefined) places.open.set(number, new Set([place]));
  else open.add(place);
  return place;
}

/** Nothing waits for this thread there any more. */
export function closePlace(key: ObjectKey, place: number): void {
  const number = keyNumber(key);
  const open = places.open.get(number);
  if (open?.delete(place) && open.size === 0) places.open.delete(number);
}

/**
 * For a thread that is about to block for something that was asked for after a place.
 *
 * @throws {DeadlockError} If that stands behind one that is open.
 */
export function checkPlaces(
  key: ObjectKey,
  place: number,
  label: string,
): void {
  if (places.open.size === 0) return;
  for (const first of places.open.get(keyNumber(key)) ?? []) {
    if (first > place) return;
    throw new DeadlockError(
      `Cannot wait for ${label} while this thread is blocked as it stands behind a suspension or a promise of this thread: await a future instead`,
    );
  }
}

/**
 * Values that can be the same on all threads.
 *
 * @module
 */

import { sharedClassOf } from "../codec/shared_objects.ts";

/**
 * Whether a value can be the same on all threads: it is in shared memory, or an array
 * or plain object of what is, besides numbers, texts and the like.
 */
export function livesInSharedMemory(value: unknown): boolean {
  return shareOf(value, 0, new Map()) === ALL;
}

/** Nothing of it is in shared memory, but it may be next to what is. */
const INERT = 0;
const ALL = 1;
const NOT = 2;
/** Deeper values are taken as others. */
const DEPTH = 32;

/** @param known What was looked at; what is under way is none, if it contains itself. */
function shareOf(
  value: unknown,
  depth: number,
  known: Map<object, number>,
): number {
  if (typeof value === "function" || typeof value === "symbol") return NOT;
  if (typeof value !== "object" || value === null) return INERT;
  if (value instanceof SharedArrayBuffer || sharedClassOf(value)) return ALL;
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, NOT);
  const parts = partsOf(value);
  if (parts === undefined || depth === DEPTH) return NOT;
  let share = INERT;
  for (const part of parts) {
    share = Math.max(share, shareOf(part, depth + 1, known));
  }
  if (share === INERT) share = NOT;
  known.set(value, share);
  return share;
}

/** What is in an array or a plain object. */
function partsOf(value: object): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return Object.getPrototypeOf(value) === Object.prototype
    ? Object.values(value)
    : undefined;
}

/** What surrounds the shared objects is a copy on each thread: nobody changes it. */
export function freezeAround(value: unknown): void {
  if (typeof value !== "object" || value === null || sharedClassOf(value)) {
    return;
  }
  const parts = partsOf(value);
  if (parts === undefined || Object.isFrozen(value)) return;
  Object.freeze(value);
  parts.forEach(freezeAround);
}

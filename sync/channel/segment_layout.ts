/**
 * Where things stand in a store of segments. The protocol is in the folder's
 * README, "Segments".
 *
 * @module
 */

import { LOCK_WORDS } from "../lock/lock_layout.ts";
import { LINE } from "../memory/memory.ts";
import type { Shape } from "./flavor.ts";

// In words unless bytes are named; on lines of their own where different threads
// write them.
const LINE_WORDS = LINE / 4;
/** In bytes: the mutex of those who push. */
export const TAIL_LOCK = 0;
/** Messages ever pushed << 2 | which supply is valid << 1 | which position. */
export const PUSHED: number = LOCK_WORDS;
/** 1 once nothing more may be pushed. */
export const SEALED: number = PUSHED + 1;
/** Two of them: the next word of the tail, and where its segment ends. */
export const TAIL_POSITION: number = PUSHED + 2;
/** Two of them, four words each: see the README. */
export const SUPPLY: number = PUSHED + 8;
/** Messages ever popped << 2 | which position is valid. */
export const POPPED: number = PUSHED + LINE_WORDS;
/** Two of them, as for the tail. */
export const HEAD_POSITION: number = POPPED + 2;
/** The segments before this one have been read. May be behind the head. */
export const FREED: number = POPPED + LINE_WORDS;
/** In bytes: the mutex of those who pop. */
export const HEAD_LOCK: number = 4 * (FREED + LINE_WORDS);
/** Two words for each segment: the one that follows it, the one below it. */
const LINKS = HEAD_LOCK / 4 + LOCK_WORDS;

/** Largest segment, in bytes: smaller ones make large messages slow. */
const LARGEST = 2 ** 14;
/** Smallest, in bytes. */
const SMALLEST = 128;
/** With fewer segments than these, they are made smaller. */
const ENOUGH = 64;

/** The bytes that a store takes for messages unless it is told otherwise. */
export const DEFAULT_RESERVE: number = 2 ** 28;
/** The fewest bytes that a store may take for messages. */
export const MIN_RESERVE: number = 1024;
/** The most bytes: the next line, and the count of records could leave 30 bits. */
export const MAX_RESERVE: number = 2 ** 32 - LINE;

/** How a store is laid out. */
export interface Geometry {
  /** log2 of the words of a segment. */
  readonly shift: number;
  /** How many of them are used: a whole number of records. */
  readonly used: number;
  /** How many segments there can be. */
  readonly count: number;
  /** The first word of the first segment. */
  readonly base: number;
  /** All words of the store. */
  readonly words: number;
}

/**
 * Checks what a store is to take for messages.
 *
 * @throws {RangeError} If it is not an integer in the range.
 */
export function checkReserve(action: string, reserve: number): void {
  if (
    Number.isInteger(reserve) && reserve >= MIN_RESERVE &&
    reserve <= MAX_RESERVE
  ) return;
  throw new RangeError(
    `Cannot ${action} as 'reserve' must be from ${MIN_RESERVE} to ${MAX_RESERVE} bytes: received ${reserve}`,
  );
}

/**
 * The layout for a shape, and for that alone: all threads find the same.
 *
 * @param segment Bytes of a segment, a power of two; for tests.
 * @throws {RangeError} If the reserve is out of range, or too small for two
 * segments with a record each.
 */
export function geometryOf(
  shape: Pick<Shape<unknown>, "record" | "reserve">,
  segment: number = segmentBytes(shape),
): Geometry {
  const { reserve, record } = shape;
  const width = record?.width ?? 1;
  const shift = 29 - Math.clz32(segment);
  const count = Math.floor(reserve / segment);
  if (count < 2 || segment < 4 * width) {
    throw new RangeError(
      `Cannot create channel as 'reserve' is too small for records of ${
        4 * width
      } bytes: received ${reserve}`,
    );
  }
  const linked = LINKS + 2 * count;
  const base = Math.ceil(linked / LINE_WORDS) * LINE_WORDS;
  const used = (1 << shift) - (1 << shift) % width;
  return { shift, used, count, base, words: base + count * (1 << shift) };
}

function segmentBytes(
  { record, reserve }: Pick<Shape<unknown>, "record" | "reserve">,
): number {
  // A segment of few records would waste the rest of it.
  const least = Math.max(SMALLEST, 16 * (record?.width ?? 1));
  let segment = LARGEST;
  while (segment < least) segment *= 2;
  while (segment / 2 >= least && reserve / segment < ENOUGH) segment /= 2;
  return segment;
}

/** The word that says which segment follows. */
export function nextOf(segment: number): number {
  return LINKS + 2 * segment;
}

/** The word that says which segment lies below on the stack of free ones. */
export function belowOf(segment: number): number {
  return LINKS + 2 * segment + 1;
}

/** The first word of a segment. */
export function startOf(geometry: Geometry, segment: number): number {
  return geometry.base + segment * (1 << geometry.shift);
}

/** The segment that ends at this word, or is used up to it. */
export function segmentOf(geometry: Geometry, end: number): number {
  return (end - 1 - geometry.base) >>> geometry.shift;
}

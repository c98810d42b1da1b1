/**
 * How bytes stand in a chain of segments.
 *
 * A message is a word that says how many bytes it has, an empty word, and these,
 * up to a multiple of 8. It goes on in the segment that follows where one ends.
 *
 * @module
 */

import type { FrameSource } from "../queue/frame_ring.ts";
import type { SegmentHead } from "./segment_head.ts";
import type { SegmentTail } from "./segment_tail.ts";

/** Words before the bytes of a message: how many there are, and an empty one. */
export const HEADER = 2;

/** Up to so many bytes, a loop is quicker than a call. */
export const SHORT = 48;
/** The same in words. */
const FEW = 64;

/** The words that bytes take: an even number. */
export function wordsOfBytes(length: number): number {
  return 2 * Math.ceil(length / 8);
}

/** Copies bytes to where the tail is, and goes on behind them. */
export function copyIn(
  shared: Uint8Array,
  tail: SegmentTail,
  source: Uint8Array,
  length: number,
): void {
  let { at } = tail;
  let from = 0;
  for (;;) {
    const end = Math.min(length, from + 4 * (tail.end - at));
    copy(shared, 4 * at, source, from, end);
    at += wordsOfBytes(end - from);
    from = end;
    if (from === length) break;
    tail.next();
    at = tail.at;
  }
  tail.at = at;
}

/**
 * Copies bytes from where the head is, and goes on behind them.
 *
 * @param to Where in the target, in bytes.
 */
export function copyOut(
  target: Uint8Array,
  to: number,
  head: SegmentHead,
  shared: Uint8Array,
  length: number,
): void {
  let { at } = head;
  const last = to + length;
  for (;;) {
    const end = Math.min(last, to + 4 * (head.end - at));
    copy(target, to, shared, 4 * at, 4 * at + end - to);
    at += wordsOfBytes(end - to);
    to = end;
    if (to === last) break;
    head.next();
    at = head.at;
  }
  head.at = at;
}

/** As {@linkcode copyIn}, from where a frame starts that is made of words. */
export function copyWordsIn(
  words: Int32Array,
  shared: Uint8Array,
  tail: SegmentTail,
  source: FrameSource,
  length: number,
): void {
  const { at } = tail;
  const count = wordsOfBytes(length);
  if (count > FEW || count > tail.end - at) {
    return copyIn(shared, tail, source.bytes, length);
  }
  const from = source.words;
  const end = (length + 3) >> 2;
  for (let k = 0; k < end; k++) words[at + k] = from[k]!;
  tail.at = at + count;
}

/**
 * As {@linkcode copyOut}, to where a frame is to stand that is made of words.
 *
 * @param to Where in the target, in bytes: at a word.
 */
export function copyWordsOut(
  target: FrameSource,
  head: SegmentHead,
  words: Int32Array,
  shared: Uint8Array,
  length: number,
  to: number = 0,
): void {
  const { at } = head;
  const count = wordsOfBytes(length);
  if (count > FEW || count > head.end - at) {
    return copyOut(target.bytes, to, head, shared, length);
  }
  const into = target.words;
  const start = to >> 2;
  const end = (length + 3) >> 2;
  for (let k = 0; k < end; k++) into[start + k] = words[at + k]!;
  head.at = at + count;
}

/** Copies bytes from `start` to `end`. */
function copy(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start <= SHORT) {
    for (let k = start; k < end; k++) target[at++] = source[k]!;
  } else target.set(source.subarray(start, end), at);
}

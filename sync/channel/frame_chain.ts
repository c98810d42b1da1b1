/**
 * A chain of segments for frames, without a capacity.
 *
 * @module
 */

import { bytesOf, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { SegmentHead } from "./segment_head.ts";
import { type Geometry, geometryOf } from "./segment_layout.ts";
import { SegmentTail } from "./segment_tail.ts";

/** How large a chain is. */
export interface FrameChainShape {
  /** Bytes for frames: address space. */
  readonly reserve: number;
  /** Bytes of a segment, a power of two; for tests. */
  readonly segment?: number;
}

/** A chain, as one thread sees it. */
export interface FrameChain {
  /** Its memory as words. */
  readonly words: Int32Array;
  /** Its memory as bytes. */
  readonly bytes: Uint8Array;
  /** Where its parts are. */
  readonly geometry: Geometry;
  /** Where frames are taken from. */
  readonly head: SegmentHead;
  /** Where they are added. */
  readonly tail: SegmentTail;
}

/** Attaches to a chain. */
export function frameChainAt(
  slice: SharedSlice,
  { reserve, segment }: FrameChainShape,
): FrameChain {
  const geometry = geometryOf({ record: undefined, reserve }, segment);
  const words = wordsOf(slice, geometry.words);
  const bytes = bytesOf(slice, 4 * geometry.words);
  const head = new SegmentHead(slice, words, geometry);
  const parts = { geometry, head, capacity: Infinity };
  const tail = new SegmentTail(slice, words, parts);
  return { words, bytes, geometry, head, tail };
}

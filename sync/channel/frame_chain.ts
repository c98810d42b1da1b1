/**
 * A chain of segments for frames, without a capacity.
 *
 * @module
 */

import { bytesOf, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { SegmentHead } from "./segment_head.ts";
import { initSegments } from "./segment_init.ts";
import { type Geometry, geometryOf } from "./segment_layout.ts";
import { SegmentTail } from "./segment_tail.ts";

/** How large a chain is. */
export interface FrameChainShape {
  /** Bytes for frames: address space. */
  readonly reserve: number;
  /** Bytes of a segment, a power of two; for tests. */
  readonly segment?: number;
}

/** A chain, as one thread sees it: what stores of frames have in common. */
export class FrameChain {
  /** Its memory as words. */
  protected readonly words: Int32Array;
  /** Its memory as bytes. */
  protected readonly bytes: Uint8Array;
  /** Where its parts are. */
  protected readonly geometry: Geometry;
  /** Where frames are taken from. */
  protected readonly head: SegmentHead;
  /** Where they are added. */
  protected readonly tail: SegmentTail;

  /** Attaches to a chain. */
  constructor(slice: SharedSlice, { reserve, segment }: FrameChainShape) {
    const geometry = geometryOf({ record: undefined, reserve }, segment);
    const words = wordsOf(slice, geometry.words);
    const head = new SegmentHead(slice, words, geometry);
    const parts = { geometry, head, capacity: Infinity };
    this.words = words;
    this.bytes = bytesOf(slice, 4 * geometry.words);
    this.geometry = geometry;
    this.head = head;
    this.tail = new SegmentTail(slice, words, parts);
  }

  /** Makes a chain out of zeroed memory. Once, before anybody else sees it. */
  init(start?: number): void {
    initSegments(this.words, this.geometry, start);
  }

  /** How many frames there are, at a moment during the call. */
  get size(): number {
    return this.tail.size;
  }

  /** As `SegmentTail.isEmpty`. */
  get isEmpty(): boolean {
    return this.tail.isEmpty;
  }
}

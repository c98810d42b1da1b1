/**
 * The frames of one priority: a chain of segments, to which whole batches of
 * frames are added, and from which some of them are taken at once.
 *
 * The protocol is in the folder's README, "Injector"; that of the chain itself in
 * that of `channel/`, "Segments".
 *
 * @module
 */

import { PUSHED } from "../channel/flavor.ts";
import { FrameChain, type FrameChainShape } from "../channel/frame_chain.ts";
import {
  copyWordsIn,
  copyWordsOut,
  HEADER,
  wordsOfBytes,
} from "../channel/segment_bytes.ts";
import { geometryOf } from "../channel/segment_layout.ts";
import type { FrameBatch } from "./frame_batch.ts";
import type { LockOptions } from "../lock/lock_options.ts";
import { LINE, type SharedSlice } from "../memory/memory.ts";

/** The most frames that a thread takes at once. */
export const MOST_AT_ONCE = 16;
/** Frames are not taken together if they have more bytes than this. */
const MOST_BYTES = 2 ** 16;
/**
 * How long to wait for a lock at most, in ms. Its holder copies a frame, or waits
 * for a processor; or it was terminated, and perhaps this thread has to find out.
 */
const SOON: LockOptions = { evenIfPoisoned: true, timeout: 5 };

/** There was nothing, or no room. */
export const NONE = 0;
/** There was something. */
export const DONE = 1;
/** Another thread has the lock, for longer than a call may wait. Nothing was done. */
export const BUSY = -1;
/** One of {@linkcode NONE}, {@linkcode DONE} and {@linkcode BUSY}. */
export type Attempt = typeof NONE | typeof DONE | typeof BUSY;

/** How large a lane is. */
export type LaneShape = FrameChainShape;

/** How much a thread takes. */
export interface Share {
  /** The most frames. */
  readonly most: number;
  /** How many threads take: none takes more than its part. */
  readonly takers: number;
}

/**
 * What is told of frames while nobody else can take or look at them: of each one
 * the words that it starts with.
 */
export interface FrameMarks {
  /**
   * A frame is about to be taken by this thread.
   *
   * @returns Whether anybody wants it still.
   */
  mark(owner: number, tenant: number, number: number): boolean;
  /** A frame is in the queue, whatever its mark says. */
  unmark(owner: number, tenant: number, number: number): void;
}

/** The memory that a lane takes, in bytes: whole lines. */
export function laneSize({ reserve, segment }: LaneShape): number {
  const { words } = geometryOf({ record: undefined, reserve }, segment);
  return Math.ceil(4 * words / LINE) * LINE;
}

/** A queue of frames. */
export class InjectorLane extends FrameChain {
  readonly #marks: FrameMarks;

  /** Attaches to a lane. */
  constructor(slice: SharedSlice, shape: LaneShape, marks: FrameMarks) {
    super(slice, shape);
    this.#marks = marks;
  }

  /** The longest frame that an empty lane takes, in bytes. */
  get longest(): number {
    // All but the segment in which the head and the tail of an empty lane are.
    const { count, used } = this.geometry;
    return 4 * ((count - 1) * used - HEADER);
  }

  /**
   * Adds frames at the end, in one step.
   *
   * @returns How many of the first ones there was room for; or {@linkcode BUSY}.
   */
  push(batch: FrameBatch): number {
    try {
      return this.#push(batch);
    } catch (error) {
      return busyOr(error);
    }
  }

  #push(batch: FrameBatch): number {
    const tail = this.tail;
    // Nobody seals it.
    if (tail.enter(SOON) !== PUSHED) return 0;
    try {
      let { count, end } = batch;
      const here = tail.end - tail.at;
      const { used } = this.geometry;
      if (
        end > 4 * here && !tail.has(Math.ceil((end / 4 - here) / used), SOON)
      ) {
        count = batch.fitting(4 * (here + tail.left * used));
        if (count === 0) return 0;
        end = batch.position;
      }
      copyWordsIn(this.words, this.bytes, tail, batch, end);
      tail.commit(tail.at, count);
      return count;
    } finally {
      tail.leave();
    }
  }

  /**
   * Takes frames from the start, in one step.
   *
   * @param into Where to put those that somebody wants. It is empty.
   */
  take(into: FrameBatch, share: Share): Attempt {
    try {
      for (;;) {
        if (!this.head.enter(SOON)) return NONE;
        const missing = this.#takeAndLeave(into, share);
        if (missing === 0) return DONE;
        // Not while others wait: large memory takes time.
        into.grow(missing);
      }
    } catch (error) {
      return busyOr(error);
    }
  }

  /**
   * Sees to it that the marks of frames in the queue say so. A thread that was
   * lost may have marked some of the first ones without taking them.
   *
   * @returns Whether the lock was to be had.
   */
  settle(): boolean {
    try {
      if (this.head.enter(SOON)) this.#unmarkFirst();
      return true;
    } catch (error) {
      return busyOr(error) !== BUSY;
    }
  }

  /**
   * Waits until whoever is just taking frames has done so.
   *
   * @returns Whether the lock was to be had.
   */
  pass(): boolean {
    try {
      // Who takes some has the lock for as long as they are in the queue.
      if (this.head.enter(SOON)) this.head.leave();
      return true;
    } catch (error) {
      return busyOr(error) !== BUSY;
    }
  }

  /** Whether a thread takes frames, be it a lost one. */
  get isLocked(): boolean {
    return this.head.isLocked;
  }

  #takeAndLeave(into: FrameBatch, share: Share): number {
    try {
      return this.#take(into, share);
    } finally {
      this.head.leave();
    }
  }

  #unmarkFirst(): void {
    const head = this.head;
    try {
      for (let left = Math.min(head.size, MOST_AT_ONCE); left > 0; left--) {
        const length = this.#word() >>> 0;
        this.#word();
        this.#marks.unmark(this.#word(), this.#word(), this.#word());
        if (left > 1) this.#skip(wordsOfBytes(length) - 3);
      }
    } finally {
      head.leave();
    }
  }

  /** Returns how much memory the first frame takes, if there is less; else 0. */
  #take(into: FrameBatch, { most, takers }: Share): number {
    const head = this.head;
    const words = this.words;
    // At the end of the queue each one takes few, so that all have some.
    let left = most === 1
      ? 1
      : Math.min(most, MOST_AT_ONCE, 1 + Math.floor(head.size / (2 * takers)));
    let taken = 0;
    do {
      if (head.at === head.end) head.next();
      const length = words[head.at]! >>> 0;
      const size = 4 * (HEADER + wordsOfBytes(length));
      if (into.end + size > into.bytes.length) {
        if (taken === 0) return size;
        break;
      }
      if (taken > 0 && into.end + size > MOST_BYTES) break;
      copyWordsOut(into, head, words, this.bytes, size, into.end);
      taken++;
      const at = (into.end >> 2) + HEADER;
      const frame = into.words;
      if (this.#marks.mark(frame[at]!, frame[at + 1]!, frame[at + 2]!)) {
        into.end += size;
        into.count++;
      }
    } while (--left > 0);
    head.commit(head.at, taken);
    return 0;
  }

  /** The next word of the chain. */
  #word(): number {
    const head = this.head;
    if (head.at === head.end) head.next();
    return this.words[head.at++]!;
  }

  /** Goes past so many words; another frame follows. */
  #skip(count: number): void {
    const head = this.head;
    let left = count;
    while (left > head.end - head.at) {
      left -= head.end - head.at;
      head.next();
    }
    head.at += left;
  }
}

/** What to say of a call that threw: that the lock was not to be had. */
function busyOr(error: unknown): typeof BUSY {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return BUSY;
  }
  throw error;
}

/**
 * The end of a chain of segments from which messages are taken.
 *
 * @module
 */

import type { SharedSlice } from "../memory/memory.ts";
import type { LockOptions } from "../lock/lock_options.ts";
import { Mutex } from "../lock/mutex.ts";
import {
  FREED,
  type Geometry,
  HEAD_LOCK,
  HEAD_POSITION,
  nextOf,
  POPPED,
  PUSHED,
  segmentOf,
  startOf,
} from "./segment_layout.ts";

/** Nothing is ever half changed: see the README. */
const POISONED_TOO = { evenIfPoisoned: true };

/** What a thread that holds the lock of the head sees of it. */
export class SegmentHead {
  /** The next word, once {@linkcode enter} succeeded. */
  at = 0;
  /** Where the segment of that word ends. */
  end = 0;
  readonly #words: Int32Array;
  readonly #geometry: Geometry;
  readonly #lock: Mutex;
  /** The word of that name when we were here last. */
  #popped = 0;
  /** What had been pushed when we last looked: no less than what is popped. */
  #seen = 0;
  #moved = false;

  /** Attaches to the head of a chain. */
  constructor(slice: SharedSlice, words: Int32Array, geometry: Geometry) {
    this.#words = words;
    this.#geometry = geometry;
    this.#lock = lockAt(slice, HEAD_LOCK);
    // Else what others have taken since the count came round would pass for none.
    this.#seen = this.#popped = Atomics.load(words, POPPED);
  }

  /**
   * Takes the lock. Returns false, without it, if there is no message.
   *
   * @param options Those of a lock that may be poisoned.
   */
  enter(options: LockOptions = POISONED_TOO): boolean {
    const words = this.#words;
    const known = this.#popped;
    if (isSame(this.#seen, known)) {
      const pushed = Atomics.load(words, PUSHED);
      // None was left when we were here last, and none has come; unless the
      // count has come round meanwhile.
      if (
        isSame(pushed, known) && isSame(Atomics.load(words, POPPED), pushed)
      ) return false;
      this.#seen = pushed;
    }
    let stays = false;
    this.#lock.lock(options);
    try {
      this.#load();
      // What we saw may be gone if another thread was here.
      if (this.#popped !== known) this.#seen = Atomics.load(words, PUSHED);
      stays = !isSame(this.#seen, this.#popped);
    } finally {
      // Also where the stack is at its end.
      if (!stays) this.#lock.unlock();
    }
    return stays;
  }

  /** For who alone takes messages: whether there are any. Cheap enough to spin on. */
  get hasMore(): boolean {
    return !isSame(Atomics.load(this.#words, PUSHED), this.#popped);
  }

  /** Whether a thread has the lock, be it a lost one. */
  get isLocked(): boolean {
    return this.#lock.isLocked;
  }

  /** Goes on in the segment that follows. */
  next(): void {
    const segment = this.#words[nextOf(segmentOf(this.#geometry, this.end))]!;
    this.at = startOf(this.#geometry, segment);
    this.end = this.at + this.#geometry.used;
    this.#moved = true;
  }

  /** With the lock: how many messages there are now. At least one. */
  get size(): number {
    this.#seen = Atomics.load(this.#words, PUSHED);
    return ((this.#seen >>> 2) - (this.#popped >>> 2)) & 0x3fffffff;
  }

  /**
   * What ends before this word is taken, in one step.
   *
   * @param messages How many messages that is.
   */
  commit(at: number, messages: number = 1): void {
    const words = this.#words;
    const popped = this.#popped;
    const position = HEAD_POSITION + ((~popped & 1) << 1);
    words[position] = at;
    words[position + 1] = this.end;
    // From here on the message is no longer in the queue.
    this.#popped = (popped + (messages << 2)) ^ 1;
    Atomics.store(words, POPPED, this.#popped);
    if (this.#moved) this.#free();
  }

  /** Gives the lock back. */
  leave(): void {
    this.#lock.unlock();
  }

  /** Says which segments have been read, where a lost thread did not. */
  settle(options: LockOptions = POISONED_TOO): void {
    this.#lock.lock(options);
    try {
      this.#load();
      this.#seen = this.#popped;
      this.#free();
    } finally {
      this.#lock.unlock();
    }
  }

  #load(): void {
    const words = this.#words;
    // A plain load: it is only written by who holds the lock.
    const popped = words[POPPED]!;
    const position = HEAD_POSITION + ((popped & 1) << 1);
    this.#popped = popped;
    this.at = words[position]!;
    this.end = words[position + 1]!;
    this.#moved = false;
  }

  #free(): void {
    Atomics.store(this.#words, FREED, segmentOf(this.#geometry, this.end));
  }
}

/** The mutex at a place of a store. */
export function lockAt(slice: SharedSlice, offset: number): Mutex {
  const { buffer, byteOffset } = slice;
  return Mutex.from({
    kind: "Mutex",
    buffer,
    byteOffset: byteOffset + offset,
  });
}

/** Whether two words count as many messages. */
function isSame(a: number, b: number): boolean {
  return (a ^ b) >>> 2 === 0;
}

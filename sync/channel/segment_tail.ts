/**
 * The end of a chain of segments to which messages are added.
 *
 * @module
 */

import type { SharedSlice } from "../memory/memory.ts";
import type { LockOptions } from "../lock/lock_options.ts";
import type { Mutex } from "../lock/mutex.ts";
import { CLOSED, FULL, PUSHED as DONE, type Pushed } from "./flavor.ts";
import { lockAt, type SegmentHead } from "./segment_head.ts";
import {
  belowOf,
  FREED,
  type Geometry,
  nextOf,
  POPPED,
  PUSHED,
  SEALED,
  segmentOf,
  startOf,
  SUPPLY,
  TAIL_LOCK,
  TAIL_POSITION,
} from "./segment_layout.ts";

/** Nothing is ever half changed: see the README. */
const POISONED_TOO = { evenIfPoisoned: true };

/** What a tail belongs to. */
export interface Chain {
  /** How it is laid out. */
  readonly geometry: Geometry;
  /** Its other end. */
  readonly head: SegmentHead;
  /** How many messages there may be; may be infinite. */
  readonly capacity: number;
}

/** What a thread that holds the lock of the tail sees of it. */
export class SegmentTail {
  /** The next word, once {@linkcode enter} succeeded. */
  at = 0;
  /** Where the segment of that word ends. */
  end = 0;
  readonly #words: Int32Array;
  readonly #geometry: Geometry;
  readonly #lock: Mutex;
  readonly #head: SegmentHead;
  readonly #capacity: number;
  #pushed = 0;
  /** Whether the supply is loaded, and whether segments were taken from it. */
  #supplied = false;
  #taken = false;
  /** The free segment that was freed last, plus 1; 0 if there is none. */
  #top = 0;
  /** How many free segments lie there. */
  #free = 0;
  /** Segments from this one on to {@linkcode FREED} are free too. */
  #read = 0;
  /** Segments from this one on were never used. */
  #fresh = 0;

  /** Attaches to the tail of a chain. */
  constructor(slice: SharedSlice, words: Int32Array, chain: Chain) {
    this.#words = words;
    this.#geometry = chain.geometry;
    this.#lock = lockAt(slice, TAIL_LOCK);
    this.#head = chain.head;
    this.#capacity = chain.capacity;
  }

  /** A word that changes with each message that is taken. */
  get popped(): number {
    return Atomics.load(this.#words, POPPED);
  }

  /** How many messages there are, at a moment during the call. */
  get size(): number {
    const words = this.#words;
    for (;;) {
      const pushed = Atomics.load(words, PUSHED);
      const popped = Atomics.load(words, POPPED);
      if (Atomics.load(words, PUSHED) === pushed) return count(pushed, popped);
    }
  }

  /**
   * Whether there is no message, at a moment during the call; if not, there was one, which
   * may be gone. Cheap enough to spin on.
   */
  get isEmpty(): boolean {
    // In this order: what has caught up with what is pushed now has nothing left.
    const popped = Atomics.load(this.#words, POPPED);
    return (Atomics.load(this.#words, PUSHED) ^ popped) >>> 2 === 0;
  }

  /**
   * What {@linkcode enter} would have said at a moment during the call. Takes no
   * lock, so that those who wait for room leave it alone.
   */
  look(): Pushed {
    if (Atomics.load(this.#words, SEALED) !== 0) return CLOSED;
    if (this.#capacity === Infinity) return DONE;
    return this.size >= this.#capacity ? FULL : DONE;
  }

  /**
   * Takes the lock. Without it, says that the store is full or sealed.
   *
   * @param options Those of a lock that may be poisoned.
   */
  enter(options: LockOptions = POISONED_TOO): Pushed {
    let verdict: Pushed = CLOSED;
    this.#lock.lock(options);
    try {
      verdict = this.#verdict();
    } finally {
      // Also where the stack is at its end.
      if (verdict !== DONE) this.#lock.unlock();
    }
    return verdict;
  }

  /**
   * Whether so many segments more can be had; {@linkcode next} takes them.
   *
   * @param options Those of a lock that may be poisoned: that of the head.
   */
  has(segments: number, options?: LockOptions): boolean {
    if (!this.#supplied) this.#load();
    this.#supplied = true;
    this.#gather();
    if (segments <= this.left) return true;
    // A lost thread may have read segments without having said so.
    this.#head.settle(options);
    this.#gather();
    return segments <= this.left;
  }

  /** How many segments more there were when {@linkcode has} looked. */
  get left(): number {
    return this.#free + this.#geometry.count - this.#fresh;
  }

  /** Goes on in a free segment. Only after {@linkcode has} said that there is one. */
  next(): void {
    const words = this.#words;
    let segment: number;
    if (this.#top !== 0) {
      segment = this.#top - 1;
      this.#top = words[belowOf(segment)]!;
      this.#free--;
    } else segment = this.#fresh++;
    // Who takes messages looks at that once there is one in the new segment.
    words[nextOf(segmentOf(this.#geometry, this.end))] = segment;
    this.at = startOf(this.#geometry, segment);
    this.end = this.at + this.#geometry.used;
    this.#taken = true;
  }

  /**
   * What ends before this word is added, in one step.
   *
   * @param messages How many messages that is.
   */
  commit(at: number, messages: number = 1): void {
    const words = this.#words;
    let pushed = (this.#pushed + (messages << 2)) ^ 1;
    const position = TAIL_POSITION + ((pushed & 1) << 1);
    words[position] = at;
    words[position + 1] = this.end;
    if (this.#taken) {
      pushed ^= 2;
      this.#save(pushed);
    }
    // From here on the message is in the queue.
    Atomics.store(words, PUSHED, pushed);
  }

  /** Gives the lock back. What was not committed is as if it had never been. */
  leave(): void {
    this.#lock.unlock();
  }

  /** After this call nobody adds a message any more. */
  seal(): void {
    // With the lock, so that nobody is between the look at it and the commit.
    this.#lock.lock(POISONED_TOO);
    try {
      Atomics.store(this.#words, SEALED, 1);
    } finally {
      this.#lock.unlock();
    }
  }

  #verdict(): Pushed {
    const words = this.#words;
    // Plain loads: both are only written by who holds the lock.
    if (words[SEALED] !== 0) return CLOSED;
    const pushed = words[PUSHED]!;
    if (this.#capacity !== Infinity) {
      const size = count(pushed, Atomics.load(words, POPPED));
      if (size >= this.#capacity) return FULL;
    }
    const position = TAIL_POSITION + ((pushed & 1) << 1);
    this.#pushed = pushed;
    this.at = words[position]!;
    this.end = words[position + 1]!;
    this.#supplied = false;
    this.#taken = false;
    return DONE;
  }

  /** Puts the segments that have been read onto the stack of free ones. */
  #gather(): void {
    const words = this.#words;
    const freed = Atomics.load(words, FREED);
    if (freed === this.#read) return;
    do {
      const segment = this.#read;
      this.#read = words[nextOf(segment)]!;
      words[belowOf(segment)] = this.#top;
      this.#top = segment + 1;
      this.#free++;
    } while (this.#read !== freed);
    // A step of its own: from here on their links may be written over.
    this.#pushed ^= 2;
    this.#save(this.#pushed);
    Atomics.store(words, PUSHED, this.#pushed);
  }

  #load(): void {
    const words = this.#words;
    const supply = SUPPLY + ((this.#pushed & 2) << 1);
    this.#top = words[supply]!;
    this.#free = words[supply + 1]!;
    this.#read = words[supply + 2]!;
    this.#fresh = words[supply + 3]!;
  }

  /** Writes the supply that this word says is valid. */
  #save(pushed: number): void {
    const words = this.#words;
    const supply = SUPPLY + ((pushed & 2) << 1);
    words[supply] = this.#top;
    words[supply + 1] = this.#free;
    words[supply + 2] = this.#read;
    words[supply + 3] = this.#fresh;
  }
}

function count(pushed: number, popped: number): number {
  return ((pushed >>> 2) - (popped >>> 2)) & 0x3fffffff;
}

/**
 * The queue of an object on a worker, in memory that all threads share: what was asked
 * for and has not begun, in order, and how the worker is called for it.
 *
 * The protocol is in the folder's README, "Shared queue".
 *
 * @module
 */

import { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import type { Pushed } from "../../sync/channel/flavor.ts";
import { ASKED_OF, isOfLater, NOBODY } from "./job_frame.ts";
import type { FrameChainShape } from "../../sync/channel/frame_chain.ts";
import { FrameSegments } from "../../sync/channel/frame_segments.ts";
import { geometryOf } from "../../sync/channel/segment_layout.ts";
import {
  bytesOf,
  LINE,
  partOf,
  type SharedSlice,
  wordsOf,
} from "../../sync/memory/memory.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";

// Words of the header, which only the owner writes, but for POISON and PHASE.
/** Even: the owner rests; odd: it is about to look at the queue, or stands still. */
const STATE = 0;
const PHASE = 1;
/** The thread that has the object. */
const OWNER = 2;
/** How often the object was poisoned, if it is; else 0. */
const POISON = 3;
/** How long the encoded cause is, in bytes. */
const CAUSE_LENGTH = 4;
/** How often the object was made. */
const LIFE = 5;
/** How many frames the owner was ever done with. In a line of its own: it changes with each. */
const DONE = LINE / 4;
/** How many threads are just asking the owner. In a line of its own: they all write it. */
const ASKING = 2 * LINE / 4;

/** Frames are counted in 30 bits. */
const COUNT = 0x3fffffff;

const CAUSE = 3 * LINE;
const CAUSE_BYTES = 8 * LINE;
const HEADER = CAUSE + CAUSE_BYTES;

const NOTHING = new Uint8Array(0);

/** Jobs are taken. */
export const OPEN = 0;
/** No more jobs are taken; those that were are run. */
const CLOSING = 1;
/** The object is gone. */
export const ENDED = 2;
/** What becomes of an object. */
export type Phase = typeof OPEN | typeof CLOSING | typeof ENDED;

/** What a thread is told that attaches to a queue. */
export type SharedQueueShape = FrameChainShape;

/** The memory that a queue takes, in bytes. */
function sharedQueueSize(
  { reserve, segment }: SharedQueueShape,
): number {
  return HEADER + 4 * geometryOf({ record: undefined, reserve }, segment).words;
}

/** Makes the memory of a queue: only what is used of it takes any. */
export function allocateQueue(shape: SharedQueueShape): SharedSlice {
  const size = sharedQueueSize(shape);
  const buffer = new SharedArrayBuffer(size, { maxByteLength: size });
  const slice = { buffer, byteOffset: 0 };
  new SharedQueue(slice, shape).init();
  return slice;
}

/** A queue of frames, as one thread sees it. */
export class SharedQueue {
  readonly #words: Int32Array;
  readonly #cause: Uint8Array;
  readonly #frames: FrameSegments;
  /** The state in which this thread has called the owner. */
  #called = 1;
  /** Where frames are copied to; undefined while one is read. */
  #reader: Reader | undefined = undefined;

  /** Attaches to a queue. */
  constructor(slice: SharedSlice, shape: SharedQueueShape) {
    this.#words = wordsOf(slice, CAUSE / 4);
    this.#cause = bytesOf(partOf(slice, CAUSE), CAUSE_BYTES);
    this.#frames = new FrameSegments(partOf(slice, HEADER), shape);
  }

  /** Makes a queue out of zeroed memory. Once, before anybody else sees it. */
  init(): void {
    this.#frames.init();
  }

  /** For callers: puts a frame at the end. From then on its place is certain. */
  push(out: Writer): Pushed {
    return this.#frames.push(out, out.byteLength);
  }

  /** How many frames there are, at a moment during the call. */
  get size(): number {
    return this.#frames.size;
  }

  /**
   * For callers, after a push: whether this thread has to call the owner. To be
   * asked once, since it is then taken to have done so.
   */
  mustCall(): boolean {
    const state = Atomics.load(this.#words, STATE);
    // It looks again before it rests; or it was called, and has not come yet.
    if ((state & 1) === 1 || state === this.#called) return false;
    this.#called = state;
    return true;
  }

  /**
   * For callers: how many frames there ever were, if nothing is to be done or is being
   * done; undefined: something is.
   */
  get allDone(): number | undefined {
    const done = Atomics.load(this.#words, DONE);
    const frames = this.#frames;
    return frames.popped === done && frames.size === 0 ? done : undefined;
  }

  /** For the owner: whether there is a frame to take. Cheap enough to spin on. */
  get hasFrames(): boolean {
    return this.#frames.hasFrames;
  }

  /** For the owner, which has just taken a frame: how many there were before. */
  get before(): number {
    return (this.#frames.popped - 1) & COUNT;
  }

  /** For the owner: is done with a frame, also if it did nothing. Before anybody is told. */
  done(): void {
    const done = (Atomics.load(this.#words, DONE) + 1) & COUNT;
    Atomics.store(this.#words, DONE, done);
  }

  /** For the owner that takes the place of another one: that has done what it took. */
  takeOver(): void {
    Atomics.store(this.#words, DONE, this.#frames.popped);
  }

  /** For the owner: says that it looks at the queue from now on. */
  getUp(): void {
    Atomics.store(this.#words, STATE, Atomics.load(this.#words, STATE) | 1);
  }

  /**
   * For the owner that has found the queue empty: says that it looks no more.
   *
   * @param last As in {@linkcode pop}.
   * @returns Whether it is so; else there is something to take, and it has not rested.
   */
  tryToRest(last: number = 0): boolean {
    const words = this.#words;
    Atomics.store(words, STATE, (Atomics.load(words, STATE) + 1) | 0);
    // Whoever pushed before it could see that is seen here.
    if (this.#frames.size === 0 || (last > 0 && this.#isLeft(last))) {
      return true;
    }
    this.getUp();
    return false;
  }

  /** Whether the first frame, if there is one, was asked of a later life. */
  #isLeft(life: number): boolean {
    const reader = Reader.of(NOTHING);
    let isLeft = true;
    this.#frames.pop(reader, () => {
      isLeft = isOfLater(reader.words[ASKED_OF]!, life);
      return false;
    });
    return isLeft;
  }

  /**
   * For the owner: takes the first frame.
   *
   * @param read Makes something of it, which is returned; `undefined` if there is none.
   * The memory of the frame is of no use after that.
   * @param last The number of its life, if what was asked of a later one stays for that;
   * 0: nothing stays.
   */
  pop<R>(read: (frame: Reader) => R, last: number = 0): R | undefined {
    // Reading may run code that comes here again.
    const reader = this.#reader ?? Reader.of(NOTHING);
    this.#reader = undefined;
    try {
      const length = last > 0
        ? this.#popUpTo(reader, last)
        : this.#frames.pop(reader);
      if (length < 0) return undefined;
      reader.frame(0, length);
      return read(reader);
    } finally {
      this.#reader = reader;
    }
  }

  /** Takes the first frame, unless it was asked of a later life. */
  #popUpTo(reader: Reader, last: number): number {
    const isWanted = () => !isOfLater(reader.words[ASKED_OF]!, last);
    return this.#frames.pop(reader, isWanted);
  }

  /** From the return of this call on, nothing is taken in. */
  close(): void {
    this.#frames.seal();
    Atomics.compareExchange(this.#words, PHASE, OPEN, CLOSING);
    Atomics.notify(this.#words, PHASE);
  }

  /** For the owner: the object is gone. */
  end(): void {
    Atomics.store(this.#words, PHASE, ENDED);
    Atomics.notify(this.#words, PHASE);
    Atomics.notify(this.#words, LIFE); // there is none any more
  }

  /** The thread that has the object; 0 while it is made. */
  get owner(): ThreadId {
    return Atomics.load(this.#words, OWNER) as ThreadId;
  }

  /** How often the object was made. */
  get life(): number {
    return Atomics.load(this.#words, LIFE);
  }

  /** For who has made the object: says so, and how often that was done now. */
  setOwner(thread: ThreadId, life: number): void {
    const words = this.#words;
    // In this order: who finds that life here and then nobody has come after it.
    Atomics.store(words, OWNER, thread);
    Atomics.store(words, LIFE, life);
    Atomics.notify(words, LIFE);
  }

  /** Resolves when the object is made once more, or has ended; undefined: it is so. */
  lifeChanged(from: number): Promise<unknown> | undefined {
    const changed = this.#changed(LIFE, from);
    // Looked at after that: who ends it notifies, and leaves the word as it is.
    return this.phase === ENDED ? undefined : changed;
  }

  /** For the owner that goes: nobody has the object, and another one may make it. */
  clearOwner(): void {
    Atomics.store(this.#words, OWNER, NOBODY);
  }

  /**
   * For callers: whoever has the object now lets go of it only after {@linkcode leave}.
   *
   * @returns How often the object was made: if the caller finds nobody after this, what
   * it asks for is for the life that comes next.
   */
  enter(): number {
    Atomics.add(this.#words, ASKING, 1);
    return this.life;
  }

  /** What was to be asked is in the queue, and what belongs to it on its way. */
  leave(): void {
    Atomics.sub(this.#words, ASKING, 1);
  }

  /** When there is no owner any more: whether nobody is just asking the former one. */
  get isLeftAlone(): boolean {
    return Atomics.load(this.#words, ASKING) === 0;
  }

  /** What becomes of the object. */
  get phase(): Phase {
    return Atomics.load(this.#words, PHASE) as Phase;
  }

  /** Resolves when the phase is another one; undefined: it is. */
  phaseChanged(from: Phase): Promise<unknown> | undefined {
    return this.#changed(PHASE, from);
  }

  #changed(word: number, from: number): Promise<unknown> | undefined {
    const wait = Atomics.waitAsync(this.#words, word, from);
    return wait.async ? wait.value : undefined;
  }

  /** Whether the object is poisoned. */
  get isPoisoned(): boolean {
    return Atomics.load(this.#words, POISON) !== 0;
  }

  /** For the owner: the object is poisoned, by what is written here. */
  poison(cause: Writer, times: number): void {
    const fits = cause.byteLength <= CAUSE_BYTES;
    const words = this.#words;
    if (fits) this.#cause.set(cause.bytes.subarray(0, cause.byteLength));
    Atomics.store(words, CAUSE_LENGTH, fits ? cause.byteLength : 0);
    Atomics.store(words, POISON, times);
  }

  /** The object is not poisoned any more. */
  clearPoison(): void {
    Atomics.store(this.#words, POISON, 0);
  }

  /** What has poisoned the object; undefined: that was too much to be kept, or it is not. */
  get cause(): Reader | undefined {
    const words = this.#words;
    const times = Atomics.load(words, POISON);
    const length = Atomics.load(words, CAUSE_LENGTH);
    if (times === 0 || length === 0) return undefined;
    const bytes = this.#cause.slice(0, length);
    // Else the owner may just have written another one.
    return Atomics.load(words, POISON) === times ? Reader.of(bytes) : undefined;
  }
}

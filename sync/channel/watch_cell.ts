/**
 * The cell of a watch: the last value and its version.
 *
 * The protocol is in the folder's README, "Watch".
 *
 * @module
 */

import { giveWay } from "../thread/backoff.ts";
import type { SharedHandle } from "../memory/handle.ts";
import { LINE, partOf, wordsOf } from "../memory/memory.ts";
import { currentThread, type ThreadRegistry } from "../thread/thread.ts";
import { loadWords, type Payload, storeWords } from "./payload.ts";
import { Publication, PUBLICATION_SIZE } from "./publication.ts";

const MARK = 0; //               written once: what values are
const WIDTH = 1; //              written once: how many words a value has
const VERSION = LINE / 4; //     how many values there were, modulo 2^32
const WRITER = 2 * LINE / 4; //  the thread that writes the next value, or 0
const PUBLICATION = 3 * LINE; // in bytes
const VALUES = (PUBLICATION + PUBLICATION_SIZE) / 4;

/** Places for values: that of version v is v modulo this. A power of two. */
const PLACES = 4;

/** There is no other value than the one that was seen. */
export const SAME = 0;
/** There is another one. */
export const CHANGED = 1;
/** There never will be another one. */
export const OVER = 2;
/** What {@linkcode WatchCell.look} found. */
export type Look = typeof SAME | typeof CHANGED | typeof OVER;

/** The memory that a cell takes, in bytes. */
export function cellLengthOf(width: number): number {
  return 4 * (VALUES + PLACES * width);
}

/** A value that is replaced as a whole. */
export class WatchCell<T> extends Publication {
  /** How a value stands in words. */
  readonly payload: Payload<T>;
  readonly #words: Int32Array;
  readonly #me: number;
  readonly #threads: ThreadRegistry;

  /** Attaches to a cell. */
  constructor(handle: SharedHandle, payload: Payload<T>) {
    super(partOf(handle, PUBLICATION));
    this.payload = payload;
    this.#words = wordsOf(handle, cellLengthOf(payload.width) / 4);
    const { id, threads } = currentThread();
    this.#me = id;
    this.#threads = threads;
  }

  /** Whether the memory holds a cell of this form. */
  static fits(handle: SharedHandle, payload: Payload<unknown>): boolean {
    const words = wordsOf(handle, WIDTH + 1);
    return Atomics.load(words, MARK) === payload.mark &&
      Atomics.load(words, WIDTH) === payload.width;
  }

  /** Makes a cell with the value on the stage out of zeroed memory. */
  init(count: number): void {
    const words = this.#words;
    storeWords(words, this.#at(0), this.payload.stage, count);
    Atomics.store(words, WIDTH, this.payload.width);
    Atomics.store(words, MARK, this.payload.mark);
  }

  /** Which value is the last one. */
  get version(): number {
    return Atomics.load(this.#words, VERSION);
  }

  /** Brings the last value to the stage; returns its version. */
  read(): number {
    const words = this.#words;
    for (;;) {
      const version = Atomics.load(words, VERSION);
      loadWords(words, this.#at(version), this.payload);
      // Its place is written again for the version PLACES later, and that only
      // after the version before that is there.
      const passed = (Atomics.load(words, VERSION) - version) >>> 0;
      if (passed < PLACES - 1) return version;
    }
  }

  /**
   * Makes the value on the stage the last one.
   *
   * @param count How many words it has.
   * @param after Only if this is still the version of the last one.
   * @returns `CHANGED`; or `SAME` if that is another one, `OVER` if the senders are
   * gone: nothing was changed then.
   */
  write(count: number, after?: number): Look {
    const words = this.#words;
    this.#claim();
    // After the claim: who finds the senders gone and no claim is at the end.
    let done: Look = OVER;
    if (!this.senders.isGone) {
      const version = Atomics.load(words, VERSION);
      const next = (version + 1) | 0;
      if (after === undefined || after === version) {
        storeWords(words, this.#at(next), this.payload.stage, count);
        // From here on it is the last one.
        Atomics.store(words, VERSION, next);
        done = CHANGED;
      } else done = SAME;
    }
    Atomics.store(words, WRITER, 0);
    this.news.signal();
    return done;
  }

  /** Whether there is another value than that of a version, or may still be. */
  look(seen: number): Look {
    const words = this.#words;
    const isOver = this.senders.isGone;
    // At the end who writes is waited for: it is the last value, or none.
    for (let looks = 0; isOver; looks++) {
      const writer = Atomics.load(words, WRITER);
      if (!this.#isAtWork(writer)) break;
      giveWay(words, WRITER, writer, looks);
    }
    if (Atomics.load(words, VERSION) !== seen) return CHANGED;
    return isOver ? OVER : SAME;
  }

  /** Lets one thread write at a time; takes over from a lost one. */
  #claim(): void {
    const words = this.#words;
    for (let looks = 0;; looks++) {
      const writer = Atomics.load(words, WRITER);
      if (this.#isAtWork(writer)) giveWay(words, WRITER, writer, looks);
      else if (
        Atomics.compareExchange(words, WRITER, writer, this.#me) === writer
      ) return;
    }
  }

  /** Whether a thread writes, which will go on. */
  #isAtWork(writer: number): boolean {
    // A thread that finds itself was cut off, as by a stack that is full.
    return writer !== 0 && writer !== this.#me && this.#threads.isLive(writer);
  }

  /** The first word of the place for a version. */
  #at(version: number): number {
    return VALUES + (version & (PLACES - 1)) * this.payload.width;
  }
}

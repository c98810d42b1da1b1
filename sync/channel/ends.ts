/**
 * The ends of one side of a channel, and whether that side is gone.
 *
 * The protocol is in the folder's README, "Ends".
 *
 * @module
 */

import { LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { currentThread, type ThreadRegistry } from "../thread/thread.ts";
import { countEntries, ENTRIES, takeEntry, USED } from "./end_entries.ts";

const STATE = 0; // opens << 1 | gone

const GONE = 1;
/** `opens` counts modulo this, and is never 0 again. */
const MAX_OPENS = 0x7fffffff;

/** The most ends that a side can have at once, unless it is made for fewer. */
export const MAX_ENDS = 254;

/**
 * The memory that a side takes, in bytes: whole lines.
 *
 * @param most The most ends that there can be at once.
 */
export function endsSize(most: number): number {
  return Math.ceil(4 * (ENTRIES + most) / LINE) * LINE;
}

/** The memory that a side with {@linkcode MAX_ENDS} takes, in bytes. */
export const ENDS_SIZE: number = endsSize(MAX_ENDS);

/**
 * One side of a channel: all its senders, or all its receivers. Zeroed memory is
 * a side that never had an end.
 *
 * A side is *gone* for ever once it has had an end and none is left whose thread
 * lives, or once it was shut. The table of entries alone says which ends there
 * are, so a thread may be lost anywhere in here: who looks puts that right.
 *
 * Nobody is woken from here. Who makes a side gone (`close()`, `shut()` and
 * `look()` return true) tells those who wait, at both event counts.
 */
export class Ends {
  readonly #words: Int32Array;
  readonly #most: number;
  readonly #me: number;
  readonly #threads: ThreadRegistry;
  /** An entry that had a live end when last looked at. */
  #alive = 0;

  /** Attaches to a side, as this thread. */
  constructor(slice: SharedSlice, most: number = MAX_ENDS) {
    this.#words = wordsOf(slice, ENTRIES + most);
    this.#most = most;
    const { id, threads } = currentThread();
    this.#me = id;
    this.#threads = threads;
  }

  /** Whether no end is left, as far as anybody has looked. One load. */
  get isGone(): boolean {
    return (Atomics.load(this.#words, STATE) & GONE) !== 0;
  }

  /** How many ends there are whose threads live. */
  get count(): number {
    return countEntries(this.#words, this.#threads);
  }

  /**
   * Opens an end for this thread.
   *
   * @returns Its entry, or `undefined` if the side is gone.
   * @throws {RangeError} If there are as many ends as there can be.
   */
  open(): number | undefined {
    const words = this.#words;
    if (this.isGone) return undefined;
    const entry = this.#take();
    // From here on who scans sees the entry; who has scanned before must not
    // have the last word, and is told so by the count.
    for (;;) {
      const state = Atomics.load(words, STATE);
      if ((state & GONE) !== 0) {
        Atomics.compareExchange(words, ENTRIES + entry, this.#me, 0);
        return undefined;
      }
      const opens = state >>> 1;
      const next = opens === MAX_OPENS ? 1 : opens + 1;
      if (
        Atomics.compareExchange(words, STATE, state, next << 1) === state
      ) return entry;
    }
  }

  /**
   * Closes an end of this thread. To be called once for each entry that
   * {@linkcode open} returned, since entries are used again.
   *
   * @returns Whether this call made the side gone.
   */
  close(entry: number): boolean {
    const words = this.#words;
    const at = ENTRIES + entry;
    if (Atomics.compareExchange(words, at, this.#me, 0) !== this.#me) {
      return false; // taken over from a thread that was thought to be lost
    }
    return this.#settle();
  }

  /**
   * Makes the side gone at once, whoever has an end.
   *
   * @returns Whether this call did it.
   */
  shut(): boolean {
    return (Atomics.or(this.#words, STATE, GONE) & GONE) === 0;
  }

  /**
   * Looks whether a thread with an end still lives; if none does, the side is
   * gone. For who waits for this side, before each sleep. As a rule three loads.
   *
   * @returns Whether the side is gone.
   */
  look(): boolean {
    if (this.isGone) return true;
    if (this.#isLive(this.#alive)) return false;
    return this.#settle() || this.isGone;
  }

  #take(): number {
    const me = { id: this.#me, threads: this.#threads };
    const entry = takeEntry(this.#words, this.#most, me);
    if (entry !== undefined) return entry;
    throw new RangeError(
      `Cannot open end of channel as there can be ${this.#most} on a side at once: received one more`,
    );
  }

  /** Makes the side gone if no end is left. Returns whether this call did. */
  #settle(): boolean {
    const words = this.#words;
    for (;;) {
      const state = Atomics.load(words, STATE);
      if ((state & GONE) !== 0) return false;
      const used = Atomics.load(words, USED);
      // A thread may have been lost between its entry and the count.
      let opened = state !== 0;
      for (let entry = 0; entry < used; entry++) {
        const holder = Atomics.load(words, ENTRIES + entry);
        if (holder === 0) continue;
        if (this.#threads.isLive(holder)) {
          this.#alive = entry;
          return false;
        }
        opened = true;
      }
      if (!opened) return false;
      if (
        Atomics.compareExchange(words, STATE, state, state | GONE) === state
      ) return true;
    }
  }

  #isLive(entry: number): boolean {
    const holder = Atomics.load(this.#words, ENTRIES + entry);
    return holder !== 0 && this.#threads.isLive(holder);
  }
}

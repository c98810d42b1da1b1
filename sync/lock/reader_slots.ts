/**
 * Who reads under a reader-writer lock: a place for each thread.
 *
 * The protocol is in the folder's README, "RwLock".
 *
 * @module
 */

import type { GiveUp } from "../thread/give_up.ts";
import { hold, release } from "../thread/keep_alive.ts";
import { LOCK_WORDS, OWNER } from "./lock_layout.ts";
import { LINE } from "../memory/memory.ts";
import { Spinner } from "../thread/spin.ts";
import {
  currentThread,
  indexOf,
  MAX_THREADS,
  runsElsewhere,
  SLICE,
  type ThreadId,
} from "../thread/thread.ts";
import type { Deadline } from "../thread/timeout.ts";

/** All threads that have ever read have an index below this one. */
const END = 4;

const SLOTS = LOCK_WORDS;
/** A slot: WAITED | id of the thread that reads or wants to, or 0. */
const WAITED = 1 << 31;
/** How often its thread holds the lock; only that thread touches this word. */
export const HOLDS = 1;

const WORDS_PER_SLOT = 2;
const WORDS_PER_LINE = LINE / 4;
/** Threads with the next index have another line. */
const LINES = MAX_THREADS * WORDS_PER_SLOT / WORDS_PER_LINE;

/** How many words a lock has, those of its lock word included. */
export const RW_LOCK_WORDS: number = SLOTS + LINES * WORDS_PER_LINE;

/** Where the slot of a thread is. */
export function slotOf(thread: ThreadId): number {
  return slotAt(indexOf(thread));
}

function slotAt(index: number): number {
  return SLOTS + (index % LINES) * WORDS_PER_LINE +
    Math.floor(index / LINES) * WORDS_PER_SLOT;
}

/** The slots of one lock. */
export class ReaderSlots {
  readonly #words: Int32Array;
  readonly #spinner = new Spinner();

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** How many threads read, at this moment. */
  get count(): number {
    const { threads } = currentThread();
    const end = Atomics.load(this.#words, END);
    let count = 0;
    for (let index = 0; index < end; index++) {
      const seen = Atomics.load(this.#words, slotAt(index));
      if (seen !== 0 && threads.isLive(seen & OWNER)) count++;
    }
    return count;
  }

  /** Forgets what a former thread with this index held. */
  reset(thread: ThreadId): void {
    const slot = slotOf(thread);
    const seen = Atomics.load(this.#words, slot);
    if ((seen & OWNER) !== thread) this.#words[slot + HOLDS] = 0;
  }

  /** Whether writers look at the slot of a thread. */
  has(thread: ThreadId): boolean {
    return Atomics.load(this.#words, END) > indexOf(thread);
  }

  /** Makes writers look at the slot of a thread. Only for who has the lock. */
  add(thread: ThreadId): void {
    if (!this.has(thread)) {
      Atomics.store(this.#words, END, indexOf(thread) + 1);
    }
  }

  /** Says that a thread reads. Only for that thread. */
  enter(slot: number, thread: ThreadId): void {
    Atomics.exchange(this.#words, slot, thread);
  }

  /** Says that a thread reads no more. Only for that thread. */
  leave(slot: number): void {
    if (Atomics.exchange(this.#words, slot, 0) < 0) {
      Atomics.notify(this.#words, slot);
    }
  }

  /** Whether all slots are empty but one. Only for who has the lock. */
  areEmptyBut(own: number): boolean {
    const words = this.#words;
    const end = words[END]!;
    for (let index = 0; index < end; index++) {
      const slot = slotAt(index);
      if (slot !== own && Atomics.load(words, slot) !== 0) return false;
    }
    return true;
  }

  /** Whether no thread that lives reads. Only for who has the lock. */
  areUnused(): boolean {
    const end = this.#words[END]!;
    for (let index = 0; index < end; index++) {
      if (this.#reader(slotAt(index)) !== 0) return false;
    }
    return true;
  }

  /**
   * Waits until no thread reads. Only for who has the lock.
   *
   * @returns False if the time is up.
   */
  drain(deadline: Deadline): boolean {
    const end = this.#words[END]!;
    for (let index = 0; index < end; index++) {
      const slot = slotAt(index);
      if (Atomics.load(this.#words, slot) === 0 || this.#spin(slot)) continue;
      const start = performance.now();
      const isEmpty = this.#await(slot, deadline);
      this.#spinner.failed(performance.now() - start);
      if (!isEmpty) return false;
    }
    return true;
  }

  /**
   * Waits until no thread reads, without blocking this one. Only for a thread
   * that has the lock.
   *
   * @throws What ends the wait early.
   */
  async drainAsync(giveUp: GiveUp): Promise<void> {
    const end = this.#words[END]!;
    hold();
    try {
      for (let index = 0; index < end; index++) {
        const slot = slotAt(index);
        for (;;) {
          const seen = this.#mark(slot);
          if (seen === 0) break;
          const sleep = Atomics.waitAsync(this.#words, slot, seen, SLICE);
          if (sleep.async) await giveUp.orFirst(sleep.value);
        }
      }
    } finally {
      release();
    }
  }

  /** Sleeps until a slot is empty. Returns false if the time is up. */
  #await(slot: number, deadline: Deadline): boolean {
    for (;;) {
      const seen = this.#mark(slot);
      if (seen === 0) return true;
      if (deadline.passed) return false;
      Atomics.wait(this.#words, slot, seen, deadline.slice(SLICE));
    }
  }

  /** Waits for a moment. Returns whether the slot is empty. */
  #spin(slot: number): boolean {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      const seen = Atomics.load(this.#words, slot);
      if (seen === 0) {
        this.#spinner.succeeded(round);
        return true;
      }
      if (round === 0 && !runsElsewhere(seen & OWNER)) return false;
      Atomics.pause?.();
    }
    return false;
  }

  /**
   * Has the reader wake us.
   *
   * @returns The slot, on which to sleep; 0 if nobody reads there.
   */
  #mark(slot: number): number {
    for (;;) {
      const seen = this.#reader(slot);
      if (
        seen <= 0 ||
        Atomics.compareExchange(this.#words, slot, seen, seen | WAITED) === seen
      ) return seen === 0 ? 0 : seen | WAITED;
    }
  }

  /** The slot, emptied if its thread is gone. */
  #reader(slot: number): number {
    const seen = Atomics.load(this.#words, slot);
    if (seen === 0 || currentThread().threads.isLive(seen & OWNER)) return seen;
    // If that fails, a thread that has the index now wants to read, and cannot.
    Atomics.compareExchange(this.#words, slot, seen, 0);
    return 0;
  }
}

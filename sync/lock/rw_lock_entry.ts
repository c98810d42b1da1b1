/**
 * How a thread gets into a reader-writer lock, and out of it.
 *
 * The protocol is in the folder's README, "RwLock".
 *
 * @module
 */

import { GiveUp } from "../thread/give_up.ts";
import { DeadlockError } from "./lock_errors.ts";
import { LOCK, NOBODY, OWNER, POISON } from "./lock_layout.ts";
import type { LockAsyncOptions } from "./lock_options.ts";
import { LockWord, notHeld } from "./lock_word.ts";
import { HOLDS, ReaderSlots, slotOf } from "./reader_slots.ts";
import { Spinner } from "../thread/spin.ts";
import { runsElsewhere, type ThreadId } from "../thread/thread.ts";
import { Deadline, timeoutError } from "../thread/timeout.ts";

/** The writer that is in, or 0. Plain: only who has the lock word touches it. */
const WRITER = 2;

/** What readers and writers do, for messages. */
export const READ = "lock for reading";
/** See {@linkcode READ}. */
export const WRITE = "lock for writing";

/** The protocol for one thread, without the doors. */
export class RwLockEntry {
  /** Who reads. */
  readonly readers: ReaderSlots;
  readonly #words: Int32Array;
  readonly #lock: LockWord;
  readonly #spinner = new Spinner();
  /** The id of this thread, once it was needed. */
  #me = NOBODY;
  /** The same, once writers look at its slot. */
  #reader = NOBODY;
  #slot = 0;

  /** @param words A view on all words of the lock. */
  constructor(words: Int32Array) {
    this.#words = words;
    this.readers = new ReaderSlots(words);
    this.#lock = new LockWord(words, () => {
      // It may have been a reader on its way, or a writer that still waited.
      if (words[WRITER] === 0) return;
      Atomics.store(words, POISON, 1);
      words[WRITER] = 0;
    });
  }

  /** Whether a thread has the lock word. */
  get isTaken(): boolean {
    return this.#lock.isTaken;
  }

  /** Begins a read; blocks the thread until it can. */
  read(timeout: number | undefined): void {
    if (this.#reader === NOBODY || !this.#join()) this.#readSlowly(timeout);
  }

  /** Begins a read if it can at once. */
  tryRead(): boolean {
    if (this.#isKnown() && this.#joinQuietly()) return true;
    if (!this.#lock.tryTake(this.#me)) return false;
    this.#letIn(READ);
    return true;
  }

  /** Begins a read for a task if it can at once and no other task waits. */
  readInTurn(): boolean {
    if (!this.#lock.noneInLine || !this.#isKnown()) return false;
    // Another task's read is not its own.
    const holds = this.#words[this.#slot + HOLDS]!;
    if (holds !== 0 && Atomics.load(this.#words, LOCK) !== 0) return false;
    return this.#join();
  }

  /** Begins a read for a task, when it can. */
  async readAsync(options: LockAsyncOptions): Promise<void> {
    const me = this.#introduce();
    const end = new GiveUp(READ, options);
    try {
      await this.#lock.takeAsync(me, end, () => this.#letIn(READ));
    } finally {
      end.forget();
    }
  }

  /** Ends a read. */
  endRead(): void {
    if (this.#me === NOBODY) this.#introduce();
    const slot = this.#slot;
    const holds = this.#words[slot + HOLDS]!;
    if (holds === 0) {
      throw new TypeError(
        "Cannot unlock for reading as this thread does not hold the lock for reading",
      );
    }
    this.#words[slot + HOLDS] = holds - 1;
    if (holds === 1) this.readers.leave(slot);
  }

  /** Begins the write; blocks the thread until it can. */
  write(timeout: number | undefined): void {
    const me = this.#me === NOBODY ? this.#introduce() : this.#me;
    const words = this.#words;
    if (words[this.#slot + HOLDS] !== 0) {
      throw new DeadlockError(
        `Cannot ${WRITE} as this thread holds the lock for reading: it would wait for itself`,
      );
    }
    const taken = Atomics.compareExchange(words, LOCK, 0, me) === 0;
    if (!taken || !this.readers.areEmptyBut(this.#slot)) {
      this.#writeSlowly(me, taken, timeout);
    }
    words[WRITER] = me;
  }

  /** Begins the write if it can at once. */
  tryWrite(): boolean {
    const me = this.#introduce();
    const words = this.#words;
    if (words[this.#slot + HOLDS] !== 0) return false;
    if (
      Atomics.compareExchange(words, LOCK, 0, me) !== 0 &&
      !this.#lock.tryTake(me)
    ) return false;
    if (!this.readers.areUnused()) {
      this.#giveBack(WRITE);
      return false;
    }
    words[WRITER] = me;
    return true;
  }

  /** Begins the write for a task, when it can. */
  async writeAsync(options: LockAsyncOptions): Promise<void> {
    const me = this.#introduce();
    const words = this.#words;
    const taken = this.#lock.noneInLine &&
      Atomics.compareExchange(words, LOCK, 0, me) === 0;
    if (!taken || !this.readers.areUnused()) {
      await this.#writeInTurn(me, taken, options);
    }
    words[WRITER] = me;
  }

  /** Whether this thread writes. Only for who holds the lock. */
  get isWriting(): boolean {
    return this.#words[WRITER] === this.#me;
  }

  /** Whether this thread reads. */
  get isReading(): boolean {
    return this.#words[this.#slot + HOLDS] !== 0;
  }

  /** Ends the write. */
  endWrite(): void {
    const action = "unlock for writing";
    this.#stopWriting(action);
    this.#giveBack(action);
  }

  /** Ends the write and begins a read. */
  downgrade(): void {
    const action = "downgrade lock";
    this.#stopWriting(action);
    this.#letIn(action);
  }

  #introduce(): ThreadId {
    if (this.#me === NOBODY) {
      this.#me = this.#lock.introduce();
      this.#slot = slotOf(this.#me);
      this.readers.reset(this.#me);
    }
    return this.#me;
  }

  /** Whether writers look at the slot of this thread. */
  #isKnown(): boolean {
    if (this.#reader !== NOBODY) return true;
    const me = this.#introduce();
    if (!this.readers.has(me)) return false;
    this.#reader = me;
    return true;
  }

  /**
   * Reads, unless a writer has the lock or waits for it. A thread that reads
   * already reads once more in any case.
   */
  #join(): boolean {
    const words = this.#words;
    const slot = this.#slot;
    const holds = words[slot + HOLDS]!;
    if (holds === 0) {
      this.readers.enter(slot, this.#reader);
      // Either this sees the writer, or the writer sees the slot.
      if (Atomics.load(words, LOCK) !== 0) {
        this.readers.leave(slot);
        return false;
      }
    }
    words[slot + HOLDS] = holds + 1;
    return true;
  }

  /** The same, and writers are not disturbed by who tries again and again. */
  #joinQuietly(): boolean {
    const holds = this.#words[this.#slot + HOLDS]!;
    if (holds === 0 && Atomics.load(this.#words, LOCK) !== 0) return false;
    return this.#join();
  }

  #readSlowly(timeout: number | undefined): void {
    const deadline = new Deadline(timeout);
    if (this.#reader === NOBODY && this.#isKnown() && this.#join()) return;
    if (this.#reader !== NOBODY && this.#spin()) return;
    const start = performance.now();
    this.#lock.take(this.#introduce(), deadline, READ, false);
    this.#letIn(READ);
    this.#spinner.failed(performance.now() - start);
  }

  /** Does not take the lock word: others that read need not wait for that. */
  #spin(): boolean {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      const seen = Atomics.load(this.#words, LOCK);
      if (seen === 0 && this.#join()) {
        this.#spinner.succeeded(round);
        return true;
      }
      if (round === 0) {
        const owner = seen & OWNER;
        if (owner === this.#reader || !runsElsewhere(owner)) return false;
      }
      Atomics.pause?.();
    }
    return false;
  }

  /** Begins a read with the lock word in hand, and gives that back. */
  #letIn(action: string): void {
    const me = this.#me;
    const slot = this.#slot;
    this.readers.add(me);
    this.#reader = me;
    const holds = this.#words[slot + HOLDS]!;
    if (holds === 0) this.readers.enter(slot, me);
    this.#words[slot + HOLDS] = holds + 1;
    this.#giveBack(action);
  }

  #writeSlowly(
    me: ThreadId,
    taken: boolean,
    timeout: number | undefined,
  ): void {
    const deadline = new Deadline(timeout);
    if (!taken) this.#lock.take(me, deadline, WRITE);
    let alone = false;
    try {
      alone = this.readers.drain(deadline);
    } finally {
      if (!alone) this.#giveBack(WRITE);
    }
    if (!alone) throw timeoutError(WRITE, deadline.timeout);
  }

  async #writeInTurn(
    me: ThreadId,
    taken: boolean,
    options: LockAsyncOptions,
  ): Promise<void> {
    const end = new GiveUp(WRITE, options);
    try {
      if (!taken) await this.#lock.takeAsync(me, end);
      try {
        await this.readers.drainAsync(end);
      } catch (error) {
        this.#giveBack(WRITE);
        throw error;
      }
    } finally {
      end.forget();
    }
  }

  #stopWriting(action: string): void {
    const me = this.#introduce();
    const writer = this.#words[WRITER];
    if (writer !== me) throw notHeld(action, writer !== 0);
    this.#words[WRITER] = 0;
  }

  /** Gives the lock word to the next. Throws if this thread was taken for lost. */
  #giveBack(action: string): void {
    const me = this.#me;
    if (Atomics.compareExchange(this.#words, LOCK, me, 0) !== me) {
      this.#lock.give(me, action);
    }
  }
}

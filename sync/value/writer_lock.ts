/**
 * A lock of one word for a few instructions, which no code of the caller and no
 * wait is among.
 *
 * Nobody gives up: who has it goes on at once, or is lost, and then the next one
 * takes it over; so does the owner itself, if it was cut off. What it protects must
 * be whole at every moment. The protocol is in the folder's README, "SharedCell".
 *
 * @module
 */

import { Spinner } from "../thread/spin.ts";
import {
  currentThread,
  runsElsewhere,
  SLICE,
  type ThreadId,
  type ThreadRegistry,
} from "../thread/thread.ts";

const CONTENDED = 1 << 31;
const OWNER = 0x7fffffff;

/** A word that is 0, or `CONTENDED | id` of the thread that has the lock. */
export class WriterLock {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #me: ThreadId;
  readonly #threads: ThreadRegistry;
  readonly #spinner = new Spinner();

  /** Attaches to a lock; a zero is a free one. */
  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
    const { id, threads } = currentThread();
    this.#me = id;
    this.#threads = threads;
  }

  /** Takes the lock, or that of a lost thread; blocks while another one has it. */
  take(): void {
    if (
      Atomics.compareExchange(this.#words, this.#index, 0, this.#me) !== 0
    ) this.#takeSlowly();
  }

  /** Gives the lock back, and wakes one who waits; not if it was taken over. */
  give(): void {
    const me = this.#me;
    if (Atomics.compareExchange(this.#words, this.#index, me, 0) === me) return;
    const mine = me | CONTENDED;
    if (Atomics.compareExchange(this.#words, this.#index, mine, 0) === mine) {
      Atomics.notify(this.#words, this.#index, 1);
    }
  }

  #takeSlowly(): void {
    if (this.#spin()) return;
    const start = performance.now();
    for (;;) {
      const seen = Atomics.load(this.#words, this.#index);
      const owner = seen & OWNER;
      // A thread that finds itself was cut off, as by a stack that is full.
      const isFree = owner === 0 || owner === this.#me ||
        !this.#threads.isLive(owner);
      // Others may sleep still, and the next owner is to wake them.
      const next = isFree ? this.#me | CONTENDED : seen | CONTENDED;
      if (
        seen !== next &&
        Atomics.compareExchange(this.#words, this.#index, seen, next) !== seen
      ) continue;
      if (isFree) break;
      Atomics.wait(this.#words, this.#index, next, SLICE);
    }
    this.#spinner.failed(performance.now() - start);
  }

  #spin(): boolean {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      const seen = Atomics.load(this.#words, this.#index);
      if (
        seen === 0 &&
        Atomics.compareExchange(this.#words, this.#index, 0, this.#me) === 0
      ) {
        this.#spinner.succeeded(round);
        return true;
      }
      const owner = seen & OWNER;
      // It waits for this processor itself, or will never go on.
      if (round === 0 && (owner === this.#me || !runsElsewhere(owner))) {
        return false;
      }
      Atomics.pause?.();
    }
    return false;
  }
}

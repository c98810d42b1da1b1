/**
 * The event loop of a thread, as its mailbox uses it: how long a turn lasts, the
 * next one, and whether it is held open.
 *
 * @module
 */

import { allocate } from "../../sync/memory/arena.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { hold, release } from "../../sync/thread/keep_alive.ts";

/** How long microtasks may keep timers and sockets waiting, in ms. */
const LONGEST_TURN = 1;

/** The event loop of this thread. */
export class EventLoop {
  /** Whether timers and sockets are to have their turn. */
  isTurnOver = false;
  readonly #nap = wordsOf(allocate(4), 1);
  #turnStart = 0;
  #holding = false;
  #closed = false;

  /** A turn begins. */
  begin(): void {
    this.#turnStart = 0;
  }

  /** Whether a turn has lasted long. The clock is first read when it is asked for. */
  get isTurnLong(): boolean {
    const now = performance.now();
    if (this.#turnStart === 0) this.#turnStart = now;
    return now - this.#turnStart >= LONGEST_TURN;
  }

  /** Ends the turn if it has lasted long. Returns whether it has. */
  endLongTurn(): boolean {
    if (!this.isTurnLong) return false;
    return this.isTurnOver = true;
  }

  /** Lets timers and sockets have their turn, then goes on. */
  next(then: () => void): void {
    // A wait that is over at once is the cheapest way through the event loop.
    const nap = Atomics.waitAsync(this.#nap, 0, 0);
    Atomics.notify(this.#nap, 0);
    // In any case: promises that go on meanwhile may call and so expect answers.
    this.hold(true);
    (nap.value as Promise<unknown>).then(() => {
      this.isTurnOver = false;
      this.#turnStart = 0;
      then();
    });
  }

  /**
   * Holds it open while this thread sleeps and expects answers. It is let go at a
   * sleep without any, not at each wake-up: one call often follows another, and
   * each change is a call of the engine.
   */
  hold(holding: boolean): void {
    if (holding === this.#holding || (holding && this.#closed)) return;
    this.#holding = holding;
    if (holding) hold();
    else release();
  }

  /** Lets it go for good. */
  close(): void {
    this.#closed = true;
    this.hold(false);
  }
}

/**
 * The word that says whose a lock is, and how threads and tasks wait for it.
 *
 * The protocol is in the folder's README, "Mutex".
 *
 * @module
 */

import type { GiveUp } from "../thread/give_up.ts";
import { hold, release } from "../thread/keep_alive.ts";
import { DeadlockError } from "./lock_errors.ts";
import {
  ARMED,
  CONTENDED,
  HANDED,
  LOCK,
  NEXT,
  OWNER,
  TASK,
} from "./lock_layout.ts";
import { LockWaiter } from "./lock_waiter.ts";
import { Spinner } from "../thread/spin.ts";
import { TaskLine } from "../thread/task_line.ts";
import {
  currentThread,
  runsElsewhere,
  SLICE,
  type ThreadId,
  type ThreadRegistry,
} from "../thread/thread.ts";
import { type Deadline, timeoutError } from "../thread/timeout.ts";

/** How long others leave the word to a task that it was handed to, in ms. */
const GRACE = 1;

const TAKEN = 0;

/**
 * What is slow about a lock. The quick part is for who uses it: to take the word
 * is to exchange 0 for one's own id, to give it back is the reverse, and what
 * fails is done here.
 */
export class LockWord {
  readonly #words: Int32Array;
  readonly #spinner = new Spinner();
  readonly #line = new TaskLine();
  /** Called after the word of a lost thread was taken. */
  readonly #recovered: () => void;
  #threads: ThreadRegistry | undefined;
  /** For all calls that only try: they leave nothing in it. */
  #trier: LockWaiter | undefined;

  /**
   * @param words A view that starts with {@linkcode LOCK_WORDS} for this.
   * @param recovered Called by the new owner of what a lost thread had.
   */
  constructor(words: Int32Array, recovered: () => void) {
    this.#words = words;
    this.#recovered = recovered;
  }

  /** Whether no task waits by this object; those that do are first. */
  get noneInLine(): boolean {
    return this.#line.isEmpty;
  }

  /** Whether a thread has it, at this moment. */
  get isTaken(): boolean {
    return (Atomics.load(this.#words, LOCK) & OWNER) > HANDED;
  }

  /** The id of this thread; to be called before anything else. */
  introduce(): ThreadId {
    const { threads, id } = currentThread();
    this.#threads = threads;
    return id;
  }

  /**
   * Takes the word; blocks the thread until it can.
   *
   * @param action What is done, for messages: `lock mutex`.
   * @param spins Whether to spin before the first sleep.
   * @throws {DeadlockError} If this thread has it.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  take(
    me: ThreadId,
    deadline: Deadline,
    action: string,
    spins: boolean = true,
  ): void {
    if ((Atomics.load(this.#words, LOCK) & OWNER) === me) {
      throw new DeadlockError(
        `Cannot ${action} as this thread holds it: only this thread could unlock it`,
      );
    }
    if (spins && this.#spin(me)) return;
    const start = performance.now();
    const waiter = this.#waiter(me, 0);
    let slept = false;
    for (;;) {
      const state = this.#look(me, waiter);
      if (state === TAKEN) break;
      if (deadline.passed) {
        this.#leave(waiter);
        throw timeoutError(action, deadline.timeout);
      }
      const whole = this.#sleepOf(state);
      const time = deadline.slice(whole);
      const end = Atomics.wait(this.#words, LOCK, state, time);
      slept ||= end !== "not-equal";
      waiter.count(state, end === "timed-out" && time === whole);
    }
    if (slept) this.#spinner.failed(performance.now() - start);
  }

  /** Takes the word if nobody has it who lives. */
  tryTake(me: ThreadId): boolean {
    const trier = this.#trier ??= this.#waiter(me, 0, true);
    return this.#look(me, trier) === TAKEN;
  }

  /**
   * Takes the word when it is this task's turn, without blocking the thread.
   *
   * @param taken Called at once, before other tasks run.
   * @throws What ends the wait early.
   */
  takeAsync(me: ThreadId, end: GiveUp, taken?: () => void): Promise<void> {
    return this.#line.wait(end, () => this.#takeTurn(me, end, taken));
  }

  /**
   * Gives the word to the next.
   *
   * @param action What is done, for the message: `unlock mutex`.
   * @throws {TypeError} If this thread does not have it.
   */
  give(me: ThreadId, action: string): void {
    const seen = Atomics.load(this.#words, LOCK);
    if ((seen & OWNER) !== me) throw notHeld(action, (seen & OWNER) > HANDED);
    const next = Atomics.load(this.#words, NEXT);
    const handOn = (seen & CONTENDED) !== 0 && next !== 0 &&
      this.#threads!.isLive(next & OWNER);
    const free = handOn ? HANDED | CONTENDED : 0;
    // Fails if the others took this thread for lost, or began to wait.
    if (Atomics.compareExchange(this.#words, LOCK, seen, free) !== seen) {
      return this.give(me, action);
    }
    if ((seen & CONTENDED) !== 0) this.#wake(handOn ? Infinity : 1);
    // Whoever it was for may have gone before it was handed on.
    if (handOn && Atomics.load(this.#words, NEXT) === 0) this.#takeBack();
  }

  #waiter(me: ThreadId, kind: number, tries: boolean = false): LockWaiter {
    return new LockWaiter(this.#words, this.#threads!, me, kind, tries);
  }

  /** Only before the first sleep: a word that it takes is not marked. */
  #spin(me: number): boolean {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      const seen = Atomics.load(this.#words, LOCK);
      if (
        seen === 0 && Atomics.compareExchange(this.#words, LOCK, 0, me) === 0
      ) {
        this.#spinner.succeeded(round);
        return true;
      }
      // Nor for one that waits for this processor itself.
      if (round === 0 && !runsElsewhere(seen & OWNER)) return false;
      Atomics.pause?.();
    }
    return false;
  }

  /** For the first task in line. */
  async #takeTurn(
    me: number,
    end: GiveUp,
    taken: (() => void) | undefined,
  ): Promise<void> {
    const waiter = this.#waiter(me, TASK);
    hold();
    try {
      for (;;) {
        const armed = this.#arm();
        const state = this.#look(me, waiter);
        if (state === TAKEN) return taken?.();
        const time = this.#sleepOf(state);
        const sleep = Atomics.waitAsync(this.#words, ARMED, armed, time);
        if (!sleep.async) continue;
        const slept = await end.orFirst(sleep.value);
        waiter.count(state, slept === "timed-out");
      }
    } catch (error) {
      this.#leave(waiter);
      throw error;
    } finally {
      release();
    }
  }

  /**
   * Takes the word, or marks it as contended: its owner will wake us, if we stay.
   *
   * @returns `TAKEN`, or the word on which to sleep.
   */
  #look(me: number, waiter: LockWaiter): number {
    const words = this.#words;
    if (waiter.isImpatient) waiter.claim();
    for (;;) {
      const seen = Atomics.load(words, LOCK);
      const owner = seen & OWNER;
      const next = owner === HANDED ? Atomics.load(words, NEXT) : 0;
      if (owner === 0 || (owner === HANDED && waiter.mayTake(next))) {
        // Others may sleep still, and this owner is to wake them.
        if (
          Atomics.compareExchange(words, LOCK, seen, me | CONTENDED) === seen
        ) {
          // Who did not come has to ask again, or each hand-off would wait.
          if (next !== 0) Atomics.compareExchange(words, NEXT, next, 0);
          waiter.unclaim();
          return TAKEN;
        }
      } else if (this.#isLost(seen)) {
        if (this.#recover(seen, me)) {
          waiter.unclaim();
          return TAKEN;
        }
      } else if (
        waiter.tries || (seen & CONTENDED) !== 0 ||
        Atomics.compareExchange(words, LOCK, seen, seen | CONTENDED) === seen
      ) return seen | CONTENDED;
    }
  }

  /** Has tasks woken from now on. Returns the word on which to sleep. */
  #arm(): number {
    for (;;) {
      const seen = Atomics.load(this.#words, ARMED);
      if (
        (seen & 1) !== 0 ||
        Atomics.compareExchange(this.#words, ARMED, seen, seen | 1) === seen
      ) return seen | 1;
    }
  }

  /** How long to sleep on a word at most. */
  #sleepOf(state: number): number {
    const handed = (state & OWNER) === HANDED;
    return handed && Atomics.load(this.#words, NEXT) < 0 ? GRACE : SLICE;
  }

  /** A waiter goes: a word that was handed to it is for the others. */
  #leave(waiter: LockWaiter): void {
    if (waiter.unclaim()) this.#takeBack();
  }

  /** Frees a word that was handed on to nobody. */
  #takeBack(): void {
    const seen = Atomics.load(this.#words, LOCK);
    if ((seen & OWNER) !== HANDED) return;
    // The word must change: others may be about to sleep on it.
    if (Atomics.compareExchange(this.#words, LOCK, seen, 0) === seen) {
      this.#wake(1);
    }
  }

  #isLost(seen: number): boolean {
    const owner = seen & OWNER;
    return owner > HANDED && !this.#threads!.isLive(owner);
  }

  /** Takes the word of a thread that is gone. */
  #recover(seen: number, me: number): boolean {
    const mine = me | CONTENDED;
    if (Atomics.compareExchange(this.#words, LOCK, seen, mine) !== seen) {
      return false;
    }
    this.#recovered();
    return true;
  }

  /** Wakes threads that are blocked, and all tasks that are first in line. */
  #wake(threads: number): void {
    Atomics.notify(this.#words, LOCK, threads);
    const armed = Atomics.load(this.#words, ARMED);
    if ((armed & 1) === 0) return;
    // If that fails, another thread has done it, and notifies.
    if (
      Atomics.compareExchange(this.#words, ARMED, armed, armed + 1) !== armed
    ) return;
    Atomics.notify(this.#words, ARMED);
  }
}

/** The error of who gives a lock back and does not hold it, or not any more. */
export function notHeld(action: string, byOther: boolean): TypeError {
  return new TypeError(
    `Cannot ${action} as this thread does not hold the lock: it is ${
      byOther ? "held by another thread" : "not locked"
    }`,
  );
}

/**
 * A doorbell: what a thread sleeps on while all its rings are empty.
 *
 * The protocol is in the folder's README, "Doorbell".
 *
 * @module
 */

import { LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";

const STATE = 0;
/** Counts the calls to an owner that is away; beside the state, as who calls has just written that. */
const CALLED = 1;
const MAIL = LINE / 4;
const ROOM = 2 * LINE / 4;

const AWAKE = 0;
const BLOCKED = 1;
const AWAY = 2;

/** The most threads that can ring a doorbell: one bit each in a line. */
export const MAX_RINGERS: number = LINE * 8;

/** The memory that a doorbell takes, in bytes. */
export const DOORBELL_SIZE: number = 3 * LINE;

/**
 * How an owner sleeps: `"blocked"` on the word of its doorbell, or `"away"` in
 * its event loop, where it has to be called.
 */
export type SleepKind = "blocked" | "away";

/** What a visit of the bitmaps is told: who rang. */
export type Visitor = (ringer: number) => void;

/**
 * One word to sleep on and two bitmaps: who left mail, and who made room for
 * mail of ours. The owner sleeps and visits, everybody else rings.
 */
export class Doorbell {
  readonly #words: Int32Array;
  readonly #bitWords: number;
  readonly #call: (() => void) | undefined;

  /**
   * Attaches to a doorbell.
   *
   * @param ringers How many threads may ring, at most 1024.
   * @param call For others: reaches the owner in its event loop, by a message.
   * Default: through a word of the doorbell, for an owner that awaits
   * {@linkcode called} whenever it is away.
   */
  constructor(slice: SharedSlice, ringers: number, call?: () => void) {
    if (!Number.isInteger(ringers) || ringers < 1 || ringers > MAX_RINGERS) {
      throw new RangeError(
        `Cannot attach to doorbell as 'ringers' must be an integer from 1 to ${MAX_RINGERS}: received ${ringers}`,
      );
    }
    this.#words = wordsOf(slice, DOORBELL_SIZE / 4);
    this.#bitWords = Math.ceil(ringers / 32);
    this.#call = call;
  }

  /** For others: a ring from this thread to the owner has something new. */
  ringForMail(ringer: number): void {
    this.#ring(MAIL, ringer);
  }

  /** For others: a ring from the owner to this thread has room again. */
  ringForRoom(ringer: number): void {
    this.#ring(ROOM, ringer);
  }

  /**
   * For others: calls an owner that is away, whatever word 0 says. A ringer that was
   * lost may have taken that word, and not have come to the call.
   */
  rouse(): void {
    Atomics.add(this.#words, CALLED, 1);
    Atomics.notify(this.#words, CALLED);
  }

  /** For the owner: whether anybody rang. Cheap enough to spin on. */
  get rung(): boolean {
    for (let w = 0; w < this.#bitWords; w++) {
      if (Atomics.load(this.#words, MAIL + w) !== 0) return true;
      if (Atomics.load(this.#words, ROOM + w) !== 0) return true;
    }
    return false;
  }

  /** For the owner: visits and forgets all who left mail. */
  visitMail(visitor: Visitor): boolean {
    return this.#visit(MAIL, visitor);
  }

  /** For the owner: visits and forgets all who made room. */
  visitRoom(visitor: Visitor): boolean {
    return this.#visit(ROOM, visitor);
  }

  /**
   * For the owner: says that it goes to sleep, and how. Unless this returns true,
   * somebody rang meanwhile and the owner must not sleep.
   */
  arm(kind: SleepKind): boolean {
    Atomics.store(this.#words, STATE, kind === "away" ? AWAY : BLOCKED);
    // Whoever rang before it could see that is seen here.
    if (!this.rung) return true;
    this.disarm();
    return false;
  }

  /**
   * For the owner: resolves when somebody calls it while it is away. To be asked
   * before {@linkcode arm}; undefined: somebody did just now. One such promise
   * is enough for many sleeps, until it resolves.
   */
  called(): Promise<unknown> | undefined {
    const calls = Atomics.load(this.#words, CALLED);
    const call = Atomics.waitAsync(this.#words, CALLED, calls);
    return call.async ? call.value : undefined;
  }

  /** Whether the owner sleeps blocked, and nobody rang. */
  get isBlocked(): boolean {
    return Atomics.load(this.#words, STATE) === BLOCKED && !this.rung;
  }

  /** For the owner: says that it is awake. */
  disarm(): void {
    Atomics.store(this.#words, STATE, AWAKE);
  }

  /** For the owner armed so: blocks until somebody rings, or the time is up. */
  sleep(timeout: number): void {
    Atomics.wait(this.#words, STATE, BLOCKED, timeout);
  }

  #ring(bitmap: number, ringer: number): void {
    const word = bitmap + (ringer >>> 5);
    const bit = 1 << (ringer & 31);
    // A bit that is still set was set by us, and the owner is awake or will see
    // it before it sleeps.
    if ((Atomics.load(this.#words, word) & bit) !== 0) return;
    Atomics.or(this.#words, word, bit);
    const state = Atomics.load(this.#words, STATE);
    if (state !== AWAKE) this.#wake(state);
  }

  /** Of several that find the owner asleep, one wakes it. */
  #wake(state: number): void {
    if (
      Atomics.compareExchange(this.#words, STATE, state, AWAKE) !== state
    ) return;
    if (state === BLOCKED) Atomics.notify(this.#words, STATE);
    else if (this.#call !== undefined) this.#call();
    else this.rouse();
  }

  /** One by one: a visitor that blocks meanwhile, and visits, finds the others. */
  #visit(bitmap: number, visitor: Visitor): boolean {
    let found = false;
    for (let w = 0; w < this.#bitWords; w++) {
      let bits = Atomics.load(this.#words, bitmap + w);
      while (bits !== 0) {
        const bit = bits & -bits;
        bits &= bits - 1;
        if ((Atomics.and(this.#words, bitmap + w, ~bit) & bit) === 0) continue;
        found = true;
        visitor(32 * w + 31 - Math.clz32(bit));
      }
    }
    return found;
  }
}

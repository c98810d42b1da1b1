/**
 * Calls that wait for their answer.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import type { ItemSink } from "../streams/inflow.ts";

/** What to do when a call is answered. */
export interface PendingCall {
  /** The worker that it was sent to; -1: whichever takes it. */
  worker: number;
  /** Resolves its promise. */
  resolve: (value: unknown) => void;
  /** Rejects its promise. */
  reject: (reason: unknown) => void;
  /**
   * When it was made, as `Recorder.called()` says; undefined: it is not counted, or
   * not yet.
   */
  ticket?: number | undefined;
  /** How errors call it. Default: `call`. */
  readonly label?: string;
  /** Where what it yields goes, if it is a stream. */
  readonly items?: ItemSink | undefined;
  /** How its answer is read. Default: as one value. */
  readonly read?: ((answer: Reader) => unknown) | undefined;
}

/** A call that knows its number. */
export interface NumberedCall extends PendingCall {
  /** By what number the worker knows it. */
  number: number;
  /** Where its frame ends in the ring to the worker: see `Peer.mark`. */
  mark: number | undefined;
  /** Whether it is a stream whose next item nobody waits for. */
  isResting?: boolean;
  /** Whether it was given up, and its end is awaited. */
  isEnding?: boolean;
  /** Gives it up: rejects its promise now, and expects its answer all the same. */
  withdraw(reason: unknown): void;
}

/** Nobody waits for it, but its frame may be about yet. */
const DROPPED: PendingCall = { worker: -1, resolve() {}, reject() {} };

const INDEX_BITS = 20;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const SALT_MASK = (1 << (31 - INDEX_BITS)) - 1;

/**
 * A table of calls by number. A number is a place in the table and how often
 * the place was used, so that an answer which comes twice, or too late, meets
 * nobody. 0 is never given out.
 */
export class PendingCalls {
  readonly #calls: (PendingCall | undefined)[] = [undefined];
  readonly #numbers: number[] = [0];
  /** A stack that never shrinks: it fills and empties all the time. */
  readonly #free: number[] = [];
  #freeCount = 0;

  /** Adds a call and gives it a number. */
  add(call: PendingCall): number {
    if (this.#freeCount > 0) {
      const place = this.#free[--this.#freeCount]!;
      this.#calls[place] = call;
      return this.#numbers[place]!;
    }
    if (this.#calls.length > INDEX_MASK) {
      throw new RangeError(
        `Cannot call as ${INDEX_MASK} calls are under way`,
      );
    }
    this.#numbers.push(this.#calls.length);
    return this.#calls.push(call) - 1;
  }

  /** A call that was not answered yet. */
  get(number: number): PendingCall | undefined {
    const place = number & INDEX_MASK;
    const call = this.#calls[place];
    return this.#numbers[place] === number && call !== DROPPED
      ? call
      : undefined;
  }

  /** Takes a call out: it is answered. Undefined if there is none. */
  take(number: number): PendingCall | undefined {
    const place = number & INDEX_MASK;
    const call = this.#calls[place];
    if (
      call === undefined || call === DROPPED || this.#numbers[place] !== number
    ) return undefined;
    this.#calls[place] = undefined;
    const salt = ((number >>> INDEX_BITS) + 1) & SALT_MASK;
    this.#numbers[place] = (salt << INDEX_BITS) | place;
    this.#free[this.#freeCount++] = place;
    return call;
  }

  /** The calls that go to no worker in particular, in no fixed order. */
  unbound(): [number, PendingCall][] {
    const found: [number, PendingCall][] = [];
    for (let place = 1; place < this.#calls.length; place++) {
      const call = this.#calls[place];
      if (call === undefined || call === DROPPED || call.worker >= 0) continue;
      found.push([this.#numbers[place]!, call]);
    }
    return found;
  }

  /** Forgets a call, whose number stays taken for good. */
  drop(number: number): boolean {
    if (this.get(number) === undefined) return false;
    this.#calls[number & INDEX_MASK] = DROPPED;
    return true;
  }

  /** Takes all calls out that a worker will not answer, in no fixed order. */
  takeAll(worker?: number): [number, PendingCall][] {
    const taken: [number, PendingCall][] = [];
    for (let place = 1; place < this.#calls.length; place++) {
      const call = this.#calls[place];
      if (call === undefined || call === DROPPED) continue;
      if (worker !== undefined && call.worker !== worker) continue;
      const number = this.#numbers[place]!;
      this.take(number);
      taken.push([number, call]);
    }
    return taken;
  }
}

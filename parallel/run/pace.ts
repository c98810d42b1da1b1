/**
 * How many indices a thread takes at a time: as many as take about the same time.
 *
 * @module
 */

import type { Lengths } from "../plan/node.ts";

/** How long the indices that are taken together are to last, in ms. */
const PIECE = 0.25;
/** Of a shorter piece, in ms, most may be what surrounds the loop. */
const BRIEF = 0.02;
/** How slowly longer times are believed. */
const DOUBT = 8;
/** The last pieces, of which there are the less left, are no shorter than a share of it. */
const SHARES = 16;
/** A thread takes at most so many times more than the last time. */
const GROWTH = 16;

/** Learns from how long the last ones took. */
export class Pace {
  /** How many to take. */
  size: number;
  /** How long one index takes, in ms, as far as it knows; 0 before it knows. */
  perIndex: number;
  /** The same, of pieces that were long enough to tell. */
  learnt: number;
  /** How many indices can be taken at first although that is not known. */
  brief: number;
  readonly #least: number;
  readonly #most: number;
  /** When the last piece ended. */
  #last = 0;

  /**
   * Starts with what was learnt before.
   *
   * @param perIndex How long one index took, in ms; 0 if that is not known.
   * @param brief How many of them are not long at any rate.
   */
  constructor({ min, max }: Lengths, perIndex: number, brief: number) {
    this.#least = min;
    this.perIndex = this.learnt = perIndex;
    this.brief = brief;
    this.#most = max;
    this.size = this.#within(perIndex === 0 ? brief : PIECE / perIndex);
  }

  /** How many to take even if fewer would be fair to the others. */
  get least(): number {
    return Math.max(this.#least, Math.ceil(this.size / SHARES));
  }

  /** Work begins, or goes on after a pause. */
  start(): number {
    return this.#last = performance.now();
  }

  /**
   * A piece has ended.
   *
   * @param count How many indices it had.
   * @returns The time.
   */
  lap(count: number): number {
    const time = performance.now();
    const took = time - this.#last;
    this.perIndex = took / count;
    if (took > BRIEF || this.perIndex < this.learnt) this.#learn(this.perIndex);
    this.#last = time;
    this.size = this.#within(Math.min(PIECE / this.perIndex, count * GROWTH));
    if (took <= BRIEF && this.size > this.brief) this.brief = this.size;
    return time;
  }

  /** What takes longer this time may have been held up: it is believed slowly. */
  #learn(perIndex: number): void {
    const longer = perIndex - this.learnt;
    this.learnt = this.learnt === 0 || longer < 0
      ? perIndex
      : this.learnt + longer / DOUBT;
  }

  #within(size: number): number {
    return Math.max(this.#least, Math.ceil(Math.min(size, this.#most)));
  }
}

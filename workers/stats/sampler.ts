/**
 * Which calls are timed: all where calls are rare, some where they are many.
 *
 * @module
 */

/**
 * For how long one timed call pays, in ms: what is done for it takes less than a
 * hundredth of that.
 */
const PAYS_FOR = 0.05;
/** The most calls on average from one that is timed to the next. */
const MOST_SKIPPED = 128;
/** Calls that can be timed at once without their ticket being a fraction. */
const PLACES = 256;
/** More than any place, for the times that found none. */
const NO_PLACE = 1e6;

/**
 * Chooses calls at random, about one in each 50 us and at least one in 256, and
 * remembers when they started.
 *
 * A ticket is a small integer: it is kept in an object for each call, and a
 * fraction there would be an object of its own.
 */
export class Sampler {
  #skip = 0;
  #since = 0;
  #last = -Infinity;
  #random: number;
  readonly #starts = new Float64Array(PLACES + 1);
  readonly #free: number[] = Array.from({ length: PLACES }, (_, k) => k + 1);

  /** Starts with the next call. */
  constructor(seed: number = 0x9e3779b9) {
    this.#random = seed | 1;
  }

  /** A call starts. Returns a ticket if it is to be timed; else 0. */
  start(): number {
    this.#since++;
    return this.#skip-- > 0 ? 0 : this.#choose();
  }

  /** A call ends that has a ticket. Returns how long it took, in ms. */
  end(ticket: number): number {
    const now = performance.now();
    if (ticket >= NO_PLACE) return now - (ticket - NO_PLACE);
    this.#free.push(ticket);
    return now - this.#starts[ticket]!;
  }

  /** Times the next call in any case: the thread has been idle. */
  reset(): void {
    this.#skip = 0;
  }

  #choose(): number {
    const now = performance.now();
    const perCall = (now - this.#last) / this.#since;
    this.#last = now;
    this.#since = 0;
    const mean = Math.min(MOST_SKIPPED, PAYS_FOR / perCall);
    // At random, or what comes in the same rhythm would be all or nothing.
    this.#skip = mean < 1 ? 0 : this.#below(2 * mean);
    const place = this.#free.pop();
    if (place === undefined) return now + NO_PLACE;
    this.#starts[place] = now;
    return place;
  }

  /** Source: George Marsaglia, "Xorshift RNGs", 2003. */
  #below(bound: number): number {
    let random = this.#random;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    this.#random = random;
    return Math.floor((random >>> 0) / 2 ** 32 * bound);
  }
}

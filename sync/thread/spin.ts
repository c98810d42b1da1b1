/**
 * How long a thread spins before it sleeps.
 *
 * Waking a sleeping thread takes longer than an answer of one that spins
 * (`deno task bench:compare sync/ping-pong` shows both); but a thread that spins in vain takes the processor from
 * the thread it waits for. So each place that waits keeps a {@linkcode Spinner},
 * which learns how long waits are there and gives up early where spinning does
 * not pay.
 *
 * @module
 */

/**
 * The most rounds of one wait: about as long as it takes to sleep and be woken,
 * so that spinning at worst doubles a wait. None where there is one processor. The
 * model checker sets it to 0.
 */
export const spinLimit: { rounds: number } = {
  rounds: globalThis.navigator?.hardwareConcurrency === 1 ? 0 : 1000,
};

const FEWEST = 10;
/**
 * Pauses between two looks of who waits for records of a stream: so long that
 * several come. That is the most by which the first of them waits longer.
 */
const SHORT_REST = 32;
/**
 * The same for who waits for room: nobody waits for that one while there is much
 * to take, so it may rest until there is a good deal of room.
 */
const LONG_REST = 256;
/** Waits between two tries whether to rest pays. */
const TRY_SOON = 8;
const TRY_LATE = 1024;
/** A sleep so short, in ms, was not worth it: being woken took most of it. */
const SHORT_SLEEP = 0.2;

/** An adaptive bound on the rounds that one place in the program spins. */
export class Spinner {
  #budget: number = spinLimit.rounds;
  #rest = 1;
  /** Waits until the next try, and how many there are between two. */
  #untilTry = TRY_SOON;
  #betweenTries = TRY_SOON;
  #progress = 0;

  /** How many rounds to spin now. */
  get rounds(): number {
    return Math.min(this.#budget, spinLimit.rounds);
  }

  /**
   * A wait begins. Learns how long to rest between two looks.
   *
   * Who looks all the time takes each record of a stream from the hands of the
   * other thread, and the cache line with the position goes back and forth for
   * each. Who rests finds several. So to rest pays if after such a wait more than
   * one step could be made, which is tried now and then; when one thread answers
   * the other, it never does.
   *
   * @param progress How many steps (records taken, say) this end has made in all,
   * modulo 2^32.
   * @param room Who waits for room: how much there is when all is taken. Each
   * step takes longer than a pause: a quarter of so many leaves enough to take.
   */
  begin(progress: number, room: number = 0): void {
    const steps = (progress - this.#progress) | 0;
    this.#progress = progress;
    if (this.#rest === 1) {
      if (--this.#untilTry <= 0) this.#rest = SHORT_REST;
    } else if (steps > 1) {
      this.#betweenTries = TRY_SOON;
      const longest = Math.min(room >> 2, LONG_REST);
      this.#rest = Math.max(SHORT_REST, Math.min(2 * this.#rest, longest));
    } else {
      this.#rest = 1;
      this.#untilTry = this.#betweenTries;
      this.#betweenTries = Math.min(2 * this.#betweenTries, TRY_LATE);
    }
  }

  /**
   * What to do between two looks.
   *
   * @returns How many rounds it took.
   */
  rest(): number {
    for (let k = 0; k < this.#rest; k++) Atomics.pause?.();
    return this.#rest;
  }

  /** The wait ended after this many rounds: the next may take twice as long. */
  succeeded(rounds: number): void {
    const enough = Math.min(2 * rounds + 50, spinLimit.rounds);
    this.#budget += (enough - this.#budget) / 4;
  }

  /**
   * The wait did not end while spinning, and then took a sleep.
   *
   * @param slept How long the sleep was, in ms.
   */
  failed(slept: number): void {
    this.#budget = slept < SHORT_SLEEP
      ? spinLimit.rounds
      : Math.max(FEWEST, this.#budget * 0.75);
  }
}

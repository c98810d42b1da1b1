/**
 * How long a thread spins before it sleeps.
 *
 * Waking a sleeping thread costs microseconds, a spinning one answers in a
 * fraction of that; but a thread that spins in vain takes the processor from
 * the thread it waits for. So each place that waits keeps a {@linkcode Spinner},
 * which learns how long waits are there and gives up early where spinning does
 * not pay.
 *
 * @module
 */

/**
 * The most rounds of one wait: about as long as it takes to sleep and be woken,
 * so that spinning at worst doubles a wait. The model checker sets it to 0.
 */
export const spinLimit: { rounds: number } = { rounds: 1000 };

const FEWEST = 10;
/** A sleep so short, in ms, was not worth it: being woken took most of it. */
const SHORT_SLEEP = 0.2;

/** An adaptive bound on the rounds that one place in the program spins. */
export class Spinner {
  #budget: number = spinLimit.rounds;

  /** How many rounds to spin now. */
  get rounds(): number {
    return Math.min(this.#budget, spinLimit.rounds);
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

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

/** The most rounds of one wait, about 50 µs. The model checker sets it to 0. */
export const spinLimit: { rounds: number } = { rounds: 1000 };

/** An adaptive bound on the rounds that one place in the program spins. */
export class Spinner {
  #budget = 100;

  /** How many rounds to spin now. */
  get rounds(): number {
    return Math.min(this.#budget, spinLimit.rounds);
  }

  /** The wait ended after this many rounds: the next may take twice as long. */
  succeeded(rounds: number): void {
    this.#budget +=
      (Math.min(2 * rounds + 50, spinLimit.rounds) - this.#budget) >> 3;
  }

  /** The wait did not end while spinning. */
  failed(): void {
    this.#budget -= this.#budget >> 2;
    // Never quite zero: a place whose waits become short again must find out.
    if (this.#budget < 10) this.#budget = 10;
  }
}

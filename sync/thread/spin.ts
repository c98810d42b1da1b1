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

const MOST_ROUNDS = 1000;

/**
 * The most rounds of one wait: about as long as it takes to sleep and be woken,
 * so that spinning at worst doubles a wait. None where there is one processor. The
 * model checker sets it to 0.
 */
export const spinLimit: { rounds: number } = {
  rounds: globalThis.navigator?.hardwareConcurrency === 1 ? 0 : MOST_ROUNDS,
};

/**
 * Says how many processors the threads have that this one works with. The engine
 * tells how many this thread may use; one that was started by a pinned thread begins
 * with one, wherever it is pinned then.
 */
export function spinAmong(processors: number): void {
  spinLimit.rounds = processors === 1 ? 0 : MOST_ROUNDS;
}

const FEWEST = 10;
/** A sleep so short, in ms, was not worth it: being woken took most of it. */
const SHORT_SLEEP = 0.2;

/**
 * The bound follows what is longer quickly, and what is shorter slowly: who answers
 * quickly as a rule is now and then late, when its event loop turns (each millisecond) or
 * it collects garbage, and a sleep then takes longer than all that is saved by giving up.
 */
const UP = 4;
const DOWN = 512;

/** To ask where a thread runs takes long beside a sleep on one processor. */
const WAITS_UNASKED = 7;

/** An adaptive bound on the rounds that one place in the program spins. */
export class Spinner {
  #budget: number = spinLimit.rounds;
  /** So many waits do not ask: the last one was told no. */
  #unasked = 0;

  /** How many rounds to spin now. */
  get rounds(): number {
    return Math.min(this.#budget, spinLimit.rounds);
  }

  /**
   * A wait begins. Whether to ask where the thread runs that it is for; if not, do
   * not spin.
   */
  asks(): boolean {
    if (this.#unasked === 0) return this.rounds > 0;
    this.#unasked--;
    return false;
  }

  /** It was asked: whether that thread runs elsewhere. Returns the same. */
  answered(elsewhere: boolean): boolean {
    if (!elsewhere) this.#unasked = WAITS_UNASKED;
    return elsewhere;
  }

  /**
   * What to do between two looks.
   *
   * @returns How many rounds it took.
   */
  rest(): number {
    Atomics.pause?.();
    return 1;
  }

  /** The wait ended after this many rounds: the next may take twice as long. */
  succeeded(rounds: number): void {
    const enough = Math.min(2 * rounds + 50, spinLimit.rounds);
    const more = enough - this.#budget;
    this.#budget += more / (more > 0 ? UP : DOWN);
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

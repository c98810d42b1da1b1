/**
 * How long a thread rests between two looks at a stream.
 *
 * Who looks all the time takes each record of a stream from the hands of the other
 * thread: both work in the same cache lines, which go back and forth for each
 * record. Who rests finds several, and leaves the other thread alone meanwhile.
 * But where one thread answers the other one, each rest is time lost. So each
 * place that waits finds out by itself whether to rest pays.
 *
 * @module
 */

/** The shortest rest, in pauses: several steps of a quick stream. */
const SHORTEST = 32;
/**
 * The longest rest of who waits for records. A record of a stream may have to wait
 * so much longer: less than for a thread that has to be woken.
 */
const LONGEST = 128;
/**
 * The same for who waits for room: nobody waits for that one while there is much
 * to take.
 */
const LONGEST_FOR_ROOM = 256;
/** So many waits tell how much there is to find after rests of one length. */
const WINDOW = 16;
/** A rest pays if, by this factor, more is found than after the one below it. */
const PAYS = 1.2;
/** Windows between two climbs. */
const CLIMB_SOON = 1;
const CLIMB_LATE = 128;

/**
 * The rests of one place in the program that waits.
 *
 * Every now and then it climbs anew, from one length below the present one: as
 * long as a rest of twice the length finds clearly more, it takes the longer one.
 * Where a climb ends as it began, the next one is put off. A wait after which one
 * step was made ends all rests at once: one thread answers the other.
 */
export class StreamRest {
  #pauses = 1;
  /** Steps in all, at the wait before. */
  #progress = NaN;
  /** Waits of this window, and the steps that were made between them. */
  #waits = 0;
  #steps = 0;
  #climbs = false;
  /** What was found with the length below, in a climb. */
  #foundBelow = 0;
  /** The length before the climb. */
  #former = 1;
  /** Windows until the next climb, and how many there are between two. */
  #untilClimb = CLIMB_SOON;
  #betweenClimbs = CLIMB_SOON;

  /**
   * A wait begins.
   *
   * @param progress How many steps (records taken, say) this end has made in all,
   * modulo 2^32.
   * @param room Who waits for room: how much there is when all is taken. Each
   * step takes longer than a pause: a quarter of so many leaves enough to take.
   */
  begin(progress: number, room: number = 0): void {
    const steps = (progress - this.#progress) | 0;
    this.#progress = progress;
    if (this.#pauses > 1 && steps <= 1) {
      this.#settle(1);
      return;
    }
    this.#steps += steps;
    if (++this.#waits < WINDOW) return;
    const found = this.#steps;
    this.#steps = this.#waits = 0;
    if (this.#climbs) this.#climb(found, longestOf(room));
    else if (--this.#untilClimb <= 0) {
      this.#climbs = true;
      this.#former = this.#pauses;
      this.#foundBelow = 0;
      this.#pauses = lower(this.#pauses);
    }
  }

  /**
   * Rests.
   *
   * @returns For how many pauses.
   */
  rest(): number {
    for (let k = 0; k < this.#pauses; k++) Atomics.pause?.();
    return this.#pauses;
  }

  #climb(found: number, longest: number): void {
    if (found <= PAYS * this.#foundBelow) this.#settle(lower(this.#pauses));
    else if (this.#pauses >= longest) this.#settle(longest);
    else {
      this.#foundBelow = found;
      this.#pauses = this.#pauses === 1
        ? SHORTEST
        : Math.min(2 * this.#pauses, longest);
    }
  }

  #settle(pauses: number): void {
    const same = this.#climbs && pauses === this.#former;
    this.#betweenClimbs = same
      ? Math.min(2 * this.#betweenClimbs, CLIMB_LATE)
      : CLIMB_SOON;
    this.#untilClimb = this.#betweenClimbs;
    this.#pauses = pauses;
    this.#climbs = false;
    this.#steps = this.#waits = 0;
  }
}

/** The longest rest of who waits for so much room; 0: for records. */
function longestOf(room: number): number {
  if (room === 0) return LONGEST;
  return Math.max(SHORTEST, Math.min(room >> 2, LONGEST_FOR_ROOM));
}

/** The length below: half of it, or none. */
function lower(pauses: number): number {
  return pauses <= SHORTEST ? 1 : Math.max(SHORTEST, pauses >> 1);
}

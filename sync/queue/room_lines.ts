/**
 * Has the cache lines of a ring's room come to the producer several at once.
 *
 * A producer that publishes each record waits, at each line that it comes to, until
 * the consumer's cache has given that line up. Who writes to several lines of the
 * room first, which nobody reads, waits for all of them together.
 *
 * @module
 */

/** Words of a line that caches pass on. */
const LINE_WORDS = 16;
/** So many lines are taken together. */
const STRETCH = 8 * LINE_WORDS;

/** The room of a ring, as its producer has it. */
export class RoomLines {
  readonly #words: Int32Array;
  readonly #start: number;
  /** Of the ring, in words; less than there is where it is too short. */
  readonly #length: number;

  /**
   * @param words What the ring lies in.
   * @param start Its first word.
   * @param length Its length, in words.
   */
  constructor(words: Int32Array, start: number, length: number) {
    this.#words = words;
    this.#start = start;
    this.#length = length % STRETCH === 0 ? length : 0;
  }

  /**
   * The producer is about to write a record, or a frame.
   *
   * @param at To which word of the ring.
   * @param room So many words from there on are free, and perhaps more.
   * @returns After how many words to call again.
   */
  enter(at: number, room: number): number {
    const next = (at & ~(STRETCH - 1)) + STRETCH;
    if (room >= 2 * STRETCH && next <= this.#length) {
      const first = this.#start + (next === this.#length ? 0 : next);
      for (let k = first; k < first + STRETCH; k += LINE_WORDS) {
        this.#words[k] = 0;
      }
    }
    return next - at;
  }
}

/**
 * Text as a source: each line belongs to the index at which it begins.
 *
 * @module
 */

/** A text whose lines threads share. */
export interface Text {
  /** How many indices it has: bytes, or UTF-16 code units. */
  readonly length: number;
  /**
   * The lines that begin at some indices, with their ends: some at a time, in their
   * order.
   */
  blocksIn(from: number, to: number): Iterable<string>;
}

/** What ends a line, with a carriage return before it or not. */
const NEWLINE = 10;
/**
 * So many units are decoded at once: fewer cost too many calls, and a line that is
 * kept keeps all of them.
 */
export const BLOCK: number = 2 ** 13;
/** How much is looked at at once for the end of a long line. */
const GLANCE = 2 ** 16;

/** Bytes or UTF-16 code units. */
export type Units = Uint8Array | Uint16Array;

/** A text that is decoded where its lines are wanted. */
export abstract class EncodedText implements Text {
  readonly length: number;
  readonly #longest: number;

  /** @param longest Longer lines are refused, in units; at least {@linkcode BLOCK}. */
  constructor(length: number, longest: number = Infinity) {
    this.length = length;
    this.#longest = longest;
  }

  /**
   * The units at some indices; valid until the next call.
   *
   * @param ahead Up to where more will be asked for.
   */
  protected abstract unitsIn(from: number, to: number, ahead: number): Units;

  /** The characters of whole lines. */
  protected abstract decode(units: Units): string;

  /** What a message calls the text. */
  protected abstract get name(): string;

  *blocksIn(from: number, to: number): Generator<string, void> {
    const ahead = Math.min(to + BLOCK, this.length);
    let at = from;
    if (from > 0) {
      // A piece within a line need not know where that ends.
      const newline = this.#newlineIn(from - 1, to - 1, ahead);
      if (newline === undefined) return;
      at = newline + 1;
    }
    while (at < to) {
      let units = this.unitsIn(at, Math.min(at + BLOCK, this.length), ahead);
      let end = lengthOfLines(units, to - at);
      if (end === 0) {
        end = this.#endOfLong(at, at + units.length) - at;
        units = this.unitsIn(at, at + end, ahead);
      }
      yield this.decode(units.subarray(0, end));
      at += end;
    }
  }

  /** Where a line ends that goes on at an index. */
  #endOfLong(start: number, from: number): number {
    const limit = Math.min(this.length, start + this.#longest);
    const newline = this.#newlineIn(from, limit, limit);
    if (newline !== undefined) return newline + 1;
    if (limit === this.length) return limit;
    throw new RangeError(
      `Cannot read line at byte ${start} of ${this.name} as it must have at most ${this.#longest} bytes: received more`,
    );
  }

  #newlineIn(from: number, to: number, ahead: number): number | undefined {
    for (let at = from; at < to; at += GLANCE) {
      const found = this.unitsIn(at, Math.min(at + GLANCE, to), ahead)
        .indexOf(NEWLINE);
      if (found >= 0) return at + found;
    }
    return undefined;
  }
}

/**
 * How many of some units are whole lines, as far as these begin before an index: with
 * the line that is there, if it ends among them.
 */
function lengthOfLines(units: Units, to: number): number {
  const end = units.indexOf(NEWLINE, to - 1) + 1;
  return end > 0 ? end : units.lastIndexOf(NEWLINE) + 1;
}

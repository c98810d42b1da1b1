/**
 * The lines of a text that match a regular expression.
 *
 * The expression looks at the text as a whole, as that is many times quicker than to
 * look at each line, and at a line by itself only where that might make a difference.
 *
 * @module
 */

import type { Query } from "./query.ts";

/** What looks at characters that it does not match: maybe those of another line. */
const LOOKS_AROUND = /\(\?(?:=|!|<=|<!)/;
/** What may take other characters than a newline for the end of a line. */
const LOOKS_FOR_ENDS = /[\^$]/;

/** A line that matches, by where it is in its text. */
export interface MatchingLine {
  /** Where it begins. */
  readonly start: number;
  /** Where it ends, without the end of the line. */
  readonly end: number;
  /** How many lines are before it. */
  readonly before: number;
}

/** Finds lines. */
export class Matcher {
  readonly #expression: RegExp;
  readonly #alone: RegExp;
  readonly #looksAround: boolean;
  readonly #looksForEnds: boolean;
  readonly #numbered: boolean;

  /** @throws {SyntaxError} If the pattern is none. */
  constructor({ pattern, ignoreCase, numbered }: Query) {
    this.#expression = new RegExp(pattern, ignoreCase ? "gim" : "gm");
    this.#alone = new RegExp(pattern, ignoreCase ? "i" : "");
    this.#looksForEnds = LOOKS_FOR_ENDS.test(pattern);
    this.#looksAround = LOOKS_AROUND.test(pattern);
    this.#numbered = numbered;
  }

  /** The lines of a text that match, in their order. */
  *matches(text: string): Generator<MatchingLine, void> {
    let counted = 0;
    let before = 0;
    for (let at = 0; at < text.length;) {
      const line = this.#next(text, at);
      if (line === undefined) return;
      const [start, end] = line;
      if (this.#numbered) {
        before += newlines(text, counted, start);
        counted = start;
      }
      yield { start, end, before };
      at = end + 1;
    }
  }

  /** The next line that matches, from the beginning of a line on. */
  #next(text: string, from: number): [start: number, end: number] | undefined {
    for (let at = from; at < text.length;) {
      let first = at;
      let found = "\n"; // something that may go beyond the line
      if (!this.#looksAround) {
        this.#expression.lastIndex = at;
        const match = this.#expression.exec(text);
        if (match === null) return undefined;
        first = match.index;
        found = match[0];
      }
      const start = first === at ? at : text.lastIndexOf("\n", first - 1) + 1;
      const newline = text.indexOf("\n", first);
      const end = newline < 0 ? text.length : newline;
      // Behind the last end of a line there is none.
      if (start === text.length) return undefined;
      const isSure = !this.#looksForEnds && !found.includes("\n");
      if (isSure || this.#alone.test(text.slice(start, end))) {
        return [start, end];
      }
      at = end + 1;
    }
    return undefined;
  }
}

/** How many lines end between two places. */
export function newlines(text: string, from: number, to: number): number {
  let count = 0;
  let at = text.indexOf("\n", from);
  while (at >= 0 && at < to) {
    count++;
    at = text.indexOf("\n", at + 1);
  }
  return count;
}

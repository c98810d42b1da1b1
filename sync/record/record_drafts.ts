/**
 * Many structs on their way into a queue: all are checked before any is added.
 *
 * @module
 */

import { privateWords } from "../memory/memory.ts";
import type { RecordType } from "./record_type.ts";

/** So many words are kept for the next time. */
const KEPT = 4096;

/** Private words for structs that are about to be added. */
export class RecordDrafts<T> {
  readonly #type: RecordType<T>;
  /** `undefined` while a call has them: a getter may begin another one. */
  #words: Int32Array | undefined = privateWords(0);

  /** For records of a type. */
  constructor(type: RecordType<T>) {
    this.#type = type;
  }

  /**
   * Checks values and drafts all of them. Runs code of the caller.
   *
   * @returns The words of the records, one after the other, until
   * {@linkcode giveBack}.
   * @throws {TypeError} If one is no record.
   * @throws {RangeError} If a number in one is out of range.
   */
  take(action: string, values: readonly T[]): Int32Array {
    const type = this.#type;
    const { width } = type;
    // A getter may make it longer.
    const { length } = values;
    let words = this.#words;
    if (words === undefined || words.length < length * width) {
      words = privateWords(length * width);
    }
    this.#words = undefined;
    try {
      for (let k = 0; k < length; k++) {
        const value = values[k]!;
        type.check(action, value);
        type.write(words, k * width, value);
      }
    } catch (error) {
      this.giveBack(words);
      throw error;
    }
    return words;
  }

  /** They are no longer needed. */
  giveBack(words: Int32Array): void {
    this.#words = words.length <= KEPT ? words : privateWords(0);
  }
}

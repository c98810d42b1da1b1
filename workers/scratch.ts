/**
 * A writer that is used again and again.
 *
 * @module
 */

import { Writer } from "../codec/writer.ts";

/** A larger buffer is not kept, in words. */
const LARGEST = 1 << 18;

/** Lends one writer; a second one where the first is out. */
export class Scratch {
  #writer: Writer | undefined = new Writer();

  /**
   * Lends an empty writer. Encoding may run code of the value that calls, and so
   * comes here again before the first one is back.
   */
  take(): Writer {
    const writer = this.#writer ?? new Writer();
    this.#writer = undefined;
    writer.length = 0;
    return writer;
  }

  /** Takes a writer back. */
  give(writer: Writer): void {
    if (writer.words.length <= LARGEST) this.#writer = writer;
  }
}

/**
 * A writer that is used again and again.
 *
 * @module
 */

import { Writer } from "../../codec/writer.ts";

/** A larger buffer is not kept, in words. */
const LARGEST = 1 << 18;
/** Bytes of this length go beside the frame: it would have to travel in parts. */
const ASIDE = 1 << 16;

/** Lends one writer; a second one where the first is out. */
export class Scratch {
  #writer: Writer | undefined = new Writer();

  /**
   * Lends an empty writer for a frame, which may have attachments. Encoding may run
   * code of the value that calls, and so comes here again before the first one is back.
   */
  take(): Writer {
    const writer = this.#writer ?? new Writer();
    this.#writer = undefined;
    writer.clear();
    writer.aside = ASIDE;
    return writer;
  }

  /** Takes a writer back. */
  give(writer: Writer): void {
    if (writer.words.length <= LARGEST) this.#writer = writer;
  }
}

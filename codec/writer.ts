/**
 * Where encoded values are put together: a growing buffer of words and bytes.
 *
 * @module
 */

/** In words. Lengths stand in a word with a sign. */
const MOST = 2 ** 29 - 1;

/**
 * A buffer that grows, seen as bytes and as 32-bit words; what is in it starts
 * at a word.
 *
 * @example Usage
 * ```ts
 * import { Writer } from "@kindred/kindred/codec";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Writer();
 * out.word(1);
 * out.double(0.5);
 * assertEquals(out.byteLength, 12);
 * ```
 */
export class Writer {
  /** The memory as bytes. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The memory as 32-bit words. */
  words: Int32Array<ArrayBuffer>;
  /** How many words are written. */
  length = 0;
  /**
   * Shared buffers that the values refer to by number; undefined where they
   * cannot be sent along.
   */
  buffers: SharedArrayBuffer[] | undefined;
  /** The errors that are being written, from the outermost one on. */
  readonly errors: Error[] = [];
  /** Where the outermost of them starts. */
  errorStart = 0;

  /** Makes an empty writer. */
  constructor(capacity: number = 4096) {
    const memory = new ArrayBuffer((capacity + 3) & ~3);
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
  }

  /** How much is written, in bytes. */
  get byteLength(): number {
    return 4 * this.length;
  }

  /**
   * Makes room for this many words more.
   *
   * @throws {RangeError} If there would be more than 2^31 bytes.
   */
  reserve(words: number): void {
    const needed = this.length + words;
    if (needed <= this.words.length) return;
    if (needed > MOST) {
      throw new RangeError(
        `Cannot encode value as it takes more than ${4 * MOST} bytes`,
      );
    }
    const memory = new ArrayBuffer(
      4 * Math.max(needed, Math.min(2 * this.words.length, MOST)),
    );
    const bytes = new Uint8Array(memory);
    bytes.set(this.bytes.subarray(0, this.byteLength));
    this.bytes = bytes;
    this.words = new Int32Array(memory);
  }

  /** Writes one word. */
  word(value: number): void {
    if (this.length === this.words.length) this.reserve(1);
    this.words[this.length++] = value;
  }

  /** Writes a number as two words. */
  double(value: number): void {
    if (this.length + 2 > this.words.length) this.reserve(2);
    DOUBLE[0] = value;
    this.words[this.length++] = DOUBLE_WORDS[0]!;
    this.words[this.length++] = DOUBLE_WORDS[1]!;
  }
}

const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Int32Array(DOUBLE.buffer);

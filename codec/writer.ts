/**
 * Where encoded values are put together: a growing buffer of words and bytes.
 *
 * @module
 */

import { Identities } from "./identities.ts";
import type { ExportedAt } from "./module_exports.ts";
import { placeIn } from "./place_in.ts";
import { GRAPH } from "./tag.ts";
import { transferHere } from "./transfer_here.ts";

/** In words. Lengths stand in a word with a sign. */
const MOST = 2 ** 29 - 1;

/** Where a writer was before a value: see {@linkcode Writer.goBack}. */
export interface Mark {
  /** How many words were written. */
  readonly length: number;
  /** How many shared buffers there were. */
  readonly buffers: number;
  /** How much was to be moved. */
  readonly moved: number;
  /** How many were to hear what becomes of the frame. */
  readonly heirs: number;
  /** How many objects had been met. */
  readonly identities: number;
  /** How many exports of modules were needed. */
  readonly exports: number;
}

/** Hears what becomes of a frame. */
interface Heir {
  readonly sent: boolean;
  readonly tell: () => void;
}

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
  /**
   * What is moved with the frame, that the values refer to by number; undefined
   * where nothing can be.
   */
  moved: Transferable[] | undefined;
  /**
   * Bytes from this length on, in bytes, are copied into memory of their own, and that
   * is moved: one copy instead of two, and none of them in the way of other frames.
   */
  aside: number = Infinity;
  /** Where the frame goes, for those that know more of it than the codec. */
  context: object | undefined;
  /** The objects that were met in the values so far. */
  readonly identities: Identities = new Identities();
  /** The errors that are being written, from the outermost one on. */
  readonly errors: Error[] = [];
  /** Where the outermost of them starts. */
  errorStart = 0;
  /**
   * What has to be there to read the values, that they refer to by number; undefined
   * as long as it does not matter where they come from.
   */
  exports: ExportedAt[] | undefined = undefined;
  /** The objects that only arrive when all that is in them is there. */
  readonly opened: object[] = [];
  /** Whether the values that are written share a preamble, which is written last. */
  isGroup = false;
  /** Whether plain objects inherit properties, which are then told from their own. */
  inherits = false;
  #heirs: Heir[] = [];
  // Where the value starts that is being written, as in a Mark.
  #start = 0;
  #startBuffers = 0;
  #startMoved = 0;
  #startHeirs = 0;
  #startExports = -1;

  /** Makes an empty writer, with room for so many bytes at first. */
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
   * @throws {RangeError} If there would be 2^31 bytes or more.
   */
  reserve(words: number): void {
    const needed = this.length + words;
    if (needed <= this.words.length) return;
    if (needed > MOST) {
      throw new RangeError(
        `Cannot encode value as a frame takes ${
          4 * MOST
        } bytes at most: received ${4 * needed}`,
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

  /** Whether the frame holds what cannot be bytes. */
  get hasAttachments(): boolean {
    return (this.buffers !== undefined && this.buffers.length > 0) ||
      (this.moved !== undefined && this.moved.length > 0);
  }

  /** Begins a frame that may have attachments. */
  clear(): void {
    this.length = 0;
    if (this.buffers === undefined || this.buffers.length > 0) {
      this.buffers = [];
    }
    if (this.moved === undefined || this.moved.length > 0) this.moved = [];
    if (this.#heirs.length > 0) this.#heirs = [];
    this.exports = undefined;
    this.context = undefined;
  }

  /** Says that it matters where the values come from. */
  tellSource(): void {
    this.exports ??= [];
  }

  /** The number of something that has to be there to read the values. */
  exportPlace(at: ExportedAt): number {
    return placeIn(this.exports ??= [], at);
  }

  /** Where the value starts that is being written. */
  get start(): number {
    return this.#start;
  }

  /** Puts words before what was written from some place on. */
  insert(at: number, words: Int32Array): void {
    const { length } = words;
    this.reserve(length);
    this.words.copyWithin(at + length, at, this.length);
    this.words.set(words, at);
    this.length += length;
  }

  /** Calls a function if the frame is not sent after all. */
  whenDropped(tell: () => void): void {
    this.#heirs.push({ sent: false, tell });
  }

  /** Calls a function once the frame is sent. */
  whenSent(tell: () => void): void {
    this.#heirs.push({ sent: true, tell });
  }

  /** The frame was sent. */
  sent(): void {
    if (this.#heirs.length > 0) this.#settle(0, true);
  }

  /** The frame will not be sent: as if it had not been written. */
  drop(): void {
    this.length = 0;
    if (this.buffers !== undefined) this.buffers.length = 0;
    if (this.moved !== undefined) this.moved.length = 0;
    this.exports = undefined;
    if (this.#heirs.length > 0) this.#settle(0, false);
  }

  /** Where the writer is now. */
  get mark(): Mark {
    return {
      length: this.length,
      buffers: this.buffers?.length ?? 0,
      moved: this.moved?.length ?? 0,
      heirs: this.#heirs.length,
      identities: this.identities.size,
      exports: this.exports?.length ?? -1,
    };
  }

  /** Forgets what was written since. */
  goBack(mark: Mark): void {
    this.length = mark.length;
    if (this.buffers !== undefined) this.buffers.length = mark.buffers;
    if (this.moved !== undefined) this.moved.length = mark.moved;
    this.identities.goBack(mark.identities);
    if (mark.exports < 0) this.exports = undefined;
    else if (this.exports !== undefined) this.exports.length = mark.exports;
    if (this.#heirs.length > mark.heirs) this.#settle(mark.heirs, false);
  }

  /**
   * Begins a value: notes where the writer is.
   *
   * @param start Where it starts, if a part of it was written before.
   */
  begin(start: number = this.length): void {
    this.#start = start;
    this.inherits = doAllInherit();
    this.#startBuffers = this.buffers === undefined ? 0 : this.buffers.length;
    this.#startMoved = this.moved === undefined ? 0 : this.moved.length;
    this.#startHeirs = this.#heirs.length;
    this.#startExports = this.exports === undefined ? -1 : this.exports.length;
  }

  /** Ends it: sees to what was met in it again. */
  end(): void {
    const { identities } = this;
    if (identities.size === 0) return;
    if (identities.repeats > 0) this.insert(this.#start, REPEATS);
    identities.clear();
  }

  /** Forgets it: nothing of it is left. */
  undo(): void {
    this.identities.clear();
    this.errors.length = 0;
    this.opened.length = 0;
    this.goBack({
      length: this.#start,
      buffers: this.#startBuffers,
      moved: this.#startMoved,
      heirs: this.#startHeirs,
      identities: 0,
      exports: this.#startExports,
    });
  }

  #settle(from: number, sent: boolean): void {
    for (const heir of this.#heirs.splice(from)) {
      if (heir.sent === sent) heir.tell();
    }
  }

  /**
   * Takes the frame away, to be sent later: with all that it moves, which from now
   * on is on its way. This writer is as one that was sent.
   *
   * @throws {DataCloneError} If something cannot be moved; nothing is, then.
   */
  detach(): Writer {
    const copy = new Writer(this.byteLength);
    copy.words.set(this.words.subarray(0, this.length));
    copy.length = this.length;
    copy.buffers = this.buffers?.slice();
    copy.moved = this.moved && transferHere(this.moved);
    copy.context = this.context;
    copy.#heirs = this.#heirs;
    this.#heirs = [];
    return copy;
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

/** Says that there are repeats. */
const REPEATS = Int32Array.of(GRAPH);
const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Int32Array(DOUBLE.buffer);

const PLAIN = {};

/** Whether somebody has given all objects a property that is enumerated. */
function doAllInherit(): boolean {
  for (const _key in PLAIN) return true;
  return false;
}

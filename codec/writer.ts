/**
 * Where encoded values are put together: a growing buffer of words and bytes.
 *
 * @module
 */

import { Identities } from "./identities.ts";
import { GRAPH } from "./tag.ts";
import { takerNow } from "./take_message.ts";

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
  /** Whether plain objects inherit properties, which are then told from their own. */
  inherits = false;
  #heirs: Heir[] = [];
  // Where the value starts that is being written, as in a Mark.
  #start = 0;
  #startBuffers = 0;
  #startMoved = 0;
  #startHeirs = 0;

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
    this.context = undefined;
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
    };
  }

  /** Forgets what was written since. */
  goBack(mark: Mark): void {
    this.length = mark.length;
    if (this.buffers !== undefined) this.buffers.length = mark.buffers;
    if (this.moved !== undefined) this.moved.length = mark.moved;
    this.identities.goBack(mark.identities);
    if (this.#heirs.length > mark.heirs) this.#settle(mark.heirs, false);
  }

  /** Begins a value: notes where the writer is. */
  begin(): void {
    this.#start = this.length;
    this.inherits = doAllInherit();
    this.#startBuffers = this.buffers === undefined ? 0 : this.buffers.length;
    this.#startMoved = this.moved === undefined ? 0 : this.moved.length;
    this.#startHeirs = this.#heirs.length;
  }

  /** Ends it: sees to what was met in it again. */
  end(): void {
    const { identities } = this;
    if (identities.size === 0) return;
    if (identities.repeats > 0) {
      this.reserve(1);
      this.words.copyWithin(this.#start + 1, this.#start, this.length++);
      this.words[this.#start] = GRAPH;
    }
    identities.clear();
  }

  /** Forgets it: nothing of it is left. */
  undo(): void {
    this.identities.clear();
    this.errors.length = 0;
    this.goBack({
      length: this.#start,
      buffers: this.#startBuffers,
      moved: this.#startMoved,
      heirs: this.#startHeirs,
      identities: 0,
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

/**
 * Moves things to where they are: what arrives is theirs, what was here is empty.
 *
 * @throws {DataCloneError} If one of them cannot be moved; none is, then.
 */
export function transferHere(moved: Transferable[]): Transferable[] {
  if (moved.length === 0) return [];
  const take = moved.every((thing) => thing instanceof ArrayBuffer)
    ? null
    : takerNow();
  if (take === null) return structuredClone(moved, { transfer: moved });
  // With ports, a clone that fails has moved some of them; a message has not.
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(moved, moved);
    return take(port2)!.message as Transferable[];
  } finally {
    port1.close();
    port2.close();
  }
}

const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Int32Array(DOUBLE.buffer);

const PLAIN = {};

/** Whether somebody has given all objects a property that is enumerated. */
function doAllInherit(): boolean {
  for (const _key in PLAIN) return true;
  return false;
}

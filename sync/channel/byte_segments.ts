/**
 * A store of messages of any size that grows.
 *
 * @module
 */

import { bytesOf, type SharedSlice, wordsOf } from "../memory/memory.ts";
import type { Codec } from "./codec.ts";
import { decoded } from "./decoded.ts";
import { type EncodedLimit, encodedSize, plainBytes } from "./encoded.ts";
import { FULL, PUSHED, type Pushed, type Shape, type Store } from "./flavor.ts";
import { ChannelReserveError } from "./reserve_error.ts";
import { privateBytes, Scratch } from "./scratch.ts";
import {
  copyIn,
  copyOut,
  HEADER,
  SHORT,
  wordsOfBytes,
} from "./segment_bytes.ts";
import { SegmentHead } from "./segment_head.ts";
import { initSegments } from "./segment_init.ts";
import { type Geometry, geometryOf } from "./segment_layout.ts";
import { SegmentTail } from "./segment_tail.ts";

/** Up to so many bytes, memory for a message is made under the lock. */
const QUICK = 4096;

/**
 * Messages of a codec in a chain of segments: how many bytes, and these, in as many
 * segments as it takes. All start at a multiple of 8 bytes, since engines copy
 * shared memory byte by byte if it does not stand as its copy does.
 */
export class ByteSegments<T> implements Store<T> {
  readonly meeting = undefined;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #geometry: Geometry;
  readonly #codec: Codec<T>;
  readonly #head: SegmentHead;
  readonly #tail: SegmentTail;
  readonly #bounded: boolean;
  readonly #limit: EncodedLimit;
  readonly #scratch = new Scratch();
  /** How many bytes were encoded last. */
  #size = 0;
  /** The message for which there was no memory, whose call it was, and what had been popped. */
  #refused: unknown;
  #refusedCall: number | undefined;
  #refusedAt = 0;

  /**
   * Attaches to a store.
   *
   * @param segment Bytes of a segment, a power of two; for tests.
   */
  constructor(slice: SharedSlice, shape: Shape<T>, segment?: number) {
    const { capacity } = shape;
    const geometry = geometryOf(shape, segment);
    const words = wordsOf(slice, geometry.words);
    this.#words = words;
    this.#bytes = bytesOf(slice, 4 * geometry.words);
    this.#geometry = geometry;
    this.#codec = shape.codec;
    this.#bounded = capacity !== Infinity;
    // All but the segment in which the head and the tail of an empty store are.
    const most = 4 * ((geometry.count - 1) * geometry.used - HEADER);
    this.#limit = { codec: shape.codec.name, most, option: "reserve" };
    const head = new SegmentHead(slice, words, geometry);
    this.#head = head;
    this.#tail = new SegmentTail(slice, words, { geometry, head, capacity });
  }

  init(start?: number): void {
    initSegments(this.#words, this.#geometry, start);
  }

  check(): void {
    // Encoding it says what is wrong with it.
  }

  tryPush(value: T, call?: number): Pushed {
    const tail = this.#tail;
    const early = tail.look();
    if (early !== PUSHED) return early;
    if (
      call !== undefined && call === this.#refusedCall &&
      value === this.#refused && tail.popped === this.#refusedAt
    ) return FULL;
    this.#refused = undefined;
    const bytes = this.#encode(value);
    const size = this.#size;
    const verdict = tail.enter();
    if (verdict !== PUSHED) return verdict;
    try {
      const more = HEADER + wordsOfBytes(size) - (tail.end - tail.at);
      if (more > 0) {
        // Before the look: what is popped from here on may be the room it takes.
        const { popped } = tail;
        if (!tail.has(Math.ceil(more / this.#geometry.used))) {
          this.#refusedCall = call;
          return this.#exhausted(value, size, popped);
        }
      }
      if (tail.at === tail.end) tail.next();
      this.#words[tail.at] = size;
      tail.at += HEADER;
      copyIn(this.#bytes, tail, bytes, size);
      tail.commit(tail.at);
      return PUSHED;
    } finally {
      tail.leave();
    }
  }

  tryPop(): T | undefined {
    return this.#codec.keepsBytes === true ? this.#popOwn() : this.#popLent();
  }

  seal(): void {
    this.#tail.seal();
  }

  get size(): number {
    return this.#tail.size;
  }

  /** How many messages were ever taken, in 30 bits. */
  get popped(): number {
    return this.#tail.popped >>> 2;
  }

  /** Takes a message into memory that is used again. */
  #popLent(): T | undefined {
    const head = this.#head;
    const scratch = this.#scratch;
    let length: number;
    for (;;) {
      if (!head.enter()) return undefined;
      try {
        length = this.#lengthAtHead();
        if (length <= scratch.size) {
          this.#pop(scratch.bytes, length);
          break;
        }
      } finally {
        head.leave();
      }
      // Not while others wait: large memory takes time.
      scratch.grow(length);
    }
    const bytes = scratch.take();
    try {
      return decoded(this.#codec, bytes.subarray(0, length));
    } finally {
      scratch.give(bytes, length);
    }
  }

  /** Takes a message into memory that the codec may keep. */
  #popOwn(): T | undefined {
    const head = this.#head;
    let room: Uint8Array | undefined;
    for (;;) {
      let length: number;
      if (!head.enter()) return undefined;
      try {
        length = this.#lengthAtHead();
        if (length <= QUICK) room = privateBytes(length);
        if (room?.length === length) {
          this.#pop(room, length);
          break;
        }
      } finally {
        head.leave();
      }
      // Another thread may take the message meanwhile, and the next one is as
      // long as it is.
      room = privateBytes(length);
    }
    return decoded(this.#codec, room);
  }

  /** The bytes of a message; of them only `#size` are it. */
  #encode(value: T): Uint8Array {
    const bytes = this.#codec.encode(value);
    const size = encodedSize("send message", bytes, this.#limit);
    this.#size = size;
    // Of few bytes only the elements are read, which nobody can have made otherwise.
    if (size <= SHORT) return bytes;
    // Code of the caller must not run under the lock.
    const plain = plainBytes(bytes, size);
    if ((plain.byteOffset & 7) === 0) return plain;
    // Into place.
    const copy = privateBytes(size);
    copy.set(plain);
    return copy;
  }

  #exhausted(value: T, length: number, popped: number): Pushed {
    if (this.#bounded) {
      this.#refused = value;
      this.#refusedAt = popped;
      return FULL;
    }
    throw new ChannelReserveError(
      `Cannot send message of ${length} bytes as messages fill the reserve of the channel: it holds ${this.size}`,
      value,
    );
  }

  /** Goes to the first byte of the oldest message. Returns its length. */
  #lengthAtHead(): number {
    const head = this.#head;
    if (head.at === head.end) head.next();
    const length = this.#words[head.at]! >>> 0;
    head.at += HEADER;
    return length;
  }

  #pop(target: Uint8Array, length: number): void {
    const head = this.#head;
    copyOut(target, 0, head, this.#bytes, length);
    head.commit(head.at);
  }
}

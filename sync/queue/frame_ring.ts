/**
 * A ring of byte frames between one producer and one consumer.
 *
 * The protocol is in the folder's README, "Frame ring".
 *
 * @module
 */

import { bytesOf, LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { RoomLines } from "./room_lines.ts";

// Control words, each on a line of its own; positions count bytes modulo 2^32.
const HEAD = 0; //             written by the consumer: all before it is free
const TAIL = LINE / 4; //      written by the producer: all before it is full
const STARVED = 2 * LINE / 4; // 1: the producer waits for room
const CONTROL_BYTES = 3 * LINE;

/** A frame starts with its length in bytes and its tag. */
const HEADER = 8;
/** In place of a length: the rest up to the end of the ring is skipped. */
const SKIP = -1;

/** The memory that a ring takes, in bytes. */
export function frameRingSize(capacity: number): number {
  return CONTROL_BYTES + capacity;
}

/** The longest frame that a ring of this capacity always takes, in bytes. */
export function longestFrame(capacity: number): number {
  // Frames do not wrap, so one may have to skip up to its own size.
  return capacity / 2 - HEADER;
}

/** The control words of a ring. */
export function frameControl(slice: SharedSlice): Int32Array {
  return wordsOf(slice, CONTROL_BYTES / 4);
}

/** How many bytes of a ring are in use. Between two loads either end may go on. */
export function bytesIn(control: Int32Array): number {
  // The head never passes a tail that is read after it.
  const head = Atomics.load(control, HEAD);
  return (Atomics.load(control, TAIL) - head) | 0;
}

/** Bytes to send, and the same memory seen as words. */
export interface FrameSource {
  /** The memory as bytes. */
  readonly bytes: Uint8Array;
  /** The memory as 32-bit words. */
  readonly words: Int32Array;
}

interface Views {
  readonly control: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
}

function attach(slice: SharedSlice, capacity: number): Views {
  checkCapacity(capacity);
  const data = {
    buffer: slice.buffer,
    byteOffset: slice.byteOffset + CONTROL_BYTES,
  };
  return {
    control: frameControl(slice),
    words: wordsOf(data, capacity / 4),
    bytes: bytesOf(data, capacity),
  };
}

/** The end of a ring that writes. One thread only. */
export class FrameRingProducer {
  /** The payload of all frames. */
  readonly bytes: Uint8Array;
  /** The longest frame that always fits, in bytes. */
  readonly longest: number;
  readonly #capacity: number;
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #lines: RoomLines;
  #tail: number;
  #published: number;
  #head: number;
  /** The position up to which the lines of the room were taken. */
  #entered: number;

  /** Attaches to a ring; a former producer's frames stay in it. */
  constructor(slice: SharedSlice, capacity: number) {
    const { control, words, bytes } = attach(slice, capacity);
    this.#capacity = capacity;
    this.longest = longestFrame(capacity);
    this.#control = control;
    this.#words = words;
    this.#lines = new RoomLines(words, 0, capacity / 4);
    this.bytes = bytes;
    this.#tail = this.#published = Atomics.load(control, TAIL);
    this.#head = Atomics.load(control, HEAD);
    this.#entered = this.#tail;
  }

  /** How many bytes are staged and not yet published. */
  get staged(): number {
    return (this.#tail - this.#published) | 0;
  }

  /** Where the frame that was staged last ends. */
  get mark(): number {
    return this.#tail;
  }

  /** Whether the consumer gave back all frames up to a mark. */
  hasPassed(mark: number): boolean {
    return ((Atomics.load(this.#control, HEAD) - mark) | 0) >= 0;
  }

  /**
   * Stages a frame; {@linkcode publish} hands it over.
   *
   * @param source Where the payload is, from `start` on.
   * @param length Its length, in bytes.
   * @returns Whether there was room.
   * @throws {RangeError} If no room is ever enough for it.
   */
  tryWrite(
    tag: number,
    source: FrameSource,
    start: number,
    length: number,
  ): boolean {
    this.#check(length);
    const at = this.#reserve(HEADER + ((length + 7) & ~7));
    if (at < 0) return false;
    const ring = this.#words;
    ring[at] = length;
    ring[at + 1] = tag;
    if (length <= 256 && (start & 3) === 0) {
      // A loop over words beats a view and a call for short frames.
      const from = start >> 2;
      const end = (length + 3) >> 2;
      const { words } = source;
      for (let k = 0; k < end; k++) ring[at + 2 + k] = words[from + k]!;
    } else {
      this.bytes.set(
        source.bytes.subarray(start, start + length),
        4 * at + HEADER,
      );
    }
    return true;
  }

  /**
   * Stages a frame whose payload the caller then writes into `bytes`, before
   * it publishes.
   *
   * @param length Of the payload, in bytes.
   * @returns Where the payload starts, or -1 if there is no room.
   * @throws {RangeError} If no room is ever enough for it.
   */
  tryStage(tag: number, length: number): number {
    this.#check(length);
    const at = this.#reserve(HEADER + ((length + 7) & ~7));
    if (at < 0) return -1;
    this.#words[at] = length;
    this.#words[at + 1] = tag;
    return 4 * at + HEADER;
  }

  /** Takes back all staged frames. */
  unstage(): void {
    this.#tail = this.#published;
  }

  /** Hands all staged frames to the consumer. */
  publish(): void {
    this.#published = this.#tail;
    // Publishes the plain stores of the frames.
    Atomics.store(this.#control, TAIL, this.#tail);
  }

  /**
   * Asks the consumer to say when there is room; after that the producer must
   * try once more before it waits.
   */
  starve(): void {
    Atomics.store(this.#control, STARVED, 1);
  }

  #check(length: number): void {
    if (length >= 0 && length <= this.longest) return;
    throw new RangeError(
      `Cannot write frame as its length must be from 0 to ${this.longest} bytes: received ${length}`,
    );
  }

  /** Room for a frame of this size: the index of its first word, or -1. */
  #reserve(size: number): number {
    const capacity = this.#capacity;
    const offset = this.#tail & (capacity - 1);
    const skip = offset + size > capacity ? capacity - offset : 0;
    const end = (this.#tail + skip + size) | 0;
    if (((end - this.#head) | 0) > capacity) {
      this.#head = Atomics.load(this.#control, HEAD);
      if (((end - this.#head) | 0) > capacity) return -1;
    }
    this.#tail = end;
    if (skip === 0) {
      if (((end - this.#entered) | 0) > 0) this.#enter(offset, end, size);
      return offset >> 2;
    }
    this.#words[offset >> 2] = SKIP;
    return 0;
  }

  #enter(offset: number, end: number, size: number): void {
    const start = (end - size) | 0;
    const room = this.#capacity - ((start - this.#head) | 0);
    const words = this.#lines.enter(offset >> 2, room >> 2);
    this.#entered = (start + 4 * words) | 0;
  }
}

/** The end of a ring that reads. One thread only. */
export class FrameRingConsumer {
  readonly #capacity: number;
  readonly #control: Int32Array;
  #head: number;
  #next: number;
  #tail: number;
  /** The payload of all frames as words. */
  readonly words: Int32Array;
  /** The payload of all frames as bytes. */
  readonly bytes: Uint8Array;
  /** The tag of the current frame. */
  tag = 0;
  /** Where the payload of the current frame starts in `bytes`. */
  start = 0;
  /** How long the payload is, in bytes. */
  length = 0;

  /** Attaches to a ring; frames that nobody took are still there. */
  constructor(slice: SharedSlice, capacity: number) {
    const { control, words, bytes } = attach(slice, capacity);
    this.#capacity = capacity;
    this.#control = control;
    this.words = words;
    this.bytes = bytes;
    this.#head = this.#next = Atomics.load(control, HEAD);
    this.#tail = this.#head;
  }

  /** Goes to the next frame. Returns whether there is one. */
  next(): boolean {
    for (;;) {
      const at = this.#next;
      if (at === this.#tail) {
        this.#tail = Atomics.load(this.#control, TAIL);
        if (at === this.#tail) return false;
      }
      const offset = at & (this.#capacity - 1);
      const length = this.words[offset >> 2]!;
      if (length === SKIP) {
        this.#next = (at + this.#capacity - offset) | 0;
        continue;
      }
      this.tag = this.words[(offset >> 2) + 1]!;
      this.start = offset + HEADER;
      this.length = length;
      this.#next = (at + HEADER + ((length + 7) & ~7)) | 0;
      return true;
    }
  }

  /** Goes back, so that the current frame is the next one. */
  back(): void {
    this.#next = (this.#next - HEADER - ((this.length + 7) & ~7)) | 0;
  }

  /**
   * Gives the current frame and all before it back to the producer.
   *
   * @returns Whether the producer waits for room and must be told.
   */
  release(): boolean {
    return this.free() && Atomics.load(this.#control, STARVED) === 1 &&
      Atomics.exchange(this.#control, STARVED, 0) === 1;
  }

  /**
   * The same, for a producer that never {@linkcode FrameRingProducer.starve}s.
   *
   * @returns Whether there was such a frame.
   */
  free(): boolean {
    if (this.#head === this.#next) return false;
    this.#head = this.#next;
    Atomics.store(this.#control, HEAD, this.#head);
    return true;
  }
}

function checkCapacity(capacity: number): void {
  if (
    !Number.isInteger(capacity) || capacity < 64 || capacity > 2 ** 30 ||
    (capacity & (capacity - 1)) !== 0
  ) {
    throw new RangeError(
      `Cannot attach to frame ring as 'capacity' must be a power of two from 64 to 2^30: received ${capacity}`,
    );
  }
}

/**
 * A bounded ring of byte frames from one thread to one other.
 *
 * The frames are those of a frame ring; here are the handle, the ends and the
 * waiting. The protocol is in the folder's README, "Frame ring" and "ByteRing".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { ByteConsumer } from "./byte_consumer.ts";
import { ByteProducer } from "./byte_producer.ts";
import {
  byteLengthOf,
  type ByteRingHandle,
  checkByteCapacity,
  FORM,
  FRAMES,
  OWN_WORDS,
} from "./byte_ring_memory.ts";
import { bytesIn, frameControl, longestFrame } from "./frame_ring.ts";
import { checkHandle, checkKind } from "../memory/handle.ts";
import { partOf, wordsOf } from "../memory/memory.ts";

/**
 * A bounded first-in first-out ring of byte frames from one producer to one
 * consumer.
 *
 * A frame is some bytes, maybe none, and a tag: an integer of the program's own.
 * It takes 8 bytes besides, is padded to a multiple of 8, and is never split.
 *
 * Each end belongs to one thread at a time, which takes it by
 * {@linkcode ByteRing.producer} or {@linkcode ByteRing.consumer} and can give it
 * back. The end of a lost thread can be taken as if it had been given back: all
 * that was published is in the ring, and nothing else.
 *
 * @example Usage
 * ```ts
 * import { ByteRing } from "@kindred/kindred/sync";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const ring = new ByteRing(1024);
 * using producer = ring.producer();
 * assert(producer.tryPush(new TextEncoder().encode("hello")));
 *
 * const same = ByteRing.from(ring.handle); //    in another thread
 * using consumer = same.consumer();
 * assertEquals(new TextDecoder().decode(consumer.pop()), "hello");
 * assertEquals(consumer.tryPop(), undefined);
 * ```
 */
export class ByteRing {
  /** Names this ring in a message. */
  readonly handle: ByteRingHandle;
  /** What the ring holds, in bytes: frames with 8 bytes and padding for each. */
  readonly capacity: number;
  /** The longest frame, in bytes: half of the capacity, less 8. */
  readonly longestFrame: number;
  readonly #frames: Int32Array;

  /**
   * Makes a ring.
   *
   * @param capacity What it holds, in bytes: a power of two from 64 to 2^30.
   * @throws {RangeError} If the capacity is not such a number.
   */
  constructor(capacity: number);
  /** Attaches to a ring that another thread made. */
  constructor(handle: ByteRingHandle);
  constructor(source: number | ByteRingHandle) {
    if (typeof source !== "object") {
      checkByteCapacity("create byte ring", source);
      const slice = allocate(byteLengthOf(source));
      this.handle = { kind: "ByteRing", ...slice, capacity: source };
      Atomics.store(wordsOf(slice, OWN_WORDS), FORM, formOf(source));
    } else {
      this.handle = checkHandle("ByteRing", source, () => {
        checkByteCapacity("attach to byte ring", source.capacity);
        return byteLengthOf(source.capacity);
      }) as ByteRingHandle;
      const words = wordsOf(source, OWN_WORDS);
      if (Atomics.load(words, FORM) !== formOf(source.capacity)) {
        throw new RangeError(
          `Cannot attach to byte ring as it is of another capacity: the handle says ${source.capacity}`,
        );
      }
    }
    this.capacity = this.handle.capacity;
    this.longestFrame = longestFrame(this.capacity);
    this.#frames = frameControl(partOf(this.handle, FRAMES));
  }

  /**
   * Attaches to a ring that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from(handle: ByteRingHandle): ByteRing {
    return new ByteRing(checkKind("ByteRing", handle));
  }

  /**
   * How many bytes of the ring are in use: those of the frames, and what they
   * take besides. Between two loads either end may go on.
   */
  get used(): number {
    return Math.min(bytesIn(this.#frames), this.capacity);
  }

  /** Whether there is no frame. */
  get isEmpty(): boolean {
    return this.used === 0;
  }

  /**
   * Takes the end that writes, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  producer(): ByteProducer {
    return new ByteProducer(this.handle);
  }

  /**
   * Takes the end that reads, for this thread.
   *
   * @throws {TypeError} If it is taken, by this thread or by another live one.
   */
  consumer(): ByteConsumer {
    return new ByteConsumer(this.handle);
  }
}

/** Never 0, which is what fresh memory holds. */
function formOf(capacity: number): number {
  return 31 - Math.clz32(capacity);
}

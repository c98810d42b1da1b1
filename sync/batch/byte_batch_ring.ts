/**
 * A ring of batches of byte frames.
 *
 * The protocol is in the folder's README, "ByteBatchRing".
 *
 * @module
 */

import { checkKind } from "../memory/handle.ts";
import { frameLength } from "../queue/frame_bytes.ts";
import {
  attachFrameBatches,
  type ByteBatchRingHandle,
  createFrameBatches,
  type FrameBatches,
} from "./frame_batches.ts";
import { FrameIntake, type WriteFrame } from "./frame_intake.ts";
import { checkTicket, PushedBatches } from "./pushed_batches.ts";

/**
 * A bounded ring of byte frames that any thread pushes into: a {@linkcode BatchRing}
 * whose records are bytes, each as many as it likes.
 *
 * A frame is padded to a multiple of 8 bytes and lies in one piece. The thread that
 * bounds a batch reads its frames where they lie, as views, until it frees the batch.
 *
 * @example Usage
 * ```ts
 * import { ByteBatchRing } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ring = new ByteBatchRing(64, 1024);
 * const same = ByteBatchRing.from(ring.handle); // in any thread
 * same.push(new TextEncoder().encode("hello"), { ticket: 5 });
 *
 * using consumer = ring.consumer();
 * using batch = consumer.bound()!;
 * assertEquals(new TextDecoder().decode(batch.at(0)), "hello");
 * assertEquals(batch.ticketOf(0), 5);
 * ```
 */
export class ByteBatchRing extends PushedBatches<Uint8Array> {
  /** Names this ring in a message. */
  readonly handle: ByteBatchRingHandle;
  /** How many bytes there can be, with what pads them; no frame can be longer. */
  readonly byteCapacity: number;
  readonly #intake: FrameIntake;

  /**
   * Makes a ring.
   *
   * @param capacity How many frames there can be: a power of two from 64 to 2^17.
   * @param byteCapacity How many bytes there can be in all: a multiple of 8, from 64
   * to 2^30.
   * @throws {RangeError} If one of them is not such a number.
   */
  constructor(capacity: number, byteCapacity: number);
  /** Attaches to a ring that another thread made. */
  constructor(handle: ByteBatchRingHandle);
  constructor(
    source: number | ByteBatchRingHandle,
    byteCapacity: number = NaN,
  ) {
    const memory: FrameBatches = typeof source === "object"
      ? attachFrameBatches(source)
      : createFrameBatches(source, byteCapacity);
    super(memory);
    this.handle = memory.handle;
    this.byteCapacity = memory.handle.byteCapacity;
    this.#intake = new FrameIntake(memory);
  }

  /**
   * Attaches to a ring that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from(handle: ByteBatchRingHandle): ByteBatchRing {
    return new ByteBatchRing(checkKind("ByteBatchRing", handle));
  }

  /**
   * Adds a frame to the open batch if there is room.
   *
   * @param bytes What the frame holds; they are copied.
   * @param ticket A number that stands beside it. Default: 0.
   * @returns Whether there was.
   * @throws {TypeError} If the bytes are no `Uint8Array`, or one whose memory was
   * transferred, or the ticket is no number, or in the middle of a
   * {@linkcode tryWrite} of this thread.
   * @throws {RangeError} If the frame is longer than the ring, or the ticket out of
   * range.
   */
  tryPush(bytes: Uint8Array, ticket: number = 0): boolean {
    checkTicket(ticket);
    const length = frameLength(bytes, this.byteCapacity);
    return this.#intake.offer(bytes, length, ticket);
  }

  /**
   * Adds as many frames as there is room for. They stand next to each other in one
   * batch, and other threads that push wait until all are written.
   *
   * @param ticket That of the first one; each has that of the one before, plus 1.
   * Default: 0.
   * @returns How many were added, from the start of the array.
   * @throws {TypeError} As for {@linkcode tryPush}; none was added then.
   * @throws {RangeError} Likewise.
   *
   * @example Usage
   * ```ts
   * import { ByteBatchRing } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const ring = new ByteBatchRing(64, 64);
   * const frame = Uint8Array.of(1, 2, 3);
   * // Each takes 8 bytes.
   * assertEquals(ring.pushMany(Array(20).fill(frame)), 8);
   * ```
   */
  pushMany(frames: readonly Uint8Array[], ticket: number = 0): number {
    checkTicket(ticket);
    // Code of the caller runs before others wait for this thread.
    const checked: Uint8Array[] = [];
    for (const bytes of frames) {
      this.check(bytes);
      checked.push(bytes);
    }
    return this.#intake.offerMany(checked, ticket);
  }

  /**
   * Adds a frame that is written in its place, if there is room: nothing is copied.
   *
   * @param length Of the frame, in bytes.
   * @param write Is given shared memory and where in it the frame starts, and fills
   * the frame. Other threads that push wait until it returns, so it must be quick, and
   * it must not push to this ring: that throws a `TypeError`. If it throws, nothing was
   * added.
   * @param ticket A number that stands beside it. Default: 0.
   * @returns Whether there was room.
   * @throws {TypeError} If the ticket is no number, or in the middle of another
   * `write` of this thread.
   * @throws {RangeError} If the length is no integer from 0 to
   * {@linkcode byteCapacity}, or the ticket is out of range.
   *
   * @example Usage
   * ```ts
   * import { ByteBatchRing } from "@kindred/kindred/sync";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const ring = new ByteBatchRing(64, 1024);
   * assert(ring.tryWrite(4, (bytes, start) => bytes.fill(7, start, start + 4)));
   * using consumer = ring.consumer();
   * assertEquals(consumer.bound()?.toArray(), [Uint8Array.of(7, 7, 7, 7)]);
   * ```
   */
  tryWrite(length: number, write: WriteFrame, ticket: number = 0): boolean {
    checkTicket(ticket);
    if (
      !Number.isInteger(length) || length < 0 || length > this.byteCapacity
    ) {
      throw new RangeError(
        `Cannot write frame as 'length' must be an integer from 0 to ${this.byteCapacity}: received ${length}`,
      );
    }
    return this.#intake.offerWritten(length, write, ticket);
  }

  /** Checks a frame, as each try does. */
  protected check(bytes: Uint8Array): void {
    frameLength(bytes, this.byteCapacity);
  }
}

/**
 * The end of a byte ring that writes.
 *
 * @module
 */

import { ByteRingEnd } from "./byte_ring_end.ts";
import {
  type ByteRingHandle,
  FRAMES,
  ITEMS,
  ROOM,
} from "./byte_ring_memory.ts";
import { EventCount } from "../thread/event_count.ts";
import { frameLength, lengthOf } from "./frame_bytes.ts";
import { FrameRingProducer } from "./frame_ring.ts";
import { partOf } from "../memory/memory.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

/** Up to so many bytes a loop beats a call. */
const FEW = 32;

/** Options of {@linkcode ByteProducer.push}. */
export interface BytePushOptions extends WaitOptions {
  /** The frame's tag: a 32-bit integer with a sign. Default: 0. */
  readonly tag?: number;
}

/** Options of {@linkcode ByteProducer.pushAsync}. */
export interface BytePushAsyncOptions extends WaitAsyncOptions {
  /** The frame's tag: a 32-bit integer with a sign. Default: 0. */
  readonly tag?: number;
}

/** The end of a {@linkcode ByteRing} that writes. For one thread. */
export class ByteProducer extends ByteRingEnd {
  /** Where the consumer waits. */
  readonly #items: EventCount;
  /** Where the producer waits. */
  readonly #room: EventCount;
  readonly #frames: FrameRingProducer;
  readonly #capacity: number;
  /** How many frames `push()` of this end has added, modulo 2^32. */
  #pushed = 0;

  /** See {@linkcode ByteRing.producer}. */
  constructor(handle: ByteRingHandle) {
    super(handle, "producer");
    this.#items = new EventCount(partOf(handle, ITEMS));
    this.#room = new EventCount(partOf(handle, ROOM));
    this.#frames = new FrameRingProducer(
      partOf(handle, FRAMES),
      handle.capacity,
    );
    this.#capacity = handle.capacity;
  }

  /**
   * Adds a frame if there is room. Wait-free.
   *
   * @param bytes What the frame holds; they are copied.
   * @param tag A 32-bit integer with a sign.
   * @returns Whether there was room.
   * @throws {TypeError} If the bytes are no `Uint8Array`, or one whose memory was
   * transferred, or in the middle of a `write` at this end.
   * @throws {RangeError} If the frame is too long for the ring, or the tag is
   * not such an integer.
   */
  tryPush(bytes: Uint8Array, tag: number = 0): boolean {
    this.checkIdle("push frame");
    const length = frameLength(bytes, this.#frames.longest);
    checkTag(tag);
    if (!this.#stage(bytes, length, tag)) return false;
    this.#publish();
    return true;
  }

  /**
   * Adds as many frames as there is room for; the consumer sees all of them at
   * once. Wait-free.
   *
   * @param tag The tag of each: a 32-bit integer with a sign.
   * @returns How many were added, from the first one on.
   * @throws {TypeError} If one of them is no `Uint8Array`, or one whose memory was
   * transferred, or in the middle of a `write` at this end; none was added then.
   * @throws {RangeError} If one is too long for the ring, or the tag is not such
   * an integer; none was added then.
   *
   * @example Usage
   * ```ts
   * import { ByteRing } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const ring = new ByteRing(64);
   * using producer = ring.producer();
   * const frame = Uint8Array.of(1, 2, 3, 4);
   * // Each takes 16 bytes of the ring.
   * assertEquals(producer.pushMany([frame, frame, frame, frame, frame]), 4);
   * ```
   */
  pushMany(frames: readonly Uint8Array[], tag: number = 0): number {
    this.checkIdle("push frames");
    checkTag(tag);
    for (const bytes of frames) frameLength(bytes, this.#frames.longest);
    let count = 0;
    for (; count < frames.length; count++) {
      const bytes = frames[count]!;
      if (!this.#stage(bytes, lengthOf(bytes), tag)) break;
    }
    if (count > 0) this.#publish();
    return count;
  }

  /**
   * Adds a frame that is written in its place, if there is room: nothing is
   * copied. Wait-free.
   *
   * @param length Of the frame, in bytes.
   * @param write Is given shared memory and where in it the frame starts, and
   * fills the frame. If it throws, nothing was added. It must not call this end:
   * that throws a `TypeError`.
   * @param tag A 32-bit integer with a sign.
   * @returns Whether there was room.
   * @throws {TypeError} In the middle of a `write` at this end.
   * @throws {RangeError} If the length is not an integer, the frame is too long
   * for the ring, or the tag is not such an integer.
   *
   * @example Usage
   * ```ts
   * import { ByteRing } from "@kindred/kindred/sync";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const ring = new ByteRing(1024);
   * using producer = ring.producer();
   * assert(producer.tryWrite(100, (bytes, start) => {
   *   bytes.fill(7, start, start + 100);
   * }));
   * using consumer = ring.consumer();
   * const sum = consumer.tryVisit(({ bytes, start, length }) => {
   *   let sum = 0;
   *   for (let k = start; k < start + length; k++) sum += bytes[k]!;
   *   return sum;
   * });
   * assertEquals(sum, 700);
   * ```
   */
  tryWrite(
    length: number,
    write: (bytes: Uint8Array, start: number) => void,
    tag: number = 0,
  ): boolean {
    this.checkIdle("write frame");
    if (!Number.isInteger(length)) {
      throw new RangeError(
        `Cannot write frame as 'length' must be an integer: received ${length}`,
      );
    }
    checkTag(tag);
    const start = this.#frames.tryStage(tag, length);
    if (start < 0) return false;
    this.busy = true;
    try {
      write(this.#frames.bytes, start);
    } catch (error) {
      this.#frames.unstage();
      throw error;
    } finally {
      this.busy = false;
    }
    this.#publish();
    return true;
  }

  /**
   * Adds a frame; blocks the thread while there is no room.
   *
   * @param bytes What the frame holds; they are copied.
   * @throws {TypeError} If the bytes are no `Uint8Array`, or one whose memory was
   * transferred, or this end was given back, or in the middle of a `write` at it.
   * @throws {RangeError} If the frame is too long for the ring, or the tag or
   * the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  push(bytes: Uint8Array, options?: BytePushOptions): void {
    const timeout = options?.timeout;
    const tag = options?.tag === undefined ? 0 : options.tag;
    checkTimeout(timeout, "push");
    this.checkKept("push");
    if (!this.tryPush(bytes, tag)) this.#pushSlowly(bytes, tag, timeout);
    this.#pushed = (this.#pushed + 1) | 0;
  }

  /**
   * Adds a frame as soon as there is room, without blocking the thread.
   *
   * @param bytes What the frame holds; they must stay as they are until then.
   * @throws {TypeError} If the bytes are no `Uint8Array`, or one whose memory was
   * transferred, or this end is given back meanwhile, or in the middle of a `write`
   * at it; nothing was added then.
   * @throws {RangeError} If the frame is too long for the ring, or the tag or
   * the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  async pushAsync(
    bytes: Uint8Array,
    options: BytePushAsyncOptions = {},
  ): Promise<void> {
    const { tag = 0, timeout, signal } = options;
    checkTimeout(timeout, "push");
    this.checkIdle("push frame");
    frameLength(bytes, this.#frames.longest);
    checkTag(tag);
    const attempt = () => this.tryPush(bytes, tag) || undefined;
    await this.#room.waitAsync(
      () => this.whileHeld("push", attempt),
      { action: "push", timeout, signal },
    );
  }

  #pushSlowly(
    bytes: Uint8Array,
    tag: number,
    timeout: number | undefined,
  ): void {
    const attempt = () => this.tryPush(bytes, tag) || undefined;
    this.#room.wait(
      () => this.whileHeld("push", attempt),
      {
        action: "push",
        timeout,
        progress: this.#pushed,
        // So many frames like this one.
        room: Math.floor(this.#capacity / (lengthOf(bytes) + 16)),
      },
    );
  }

  #stage(bytes: Uint8Array, length: number, tag: number): boolean {
    const start = this.#frames.tryStage(tag, length);
    if (start < 0) return false;
    try {
      this.#copy(bytes, start, length);
    } catch (error) {
      this.#frames.unstage();
      throw error;
    }
    return true;
  }

  /** No more than there is room for: what another thread sees may grow. */
  #copy(bytes: Uint8Array, start: number, length: number): void {
    const target = this.#frames.bytes;
    if (length <= FEW) {
      for (let k = 0; k < length; k++) target[start + k] = bytes[k]!;
      return;
    }
    const { buffer } = bytes;
    if ("growable" in buffer && buffer.growable) {
      target.set(bytes.subarray(0, length), start);
    } else target.set(bytes, start);
  }

  #publish(): void {
    this.#frames.publish();
    this.#items.signal();
  }
}

function checkTag(tag: number): void {
  if ((tag | 0) === tag) return;
  throw new RangeError(
    `Cannot push frame as 'tag' must be a 32-bit integer with a sign: received ${tag}`,
  );
}

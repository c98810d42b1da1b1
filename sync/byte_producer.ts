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
  partOf,
  ROOM,
} from "./byte_ring_memory.ts";
import { EventCount } from "./event_count.ts";
import { FrameRingProducer } from "./frame_ring.ts";
import { checkTimeout } from "./timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "./wait.ts";

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

  /** See {@linkcode ByteRing.producer}. */
  constructor(handle: ByteRingHandle) {
    super(handle, "producer");
    this.#items = new EventCount(partOf(handle, ITEMS));
    this.#room = new EventCount(partOf(handle, ROOM));
    this.#frames = new FrameRingProducer(
      partOf(handle, FRAMES),
      handle.capacity,
    );
  }

  /**
   * Adds a frame if there is room. Wait-free.
   *
   * @param bytes What the frame holds; they are copied.
   * @param tag A 32-bit integer with a sign.
   * @returns Whether there was room.
   * @throws {TypeError} If the bytes are no `Uint8Array`.
   * @throws {RangeError} If the frame is too long for the ring, or the tag is
   * not such an integer.
   */
  tryPush(bytes: Uint8Array, tag: number = 0): boolean {
    this.#check(bytes);
    checkTag(tag);
    if (!this.#stage(bytes, tag)) return false;
    this.#publish();
    return true;
  }

  /**
   * Adds as many frames as there is room for; the consumer sees all of them at
   * once. Wait-free.
   *
   * @param tag The tag of each: a 32-bit integer with a sign.
   * @returns How many were added, from the first one on.
   * @throws {TypeError} If one of them is no `Uint8Array`; none was added then.
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
    checkTag(tag);
    for (const bytes of frames) this.#check(bytes);
    let count = 0;
    while (count < frames.length && this.#stage(frames[count]!, tag)) count++;
    if (count > 0) this.#publish();
    return count;
  }

  /**
   * Adds a frame that is written in its place, if there is room: nothing is
   * copied. Wait-free.
   *
   * @param length Of the frame, in bytes.
   * @param write Is given shared memory and where in it the frame starts, and
   * fills the frame. If it throws, nothing was added.
   * @param tag A 32-bit integer with a sign.
   * @returns Whether there was room.
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
    if (!Number.isInteger(length)) {
      throw new RangeError(
        `Cannot write frame as 'length' must be an integer: received ${length}`,
      );
    }
    checkTag(tag);
    const start = this.#frames.tryStage(tag, length);
    if (start < 0) return false;
    try {
      write(this.#frames.bytes, start);
    } catch (error) {
      this.#frames.unstage();
      throw error;
    }
    this.#publish();
    return true;
  }

  /**
   * Adds a frame; blocks the thread while there is no room.
   *
   * @param bytes What the frame holds; they are copied.
   * @throws {TypeError} If the bytes are no `Uint8Array`.
   * @throws {RangeError} If the frame is too long for the ring, or the tag or
   * the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up; nothing was
   * added then.
   * @throws {RingEndLostError} If there is no room and the consumer was lost.
   */
  push(bytes: Uint8Array, options: BytePushOptions = {}): void {
    const { tag = 0, timeout } = options;
    checkTimeout(timeout, "push");
    if (this.tryPush(bytes, tag)) return;
    this.#room.wait(
      () => this.unlessLost(() => this.tryPush(bytes, tag) || undefined),
      { action: "push", timeout },
    );
  }

  /**
   * Adds a frame as soon as there is room, without blocking the thread.
   *
   * @param bytes What the frame holds; they must stay as they are until then.
   * @throws {TypeError} If the bytes are no `Uint8Array`.
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
    this.#check(bytes);
    checkTag(tag);
    await this.#room.waitAsync(
      () => this.unlessLost(() => this.tryPush(bytes, tag) || undefined),
      { action: "push", timeout, signal },
    );
  }

  #check(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot push frame as it must be a Uint8Array: received ${typeof bytes}`,
      );
    }
    if (bytes.length > this.#frames.longest) {
      throw new RangeError(
        `Cannot push frame as it must have ${this.#frames.longest} bytes at most: received ${bytes.length}`,
      );
    }
  }

  #stage(bytes: Uint8Array, tag: number): boolean {
    const start = this.#frames.tryStage(tag, bytes.length);
    if (start < 0) return false;
    this.#frames.bytes.set(bytes, start);
    return true;
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

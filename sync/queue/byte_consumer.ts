/**
 * The end of a byte ring that reads.
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
import { FrameRingConsumer } from "./frame_ring.ts";
import { partOf } from "../memory/memory.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

/** Up to so many bytes a loop beats a view and a call. */
const FEW = 64;

/** A frame in its place, only while it is visited. */
export interface ByteFrame {
  /** Shared memory that holds the frame. */
  readonly bytes: Uint8Array;
  /** Where in it the frame starts: a multiple of 8. */
  readonly start: number;
  /** How long the frame is, in bytes. */
  readonly length: number;
  /** The frame's tag. */
  readonly tag: number;
}

/** The end of a {@linkcode ByteRing} that reads. For one thread. */
export class ByteConsumer extends ByteRingEnd {
  /** Where the consumer waits. */
  readonly #items: EventCount;
  /** Where the producer waits. */
  readonly #room: EventCount;
  readonly #frames: FrameRingConsumer;
  /** Whether the frame ring stands at a frame that was not taken. */
  #found = false;
  #tag = 0;
  /** How many frames this end has taken, modulo 2^32. */
  #taken = 0;

  /** See {@linkcode ByteRing.consumer}. */
  constructor(handle: ByteRingHandle) {
    super(handle, "consumer");
    this.#items = new EventCount(partOf(handle, ITEMS));
    this.#room = new EventCount(partOf(handle, ROOM));
    this.#frames = new FrameRingConsumer(
      partOf(handle, FRAMES),
      handle.capacity,
    );
  }

  /** The tag of the frame that was taken last; 0 before the first one. */
  get tag(): number {
    return this.#tag;
  }

  /**
   * Takes the oldest frame, as a copy; `undefined` if there is none. Wait-free.
   *
   * @throws {TypeError} In the middle of a `visit` at this end.
   */
  tryPop(): Uint8Array<ArrayBuffer> | undefined {
    this.checkIdle("pop frame");
    if (!this.#find()) return undefined;
    // deno-lint-ignore kindred/no-shared-views -- not shared
    const copy = new Uint8Array(this.#frames.length);
    this.#copy(copy);
    this.#take();
    this.#free();
    return copy;
  }

  /**
   * Takes the oldest frame into memory of the caller. Wait-free.
   *
   * @param target Where to put its bytes, from the start.
   * @returns How long the frame is, in bytes; `undefined` if there is none.
   * @throws {TypeError} If the target is no `Uint8Array`, or in the middle of a
   * `visit` at this end.
   * @throws {RangeError} If the frame is longer than the target; it is still
   * there then.
   *
   * @example Usage
   * ```ts
   * import { ByteRing } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const ring = new ByteRing(1024);
   * using producer = ring.producer();
   * producer.tryPush(Uint8Array.of(1, 2), 7);
   * using consumer = ring.consumer();
   * const target = new Uint8Array(16);
   * assertEquals(consumer.tryPopInto(target), 2);
   * assertEquals(consumer.tag, 7);
   * assertEquals(target.subarray(0, 2), Uint8Array.of(1, 2));
   * ```
   */
  tryPopInto(target: Uint8Array): number | undefined {
    this.checkIdle("pop frame");
    if (!(target instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot pop frame as 'target' must be a Uint8Array: received ${typeof target}`,
      );
    }
    if (!this.#find()) return undefined;
    const { length } = this.#frames;
    if (length > target.length) {
      throw new RangeError(
        `Cannot pop frame as 'target' must have ${length} bytes: received ${target.length}`,
      );
    }
    this.#copy(target);
    this.#take();
    this.#free();
    return length;
  }

  /**
   * Takes the oldest frame after a look at it in its place: nothing is copied.
   * Wait-free, but for what `visit` does.
   *
   * @param visit Must not keep the frame: its memory is the producer's again
   * when this returns. If it throws, the frame is still there. It must not call
   * this end: that throws a `TypeError`.
   * @returns What `visit` returned; `undefined` if there is no frame.
   * @throws {TypeError} In the middle of a `visit` at this end.
   */
  tryVisit<R>(visit: (frame: ByteFrame) => R): R | undefined {
    this.checkIdle("visit frame");
    if (!this.#find()) return undefined;
    let result: R;
    this.busy = true;
    try {
      result = visit(this.#frames);
    } finally {
      this.busy = false;
    }
    this.#take();
    this.#free();
    return result;
  }

  /**
   * Takes all frames that are there, each after a look at it in its place; the
   * producer gets their room back at once.
   *
   * @param visit As for {@linkcode tryVisit}. If it throws, that frame and those
   * behind it are still there.
   * @returns How many frames were taken.
   * @throws {TypeError} In the middle of a `visit` at this end.
   *
   * @example Usage
   * ```ts
   * import { ByteRing } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const ring = new ByteRing(1024);
   * using producer = ring.producer();
   * producer.pushMany([Uint8Array.of(1, 2), new Uint8Array(0)]);
   * using consumer = ring.consumer();
   * const lengths: number[] = [];
   * assertEquals(consumer.visitMany(({ length }) => lengths.push(length)), 2);
   * assertEquals(lengths, [2, 0]);
   * ```
   */
  visitMany(visit: (frame: ByteFrame) => void): number {
    this.checkIdle("visit frames");
    let count = 0;
    this.busy = true;
    try {
      while (this.#find()) {
        visit(this.#frames);
        this.#take();
        count++;
      }
    } finally {
      this.busy = false;
      if (this.#found) {
        // Its room is not free.
        this.#found = false;
        this.#frames.back();
      }
      if (count > 0) this.#free();
    }
    return count;
  }

  /**
   * Takes the oldest frame, as a copy; blocks the thread while there is none.
   *
   * @throws {TypeError} If this end was given back, or in the middle of a `visit` at
   * it.
   * @throws {RangeError} If the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RingEndLostError} If there is no frame and the producer was lost.
   */
  pop(options?: WaitOptions): Uint8Array<ArrayBuffer> {
    this.#wait("pop", options?.timeout);
    return this.tryPop()!;
  }

  /**
   * Takes the oldest frame, as a copy, as soon as there is one, without blocking
   * the thread.
   *
   * @throws {TypeError} If this end is given back meanwhile; no frame was taken
   * then. Or in the middle of a `visit` at it.
   * @throws {RangeError} If the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; no frame was taken then.
   * @throws {RingEndLostError} If there is no frame and the producer was lost.
   */
  async popAsync(
    options: WaitAsyncOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { timeout, signal } = options;
    checkTimeout(timeout, "pop");
    this.checkIdle("pop frame");
    const attempt = () => this.tryPop();
    return await this.#items.waitAsync(
      () => this.whileHeld("pop", attempt),
      { action: "pop", timeout, signal },
    );
  }

  /**
   * Blocks the thread until there is a frame, which then waits to be taken by
   * any of the other calls.
   *
   * @throws {TypeError} If this end was given back, or in the middle of a `visit` at
   * it.
   * @throws {RangeError} If the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RingEndLostError} If there is no frame and the producer was lost.
   */
  wait(options?: WaitOptions): void {
    this.#wait("wait for frame", options?.timeout);
  }

  /**
   * The same without blocking the thread.
   *
   * @throws {TypeError} If this end is given back meanwhile, or in the middle of a
   * `visit` at it.
   * @throws {RangeError} If the timeout is out of range.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RingEndLostError} If there is no frame and the producer was lost.
   *
   * @example Usage
   * ```ts
   * import { ByteRing } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const ring = new ByteRing(1024);
   * using producer = ring.producer();
   * using consumer = ring.consumer();
   * const length = consumer.waitAsync().then(() =>
   *   consumer.tryVisit((frame) => frame.length)
   * );
   * producer.tryPush(new Uint8Array(100));
   * assertEquals(await length, 100);
   * ```
   */
  async waitAsync(options: WaitAsyncOptions = {}): Promise<void> {
    const { timeout, signal } = options;
    checkTimeout(timeout, "wait for frame");
    const action = "wait for frame";
    this.checkIdle(action);
    const attempt = () => this.#find() || undefined;
    await this.#items.waitAsync(
      () => this.whileHeld(action, attempt),
      { action, timeout, signal },
    );
  }

  #wait(action: string, timeout: number | undefined): void {
    checkTimeout(timeout, action);
    this.checkIdle(action);
    this.checkKept(action);
    if (!this.#find()) this.#waitSlowly(action, timeout);
  }

  #waitSlowly(action: string, timeout: number | undefined): void {
    const attempt = () => this.#find() || undefined;
    this.#items.wait(
      () => this.whileHeld(action, attempt),
      { action, timeout, progress: this.#taken },
    );
  }

  /** Whether there is a frame; goes to it. */
  #find(): boolean {
    return this.#found || (this.#found = this.#frames.next());
  }

  /** The frame was used; its room is not yet free. */
  #take(): void {
    this.#found = false;
    this.#tag = this.#frames.tag;
    this.#taken = (this.#taken + 1) | 0;
  }

  /** Gives the room of all frames that were taken back. */
  #free(): void {
    this.#frames.free();
    this.#room.signal();
  }

  #copy(target: Uint8Array): void {
    const { bytes, start, length } = this.#frames;
    if (length <= FEW) {
      for (let k = 0; k < length; k++) target[k] = bytes[start + k]!;
    } else target.set(bytes.subarray(start, start + length));
  }
}

/**
 * What a broadcast and its ends have in common, in one thread.
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import type { RecordSource } from "../record/record_type.ts";
import type { BroadcastHandle, BroadcastHandleOf } from "./broadcast_handle.ts";
import { BroadcastRing, ringLengthOf } from "./broadcast_ring.ts";
import type { Codec } from "./codec.ts";
import { attachPayload, payloadOf, type PayloadOptions } from "./payload.ts";

/** The most messages that a broadcast can keep. */
export const MAX_BROADCAST_CAPACITY: number = 2 ** 24;
/** The most bytes of a broadcast. */
const MAX_BYTES = 2 ** 31 - 1;

/** Options of a `Broadcast`. */
export interface BroadcastOptions extends PayloadOptions {
  /**
   * How many messages are kept for receivers that are slow: 1 to 2^24, rounded up
   * to a power of two.
   */
  readonly capacity: number;
}

/** The ring, and how it is named. */
export class BroadcastCore<T> {
  /** Names the broadcast in a message. */
  readonly handle: BroadcastHandle;
  /** What was sent, and who is there. */
  readonly ring: BroadcastRing<T>;

  private constructor(handle: BroadcastHandle, ring: BroadcastRing<T>) {
    this.handle = handle;
    this.ring = ring;
  }

  /**
   * Makes a broadcast.
   *
   * @throws {TypeError} If the source is not what messages can be.
   * @throws {RangeError} If an option is out of range; if all of it takes 2 GiB or
   * more.
   */
  static create<T>(
    source: RecordSource<T> | Codec<T>,
    options: BroadcastOptions | undefined,
  ): BroadcastCore<T> {
    const payload = payloadOf<T>("create broadcast", source, options);
    const capacity = roundUp("create broadcast", options?.capacity);
    const byteLength = ringLengthOf(payload.width, capacity);
    if (byteLength > MAX_BYTES) {
      throw new RangeError(
        `Cannot create broadcast as ${capacity} messages take 2 GiB or more: received ${byteLength} bytes`,
      );
    }
    const slice = allocate(byteLength);
    const handle: BroadcastHandle = {
      kind: "Broadcast",
      ...slice,
      ...payload.form,
      capacity,
    };
    const ring = new BroadcastRing(handle, payload, capacity);
    ring.init();
    return new BroadcastCore(handle, ring);
  }

  /**
   * Attaches to a broadcast.
   *
   * @throws {TypeError} If the handle is none, or the codec is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static attach<T>(
    handle: BroadcastHandle,
    codec: Codec<T> | undefined,
  ): BroadcastCore<T> {
    const action = "attach to broadcast";
    const payload = attachPayload("Broadcast", handle, codec, (width) => {
      const { capacity } = handle;
      if (roundUp(action, capacity) === capacity) {
        return ringLengthOf(width, capacity);
      }
      throw new RangeError(
        `Cannot ${action} as 'capacity' must be a power of two: received ${capacity}`,
      );
    });
    const { capacity } = handle;
    if (!BroadcastRing.fits(handle, payload, capacity)) {
      throw new RangeError(
        `Cannot ${action} as it is of another form than the handle says`,
      );
    }
    const ring = new BroadcastRing(handle, payload, capacity);
    return new BroadcastCore(handle, ring);
  }

  /** A handle of an end of it. */
  handleOf<K extends string>(kind: K): BroadcastHandleOf<K> {
    return { ...this.handle, kind };
  }
}

function roundUp(action: string, capacity: unknown): number {
  if (
    typeof capacity === "number" && Number.isInteger(capacity) &&
    capacity >= 1 && capacity <= MAX_BROADCAST_CAPACITY
  ) return 2 ** Math.ceil(Math.log2(capacity));
  throw new RangeError(
    `Cannot ${action} as 'capacity' must be an integer from 1 to ${MAX_BROADCAST_CAPACITY}: received ${capacity}`,
  );
}

/**
 * What a watch and its ends have in common, in one thread.
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import type { RecordSource } from "../record/record_type.ts";
import type { Codec } from "./codec.ts";
import { attachPayload, payloadOf, type PayloadOptions } from "./payload.ts";
import { cellLengthOf, WatchCell } from "./watch_cell.ts";
import type { WatchHandle, WatchHandleOf } from "./watch_handle.ts";

/** The cell, and how it is named. */
export class WatchCore<T> {
  /** Names the watch in a message. */
  readonly handle: WatchHandle;
  /** The last value, and who is there. */
  readonly cell: WatchCell<T>;

  private constructor(handle: WatchHandle, cell: WatchCell<T>) {
    this.handle = handle;
    this.cell = cell;
  }

  /**
   * Makes a watch.
   *
   * @throws {TypeError} If the source is not what values can be, or the first one
   * none of it.
   * @throws {RangeError} If the first value or an option is out of range.
   */
  static create<T>(
    source: RecordSource<T> | Codec<T>,
    initial: T,
    options: PayloadOptions | undefined,
  ): WatchCore<T> {
    const payload = payloadOf<T>("create watch", source, options);
    const words = payload.enter("create watch", initial);
    const slice = allocate(cellLengthOf(payload.width));
    const handle: WatchHandle = { kind: "Watch", ...slice, ...payload.form };
    const cell = new WatchCell(handle, payload);
    cell.init(words);
    return new WatchCore(handle, cell);
  }

  /**
   * Attaches to a watch.
   *
   * @throws {TypeError} If the handle is none, or the codec is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static attach<T>(
    handle: WatchHandle,
    codec: Codec<T> | undefined,
  ): WatchCore<T> {
    const payload = attachPayload("Watch", handle, codec, cellLengthOf);
    if (!WatchCell.fits(handle, payload)) {
      throw new RangeError(
        "Cannot attach to watch as it is of another form than the handle says",
      );
    }
    return new WatchCore(handle, new WatchCell(handle, payload));
  }

  /** A handle of an end of it. */
  handleOf<K extends string>(kind: K): WatchHandleOf<K> {
    return { ...this.handle, kind };
  }
}

/**
 * What stands in the frames of a batch: several items of a mapping that go to a worker
 * together, and their results.
 *
 * Each item and each result is written by itself, so that what occurs in two of them
 * arrives as two copies, as if they had travelled alone.
 *
 * @module
 */

import { decodeEach } from "../../codec/decode.ts";
import { encodeEach } from "../../codec/encode.ts";
import type { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";

/** What a batch came to. */
export interface BatchOutcome {
  /**
   * Results that were not told before, in the order of the items. If they are fewer
   * than the items that are left, the last ones were not started.
   */
  readonly values: readonly unknown[];
  /** How long all that took, in ms. */
  readonly elapsed: number;
  /** How many bytes came back. */
  readonly received: number;
}

/** What a batch came to, as it is sent. */
export type BatchResults = Omit<BatchOutcome, "received">;

/** A result that is told before the others, and of which item it is. */
export type BatchPart = readonly [index: number, value: unknown];

/**
 * Writes items, each as the only argument of its call.
 *
 * @throws {TypeError} If one is not portable.
 */
export function encodeItems(out: Writer, items: readonly unknown[]): void {
  encodeEach(out, items, "argument 0");
}

/**
 * Writes what a batch came to.
 *
 * @throws {TypeError} If a result is not portable.
 */
export function encodeOutcome(
  out: Writer,
  { values, elapsed }: BatchResults,
  label: string,
): void {
  out.double(elapsed);
  encodeEach(out, values, label);
}

/**
 * Reads what a batch came to.
 *
 * @throws {CorruptFrameError} If the bytes are not what the encoder writes.
 */
export function decodeOutcome(frame: Reader): BatchOutcome {
  const received = frame.moved.length > 0
    ? Infinity // beside the frame
    : 4 * (frame.end - frame.at);
  const elapsed = frame.double();
  return { values: decodeEach(frame), elapsed, received };
}

/**
 * Encoding and decoding in one step.
 *
 * @module
 */

import { assertLessOrEqual, assertThrows } from "@std/assert";
import {
  CorruptFrameError,
  decode,
  decodeArguments,
  encode,
  encodeArguments,
  MissingExportsError,
  NotHereError,
  Reader,
  Writer,
} from "../../codec/mod.ts";
import { ChannelClosedError, DeadlockError } from "../../sync/mod.ts";

/** Options of {@linkcode copyOf}. */
export interface CopyOptions {
  /** Whether shared memory may be sent along. */
  readonly shared?: boolean;
  /** The size of the writer at first, in bytes. */
  readonly capacity?: number;
}

/** The encoding of a value. */
export function encoded(value: unknown, options: CopyOptions = {}): Writer {
  const out = new Writer(options.capacity);
  if (options.shared) out.buffers = [];
  encode(out, value, "value");
  return out;
}

/** A reader of what was written. */
export function readerOf(out: Writer): Reader {
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = out.buffers ?? [];
  return reader;
}

/** A frame of these words. */
export function frameOf(...words: number[]): Reader {
  return Reader.of(new Uint8Array(Int32Array.from(words).buffer));
}

/** What arrives when a value is sent. */
export function copyOf(value: unknown, options?: CopyOptions): unknown {
  return decode(readerOf(encoded(value, options)));
}

/** What arrives when values are sent as the arguments of a call. */
export function copiesOf(
  values: readonly unknown[],
  capacity?: number,
): unknown[] {
  const out = new Writer(capacity);
  encodeArguments(out, values);
  return decodeArguments(readerOf(out));
}

/** Fails unless decode() says that a frame is corrupt. */
export function assertCorrupt(frame: Reader): void {
  assertThrows(() => decode(frame), CorruptFrameError);
}

/** What decode() may throw, whatever a frame says, if no code of the program throws. */
const REFUSALS = [
  CorruptFrameError,
  // Random words may name a module,
  MissingExportsError,
  // something that is not here,
  NotHereError,
  // an end of a channel that is closed,
  ChannelClosedError,
  // or a cell whose value this thread makes.
  DeadlockError,
];

/** Fails, with the error, unless it is one of those. */
export function assertRefusal(error: unknown): void {
  if (!REFUSALS.some((type) => error instanceof type)) throw error;
}

/**
 * What a frame gives that may be corrupt: undefined if it is. Fails if reading does
 * anything else than to say so, or goes beyond the frame.
 */
export function readWhole(
  frame: Reader,
  from: (reader: Reader) => unknown,
): unknown {
  try {
    return from(frame);
  } catch (error) {
    assertRefusal(error);
    return undefined;
  } finally {
    assertLessOrEqual(frame.at, frame.end);
  }
}

/**
 * Copies of what crosses to an inline worker and back: the same as between
 * threads.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { Reader } from "../../codec/reader.ts";
import { inWords } from "../../codec/in_words.ts";
import { transferHere } from "../../codec/transfer_here.ts";
import { Writer } from "../../codec/writer.ts";
import { encodeFailure } from "../host/outcome.ts";
import { whereAsked } from "../local/current_home.ts";
import type { Home } from "../local/home.ts";

/** A writer of a frame that may have attachments. */
export function newFrame(): Writer {
  const out = new Writer(256);
  out.clear();
  return out;
}

/**
 * Sends what was written: what it moves is gone from here.
 *
 * @throws {TypeError} If something in it cannot be moved; then it is as if it had not
 * been written.
 */
export function send(out: Writer): Writer {
  try {
    out.moved = transferHere(out.moved ?? []);
  } catch (cause) {
    out.drop();
    throw new TypeError(
      `Cannot move value to another thread: ${inWords(cause)}`,
      { cause },
    );
  }
  out.sent();
  return out;
}

/** Reads what was sent. */
export function readBack(out: Writer): Reader {
  const reader = Reader.of(out.bytes.subarray(0, out.byteLength));
  reader.buffers = out.buffers ?? [];
  reader.moved = out.moved ?? [];
  reader.context = out.context;
  return reader;
}

/** What was sent, as it arrives where it was asked for. */
function arrived(out: Writer, asker: Home | undefined): unknown {
  return whereAsked(asker, () => decode(readBack(out)));
}

/**
 * A copy of a result.
 *
 * @param asker The home where it was asked for.
 * @throws {TypeError} If it cannot be sent.
 */
export function copyOf(
  value: unknown,
  label: string,
  asker: Home | undefined,
): unknown {
  const out = newFrame();
  try {
    encode(out, value, label);
    send(out);
  } catch (error) {
    throw copyOfFailure(error, asker);
  }
  return arrived(out, asker);
}

/** A copy of what was thrown. */
export function copyOfFailure(
  thrown: unknown,
  asker: Home | undefined,
): unknown {
  const out = newFrame();
  encodeFailure(out, thrown);
  return arrived(send(out), asker);
}

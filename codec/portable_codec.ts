/**
 * The codec of portable values, for channels.
 *
 * @module
 */

import type { Codec } from "../sync/channel/codec.ts";
import { reserveName } from "../sync/channel/codec_names.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { CorruptFrameError, Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Larger memory than this, in bytes, is let go when it is not needed any more. */
const KEPT = 2 ** 20;
/** After so many values that needed little of it. */
const PATIENCE = 256;

/** Writers that no value is being written to: more than one if a getter sends. */
const writers: Writer[] = [];
let idle = 0;
/** Reads the memory from which the last value was read, and mostly the next. */
let reader = Reader.of(new Uint8Array(0));

/**
 * A codec for channels of portable values: numbers, strings, booleans, `null`,
 * `undefined` inside of others, bigints, `Date`, typed arrays and `ArrayBuffer`
 * (copied), arrays, plain objects, `Map`, `Set` and errors with their causes.
 *
 * A send of anything else throws a `TypeError` that says where it is; nothing is sent
 * then. So it does with shared memory, objects that live in it, and what is to be moved:
 * those go with calls, or in a family's shared state. A value that occurs twice in a
 * message arrives as one that occurs twice; it may contain itself.
 *
 * All channels of portable values use the same codec, by the name `"portable"`.
 *
 * @typeParam T What the channel carries; not checked at run time.
 *
 * @example Usage
 * ```ts
 * import { portableCodec } from "@kindred/kindred/codec";
 * import { Channel } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * interface Job {
 *   readonly name: string;
 *   readonly due?: Date;
 * }
 * const jobs = new Channel(portableCodec<Job>());
 * const [tx, rx] = [jobs.sender(), jobs.receiver()];
 * tx.send({ name: "count", due: new Date(0) });
 * assertEquals(rx.recv(), { name: "count", due: new Date(0) });
 *
 * const bad = { name: "count", run: () => {} };
 * assertThrows(() => tx.send(bad), TypeError, "'run' is a function");
 * ```
 */
export function portableCodec<T>(): Codec<T> {
  return CODEC as unknown as Codec<T>;
}

const CODEC: Codec<unknown> = {
  name: "portable",
  encode: (value) => {
    const out = writers.pop() ?? new Writer();
    try {
      out.length = 0;
      encode(out, value, "message");
      return out.bytes.subarray(0, out.byteLength);
    } finally {
      keep(out);
    }
  },
  decode: (bytes) => {
    if (bytes.length % 4 !== 0 || bytes.byteOffset % 4 !== 0) {
      throw new CorruptFrameError(
        `Cannot decode message as it does not consist of words: received ${bytes.length} bytes`,
      );
    }
    const from = readerOf(bytes);
    const value = decode(from);
    if (from.at === from.end) return value;
    throw new CorruptFrameError(
      `Cannot decode message as ${from.end - from.at} words are left over`,
    );
  },
};

reserveName(CODEC);

/** Its memory may be read until the next value is written. */
function keep(out: Writer): void {
  const isLarge = out.bytes.length > KEPT;
  if (!isLarge || out.byteLength > out.bytes.length / 4) idle = 0;
  else if (++idle >= PATIENCE) return;
  writers.push(out);
}

function readerOf(bytes: Uint8Array): Reader {
  const { buffer, byteOffset, length } = bytes;
  // Memory is mostly the same each time; a reader holds on to it.
  if (reader.bytes.buffer !== buffer) {
    if (buffer.byteLength > KEPT) return Reader.of(bytes);
    reader = Reader.of(new Uint8Array(buffer));
  }
  reader.frame(byteOffset, length);
  return reader;
}

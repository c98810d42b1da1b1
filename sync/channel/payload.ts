/**
 * Messages in places of a fixed size: how one stands in so many words.
 *
 * A message goes through private words of the thread, its *stage*. So code of the
 * caller (a codec, a getter of a struct's value) runs before anything shared is
 * changed and after all has been read, and never while others wait for it.
 *
 * @module
 */

import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { draftOf } from "../memory/memory.ts";
import { checkInto, recordTypeOf } from "../record/record.ts";
import type {
  RecordForm,
  RecordSource,
  RecordType,
} from "../record/record_type.ts";
import { builtInCodec } from "./built_in_codecs.ts";
import { type Codec, isCodec } from "./codec.ts";
import { checkCodec } from "./codec_names.ts";
import { decoded } from "./decoded.ts";
import { type EncodedLimit, encodedSize, plainBytes } from "./encoded.ts";

/** The most bytes of one message that a place can be made for. */
export const MAX_MESSAGE_BYTES: number = 2 ** 24;

/** What messages are, as plain data that `postMessage` can clone. */
export interface PayloadForm {
  /** What the records are, if messages are records. */
  readonly record?: RecordForm;
  /** The name of the codec, if they are not. */
  readonly codec?: string;
  /** How long the longest message of a codec can be, in bytes. */
  readonly maxBytes?: number;
}

/** Options of channels whose messages have places of a fixed size. */
export interface PayloadOptions {
  /**
   * How long the longest message can be, in bytes: 1 to 2^24. Needed for a codec;
   * records have a size of their own.
   */
  readonly maxBytes?: number;
}

/** How messages stand in words. */
export interface Payload<T> {
  /** The same as plain data, for handles. */
  readonly form: PayloadForm;
  /** The most words of a message. */
  readonly width: number;
  /** A number for the form; never 0. Memory keeps it and the width. */
  readonly mark: number;
  /** Private words: a message on its way. */
  readonly stage: Int32Array;
  /**
   * Checks a message and puts it on the stage.
   *
   * @returns How many words it takes.
   * @throws {TypeError} If it is none that can be sent.
   * @throws {RangeError} If it is out of range, or too long.
   */
  enter(action: string, message: T): number;
  /** How many words a message takes that begins with this one. */
  wordsFrom(first: number): number;
  /**
   * Checks where a message is to be put, before it counts as read. What a codec
   * makes is not put there.
   *
   * @throws {TypeError} If it cannot be put there.
   */
  checkInto(action: string, into: T | undefined): void;
  /** The message on the stage; in `into`, if it can be. */
  leave(into?: T): T;
}

/**
 * How messages stand in words that are named by a maker's arguments.
 *
 * @throws {TypeError} If they name neither records nor a codec, or a codec with the
 * name of one that each thread has by itself.
 * @throws {RangeError} If `maxBytes` is missing or out of range.
 */
export function payloadOf<T>(
  action: string,
  source: RecordSource<T> | Codec<T>,
  options: PayloadOptions = {},
): Payload<T> {
  if (!isCodec(source)) {
    return new RecordPayload(recordTypeOf<T>(action, source));
  }
  checkCodec(action, source);
  return new CodecPayload(action, source, options.maxBytes);
}

/** How messages stand in words that a handle names. */
function payloadFrom<T>(
  action: string,
  form: PayloadForm,
  codec: Codec<T> | undefined,
): Payload<T> {
  if (codec !== undefined) checkCodec(action, codec);
  if (form.codec === undefined) {
    return new RecordPayload(
      recordTypeOf<T>(action, form.record as RecordForm),
    );
  }
  const known = codec ?? builtInCodec(form.codec) as Codec<T> | undefined;
  if (known?.name !== form.codec) {
    throw new TypeError(
      `Cannot ${action} as its codec, the second argument of from(), must be "${form.codec}": received ${
        known === undefined ? "undefined" : `"${known.name}"`
      }`,
    );
  }
  return new CodecPayload(action, known, form.maxBytes);
}

/**
 * Checks the handle of a channel whose messages have places of a fixed size.
 *
 * @param byteLengthOf How much memory it takes, in bytes, for messages of so many
 * words.
 * @returns How messages stand in words.
 * @throws {TypeError} If the handle is none, or the codec is missing.
 * @throws {RangeError} If the buffer is too small.
 */
export function attachPayload<T, K extends string>(
  kind: K,
  handle: SharedHandle<K> & PayloadForm,
  codec: Codec<T> | undefined,
  byteLengthOf: (width: number) => number,
): Payload<T> {
  let payload: Payload<T>;
  checkHandle(kind, handle, () => {
    payload = payloadFrom(`attach to ${kind.toLowerCase()}`, handle, codec);
    return byteLengthOf(payload.width);
  });
  return payload!;
}

/** Records: always as many words. */
class RecordPayload<T> implements Payload<T> {
  readonly form: PayloadForm;
  readonly width: number;
  readonly mark: number;
  readonly stage: Int32Array;
  readonly #record: RecordType<T>;

  constructor(record: RecordType<T>) {
    this.#record = record;
    this.form = { record: record.form };
    this.width = record.width;
    this.mark = record.mark;
    this.stage = draftOf(4 * record.width).i32;
  }

  enter(action: string, message: T): number {
    this.#record.check(action, message);
    this.#record.write(this.stage, 0, message);
    return this.width;
  }

  wordsFrom(): number {
    return this.width;
  }

  checkInto(action: string, into: T | undefined): void {
    checkInto(action, this.#record.form, into);
  }

  leave(into?: T): T {
    return this.#record.read(this.stage, 0, into);
  }
}

/** What a codec makes: a word that says how many bytes, and these. */
class CodecPayload<T> implements Payload<T> {
  readonly form: PayloadForm;
  readonly width: number;
  readonly mark: number;
  readonly stage: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #limit: EncodedLimit;
  readonly #codec: Codec<T>;

  constructor(action: string, codec: Codec<T>, maxBytes: number | undefined) {
    if (
      maxBytes === undefined || !Number.isInteger(maxBytes) || maxBytes < 1 ||
      maxBytes > MAX_MESSAGE_BYTES
    ) {
      throw new RangeError(
        `Cannot ${action} as 'maxBytes' must be an integer from 1 to ${MAX_MESSAGE_BYTES} for messages of a codec: received ${maxBytes}`,
      );
    }
    this.#codec = codec;
    this.#limit = { codec: codec.name, most: maxBytes, option: "maxBytes" };
    this.form = { codec: codec.name, maxBytes };
    this.width = 1 + Math.ceil(maxBytes / 4);
    this.mark = markOf(codec.name);
    const draft = draftOf(4 * this.width);
    this.stage = draft.i32;
    this.#bytes = draft.u8.subarray(4);
  }

  enter(action: string, message: T): number {
    if (message === undefined) {
      throw new TypeError(
        `Cannot ${action} as undefined means that there is none: received undefined`,
      );
    }
    const bytes = this.#codec.encode(message);
    const size = encodedSize(action, bytes, this.#limit);
    this.#bytes.set(plainBytes(bytes, size));
    this.stage[0] = size;
    return this.wordsFrom(size);
  }

  wordsFrom(first: number): number {
    // A torn read may give any number; what it then reads is thrown away.
    return Math.min(1 + ((first >>> 0) + 3 >>> 2), this.width);
  }

  checkInto(): void {}

  leave(): T {
    // A copy: the codec may keep it, or call what uses the stage again.
    return decoded(this.#codec, this.#bytes.slice(0, this.stage[0]));
  }
}

/** A number for the name of a codec, that no record has. After FNV-1a. */
function markOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let k = 0; k < name.length; k++) {
    hash = Math.imul(hash ^ name.charCodeAt(k), 0x01000193);
  }
  // Records leave the lowest five bits free.
  return hash | 1;
}

/** Copies a message from the stage to shared words, by atomic stores. */
export function storeWords(
  words: Int32Array,
  at: number,
  stage: Int32Array,
  count: number,
): void {
  for (let k = 0; k < count; k++) Atomics.store(words, at + k, stage[k]!);
}

/**
 * Copies a message from shared words to the stage, by atomic loads. If another
 * thread writes meanwhile it may be torn: the caller finds out.
 */
export function loadWords<T>(
  words: Int32Array,
  at: number,
  payload: Payload<T>,
): void {
  const { stage } = payload;
  const first = Atomics.load(words, at);
  const count = payload.wordsFrom(first);
  stage[0] = first;
  for (let k = 1; k < count; k++) stage[k] = Atomics.load(words, at + k);
}

/**
 * Messages as bytes on their way: from a value, and to one.
 *
 * @module
 */

import type { RecordType } from "../record/record_type.ts";
import type { Codec } from "./codec.ts";
import { decoded } from "./decoded.ts";
import { type EncodedLimit, encodedSize, plainBytes } from "./encoded.ts";
import type { Shape } from "./flavor.ts";
import { Scratch } from "./scratch.ts";

/** Code of the caller runs in here only; nobody waits for it. */
export class Wire<T> {
  readonly #record: RecordType<T> | undefined;
  readonly #words: Int32Array;
  readonly #codec: Codec<T>;
  readonly #limit: EncodedLimit;
  readonly #scratch = new Scratch();

  /** For messages of so many bytes at most. */
  constructor(shape: Shape<T>, most: number) {
    this.#record = shape.record;
    // deno-lint-ignore kindred/no-shared-views -- not shared
    this.#words = new Int32Array(shape.record?.width ?? 0);
    this.#codec = shape.codec;
    this.#limit = { codec: shape.codec.name, most, option: "reserve" };
  }

  /** Checks a message, as far as that can be done without encoding it. */
  check(value: T): void {
    this.#record?.check("send message", value);
  }

  /** The bytes of a message, until the next call. */
  encode(value: T): Uint8Array {
    const bytes = this.#codec.encode(value);
    return plainBytes(bytes, encodedSize("send message", bytes, this.#limit));
  }

  /** Private memory for a message, until it is decoded. */
  room(length: number): Uint8Array<ArrayBuffer> {
    const scratch = this.#scratch;
    if (scratch.size < Math.max(length, 1)) scratch.grow(length);
    return scratch.take();
  }

  /** Gives memory back that was not needed. */
  free(room: Uint8Array<ArrayBuffer>): void {
    this.#scratch.give(room, 0);
  }

  /**
   * The message at the start of a room, which is given back.
   *
   * @throws {MessageDecodeError} If the codec fails.
   */
  decode(room: Uint8Array<ArrayBuffer>, length: number, into?: T): T {
    try {
      if (this.#record === undefined) return this.#decode(room, length);
      const words = this.#words;
      for (let k = 0; k < words.length; k++) {
        const at = 4 * k;
        words[k] = room[at]! | room[at + 1]! << 8 | room[at + 2]! << 16 |
          room[at + 3]! << 24;
      }
      return this.#record.read(words, 0, into);
    } finally {
      this.#scratch.give(room, length);
    }
  }

  #decode(room: Uint8Array<ArrayBuffer>, length: number): T {
    const bytes = this.#codec.keepsBytes === true
      ? room.slice(0, length)
      : room.subarray(0, length);
    return decoded(this.#codec, bytes);
  }
}

/**
 * Records as bytes, for stores of messages of any size.
 *
 * @module
 */

import type { RecordType } from "../record/record_type.ts";
import type { Codec } from "./codec.ts";

/** The codec of records of a type. */
export function recordCodec<T>(record: RecordType<T>): Codec<T> {
  // deno-lint-ignore kindred/no-shared-views -- not shared
  const words = new Int32Array(record.width);
  // deno-lint-ignore kindred/no-shared-views -- not shared
  const scratch = new Uint8Array(words.buffer);
  return {
    name: "record",
    encode(value) {
      record.check("send message", value);
      record.write(words, 0, value);
      return scratch;
    },
    decode(bytes) {
      scratch.set(bytes);
      return record.read(words, 0);
    },
  };
}

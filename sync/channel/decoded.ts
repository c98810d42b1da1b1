/**
 * What a codec makes of the bytes of a message that was read.
 *
 * @module
 */

import type { Codec } from "./codec.ts";
import { MessageDecodeError } from "./message_decode_error.ts";

/**
 * The message that bytes are.
 *
 * @throws {MessageDecodeError} If the codec fails, or makes `undefined` of them.
 */
export function decoded<T>(codec: Codec<T>, bytes: Uint8Array): T {
  let value: T;
  try {
    value = codec.decode(bytes);
  } catch (cause) {
    throw new MessageDecodeError(
      `Cannot decode message, which was read: codec "${codec.name}" failed`,
      { cause },
    );
  }
  if (value !== undefined) return value;
  throw new MessageDecodeError(
    `Cannot decode message, which was read: codec "${codec.name}" made undefined of it`,
  );
}

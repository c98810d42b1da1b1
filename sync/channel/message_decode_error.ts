/**
 * The error of a message that could not be decoded.
 *
 * @module
 */

/**
 * A message was taken from its channel, but the codec could not decode it: it is
 * gone, and the next call gets the next one. The `cause` is what the codec threw.
 *
 * What to do: see that all ends use the same version of the same codec.
 *
 * @example Usage
 * ```ts
 * import { Channel, type Codec, MessageDecodeError } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const json: Codec<unknown> = {
 *   name: "json",
 *   encode: (value) => new TextEncoder().encode(String(value)),
 *   decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
 * };
 * const channel = new Channel(json);
 * const [tx, rx] = [channel.sender(), channel.receiver()];
 * tx.send("{");
 * tx.send("1");
 * assertThrows(() => rx.recv(), MessageDecodeError);
 * assertEquals(rx.recv(), 1);
 * ```
 */
export class MessageDecodeError extends Error {
  /** The name of the class. */
  override readonly name = "MessageDecodeError";
}

/**
 * How messages of any size become bytes.
 *
 * @module
 */

import type { RecordSource } from "../record/record_type.ts";

/**
 * Turns values into bytes and back.
 *
 * The folder `codec/` has one for portable values. Both calls are made by the
 * thread that sends or receives, never while others wait for it.
 *
 * @typeParam T What is turned.
 *
 * @example Usage
 * ```ts
 * import { Channel, type Codec } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const json: Codec<unknown> = {
 *   name: "json",
 *   encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
 *   decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
 * };
 * const channel = new Channel(json);
 * channel.sender().send({ name: "Ada" });
 * assertEquals(channel.receiver().recv(), { name: "Ada" });
 * ```
 */
export interface Codec<T> {
  /** Both threads must use the codec of this name. */
  readonly name: string;
  /**
   * Whether what `decode()` returns may use the memory of the bytes: then each
   * message is received into memory of its own. Default: false.
   */
  readonly keepsBytes?: boolean;
  /**
   * The bytes of a value. They may lie in scratch memory that the next call
   * uses again. What it throws, the send throws; nothing is sent then.
   */
  encode(value: T): Uint8Array;
  /**
   * The value of bytes, which start at a multiple of 4 in their buffer, and are
   * only valid during the call unless the codec keeps them. If it throws, the
   * message is lost. Must not return `undefined`.
   */
  decode(bytes: Uint8Array): T;
}

/** Whether messages are what a codec makes, rather than records. */
export function isCodec<T>(
  source: RecordSource<T> | Codec<T>,
): source is Codec<T> {
  return typeof source === "object" && source !== null && "encode" in source;
}

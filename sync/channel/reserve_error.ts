/**
 * The error of a channel whose messages take all of its memory.
 *
 * @module
 */

/**
 * The messages of a channel without a capacity take all of its reserve. What was
 * to be sent is not in the channel; nothing else has changed.
 *
 * What to do: receive faster or send less, give the channel a `capacity`, with
 * which senders wait, or make it with a larger `reserve`.
 *
 * @typeParam T What the channel carries.
 *
 * @example Usage
 * ```ts
 * import { Channel, ChannelReserveError } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const channel = new Channel("i32", { reserve: 1024 });
 * const tx = channel.sender();
 * const rx = channel.receiver();
 * const error = assertThrows(() => {
 *   for (let k = 0; k < 1000; k++) tx.send(k);
 * }, ChannelReserveError);
 * assertEquals(rx.recv(), 0); //                    what was sent is there
 * assertEquals(typeof error.value, "number");
 * ```
 */
export class ChannelReserveError<T = unknown> extends Error {
  /** The name of the class. */
  override readonly name = "ChannelReserveError";
  /** What could not be sent. */
  readonly value: T;

  /** Says what failed; with what could not be sent. */
  constructor(message: string, value: T) {
    super(message);
    this.value = value;
  }
}
